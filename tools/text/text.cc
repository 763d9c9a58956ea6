#include "tools/text/text.h"

#include <fmt/format.h>

#include <cstdint>

namespace tintype {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool continues(std::string_view text, std::size_t i) noexcept {
  return i < text.size() && (static_cast<std::uint8_t>(text[i]) & 0xC0) == 0x80;
}

// The first `count` characters of `text` (every byte of rubbish counts as one).
std::string_view first_columns(std::string_view text, std::size_t count) noexcept {
  std::size_t end = 0;
  while (end < text.size() && count-- > 0)
    end += std::max<std::size_t>(utf8_length(text.substr(end)), 1);
  return text.substr(0, end);
}

std::string_view last_columns(std::string_view text, std::size_t count) noexcept {
  const std::size_t all = columns(text);
  return count >= all ? text : text.substr(first_columns(text, all - count).size());
}

}  // namespace

std::size_t utf8_length(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;  // a continuation, overlong, or beyond U+10FFFF
  if (!continues(text, 1)) return 0;
  if (lead < 0xE0) return 2;
  if (!continues(text, 2)) return 0;
  if (lead < 0xF0) {
    const bool overlong = lead == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = lead == 0xED && byte(1) >= 0xA0;
    return overlong || surrogate ? 0 : 3;
  }
  if (!continues(text, 3)) return 0;
  const bool overlong = lead == 0xF0 && byte(1) < 0x90;
  const bool too_high = lead == 0xF4 && byte(1) >= 0x90;
  return overlong || too_high ? 0 : 4;
}

std::string printable(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const auto lead = static_cast<std::uint8_t>(text.front());
    // U+0080…U+009F are control characters too: some terminals obey them.
    const bool c1 = length == 2 && lead == 0xC2 && static_cast<std::uint8_t>(text[1]) < 0xA0;
    if (length == 0)
      safe += kReplacement;
    else if (lead < 0x20 || lead == 0x7F)
      safe += fmt::format("\\x{:02x}", lead);
    else if (c1)
      safe += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(text[1]));
    else
      safe += text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return safe;
}

std::string json_string(std::string_view text) {
  std::string json = "\"";
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const char lead = text.front();
    if (length == 0)
      json += "\\ufffd";
    else if (lead == '"' || lead == '\\')
      json += {'\\', lead};
    else if (lead == '\n')
      json += "\\n";
    else if (lead == '\t')
      json += "\\t";
    else if (static_cast<std::uint8_t>(lead) < 0x20 || lead == 0x7F)
      json += fmt::format("\\u{:04x}", static_cast<std::uint8_t>(lead));
    else
      json += text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return json + '"';
}

std::size_t columns(std::string_view text) noexcept {
  std::size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(std::max<std::size_t>(utf8_length(text), 1));
  return count;
}

std::string cut_end(std::string_view text, std::size_t width) {
  if (columns(text) <= width) return std::string(text);
  if (width <= 3) return std::string(first_columns(text, width));
  return std::string(first_columns(text, width - 3)) + "...";
}

std::string cut_middle(std::string_view text, std::size_t width) {
  if (columns(text) <= width) return std::string(text);
  if (width <= 5) return std::string(last_columns(text, width));
  const std::size_t front = (width - 3) / 3, back = width - 3 - front;
  return fmt::format("{}...{}", first_columns(text, front), last_columns(text, back));
}

std::string padded(std::string_view text, std::size_t width) {
  const std::size_t used = columns(text);
  return std::string(text) + std::string(width > used ? width - used : 0, ' ');
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string lines;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    const std::size_t used = columns(word);
    if (column > indent && column + 1 + used > width) {
      lines += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += used;
  }
  return lines;
}

}  // namespace tintype
