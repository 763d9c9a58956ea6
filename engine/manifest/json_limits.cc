#include "engine/manifest/json_limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace tintype {
namespace {

// Of the string that begins at `at`, its quotes included.
std::size_t string_bytes(std::string_view text, std::size_t at) noexcept {
  std::size_t end = at + 1;
  while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
  return std::min(end + 1, text.size()) - at;
}

}  // namespace

std::string json_limit_broken_in(std::string_view text) {
  constexpr std::string_view kBetween = " \t\r\n,:";
  std::size_t depth = 0, word_bytes = 0;
  if (text.find('\0') != std::string_view::npos) return "holds a NUL byte";
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') {
      const std::size_t bytes = string_bytes(text, at);
      if (bytes > kJsonStringBytesMax)
        return fmt::format("has a text of more than {} bytes", kJsonStringBytesMax);
      at += bytes - 1;
      word_bytes = 0;
    } else if (c == '{' || c == '[') {
      if (++depth > kJsonDepthMax)
        return fmt::format("is nested deeper than {} levels", kJsonDepthMax);
      word_bytes = 0;
    } else if (c == '}' || c == ']') {
      if (depth > 0) --depth;
      word_bytes = 0;
    } else if (kBetween.find(c) != std::string_view::npos) {
      word_bytes = 0;
    } else if (++word_bytes > kJsonWordBytesMax) {
      return fmt::format("has a number or word of more than {} bytes", kJsonWordBytesMax);
    }
  }
  return {};
}

}  // namespace tintype
