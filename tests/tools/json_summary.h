// The summary that --json ends with: the last line of what the program said.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace tintype::test {

[[nodiscard]] nlohmann::json json_summary(const std::string& out);

}  // namespace tintype::test
