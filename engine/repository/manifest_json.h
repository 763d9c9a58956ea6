// What the repository itself keeps as JSON. (The only .cc that includes nlohmann/json is
// manifest_json.cc: it costs six seconds of compile time each.)
#pragma once

#include <string>
#include <string_view>

#include "io/result.h"

namespace tintype {

// REPO/tintype.json.
struct RepositoryHead {
  static constexpr int kFormat = 1;
  std::string id;       // 32 hex digits, made at random
  std::string program;  // that made it
};
[[nodiscard]] std::string to_json(const RepositoryHead& head);
[[nodiscard]] Result<RepositoryHead> parse_repository_head(std::string_view json,
                                                           std::string_view path);

}  // namespace tintype
