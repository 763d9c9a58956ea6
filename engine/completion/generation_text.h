// Log generations in words, as eseutil shows them.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

namespace tintype {

// "0x1A (26)"
[[nodiscard]] inline std::string hex_generation(std::int64_t generation) {
  return fmt::format("0x{:X} ({})", generation, generation);
}
// "0x1A to 0x1F", "0x1A" if it is one. `below` is the first that is not meant.
[[nodiscard]] inline std::string generation_range_text(std::int64_t from, std::int64_t below) {
  return below - from == 1 ? fmt::format("0x{:X}", from)
                           : fmt::format("0x{:X} to 0x{:X}", from, below - 1);
}

}  // namespace tintype
