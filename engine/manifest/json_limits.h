// What of a JSON text is refused before a parser sees it, so that no text can make one take more
// memory than the text itself has bytes: nesting, endless strings, endless numbers. NUL bytes, too:
// a program that stops at them would read another text than we do.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tintype {

inline constexpr std::size_t kJsonDepthMax = 16;
inline constexpr std::size_t kJsonStringBytesMax = 1 << 20;  // the longest paths have 96 KiB
inline constexpr std::size_t kJsonWordBytesMax = 64;         // true, null, a number

// What is wrong with it, "" if nothing: "is nested deeper than 16 levels". Whether it is JSON at
// all is not asked here.
[[nodiscard]] std::string json_limit_broken_in(std::string_view text);

}  // namespace tintype
