#include "tests/tools/json_summary.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tintype::test {

nlohmann::json json_summary(const std::string& out) {
  const auto end = out.find_last_not_of('\n');
  const auto begin = out.rfind('\n', end) + 1;
  nlohmann::json summary = nlohmann::json::parse(out.substr(begin), nullptr, false);
  EXPECT_EQ(summary.value("type", ""), "summary") << out;
  return summary;
}

}  // namespace tintype::test
