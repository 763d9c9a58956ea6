// Sizes on the command lines of the generators: "24MiB", "64K", "512".
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace tintype::test {

// Throws std::invalid_argument.
[[nodiscard]] inline std::uint64_t parse_size_argument(const std::string& text) {
  std::size_t used = 0;
  const std::uint64_t number = std::stoull(text, &used);
  const std::string unit = text.substr(used);
  if (unit.empty()) return number;
  if (unit == "KiB" || unit == "K") return number << 10;
  if (unit == "MiB" || unit == "M") return number << 20;
  if (unit == "GiB" || unit == "G") return number << 30;
  throw std::invalid_argument("no size: " + text);
}

}  // namespace tintype::test
