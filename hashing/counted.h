// "1 file", "3 files": how counts read everywhere, in texts, messages and pages. It lies in the
// layer below all that speak.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tintype {

// The word that goes with `count`: word_for(n, "is", "are").
[[nodiscard]] constexpr std::string_view word_for(std::uint64_t count, std::string_view one,
                                                  std::string_view many) noexcept {
  return count == 1 ? one : many;
}

// The ending of a noun: "file" and plural_s(n).
[[nodiscard]] constexpr std::string_view plural_s(std::uint64_t count) noexcept {
  return word_for(count, "", "s");
}

[[nodiscard]] inline std::string counted(std::uint64_t count, std::string_view one,
                                         std::string_view many) {
  return std::to_string(count).append(" ").append(word_for(count, one, many));
}

// Of a noun that takes an s.
[[nodiscard]] inline std::string counted(std::uint64_t count, std::string_view one) {
  return counted(count, one, std::string(one) + "s");
}

}  // namespace tintype
