// One pass with two return points instead of recursion: after a mismatch the last '*' takes one
// character more; where it would have to take a slash, the last "**" does. Earlier stars never
// need another chance, so the time is at most (pattern length) x (path length)^2, whoever wrote
// the pattern.
#include "io/filesystem/glob.h"

#include <cstddef>
#include <cstdint>

namespace tintype {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

// The code point at `at`, which moves past it. A broken byte stands for itself.
std::uint32_t next_code_point(std::string_view text, std::size_t& at) noexcept {
  const auto byte_at = [&](std::size_t index) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[index]));
  };
  const std::uint32_t first = byte_at(at);
  const std::size_t length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (length == 1 || at + length > text.size()) {
    ++at;
    return first;
  }
  std::uint32_t code = first & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte_at(at + i) & 0xC0) != 0x80) {
      ++at;
      return first;
    }
    code = code << 6 | (byte_at(at + i) & 0x3F);
  }
  at += length;
  return code;
}

constexpr std::uint32_t lower(std::uint32_t code) noexcept {
  return code >= 'A' && code <= 'Z' ? code + ('a' - 'A') : code;
}

// Case-blind for both ends of a range: [A-C] holds what [a-c] holds.
bool in_range(std::uint32_t code, std::uint32_t first, std::uint32_t last) noexcept {
  if (code >= first && code <= last) return true;
  const std::uint32_t upper = code >= 'a' && code <= 'z' ? code - ('a' - 'A') : code;
  return upper >= first && upper <= last;
}

// The set whose '[' is at `at`. Returns false if it is never closed: then '[' stands for itself.
bool match_set(std::string_view pattern, std::size_t& at, std::uint32_t code,
               bool& matched) noexcept {
  std::size_t p = at + 1;
  const bool negated = p < pattern.size() && (pattern[p] == '!' || pattern[p] == '^');
  if (negated) ++p;
  bool found = false;
  for (bool first = true; p < pattern.size() && (first || pattern[p] != ']'); first = false) {
    const std::uint32_t low = next_code_point(pattern, p);
    std::uint32_t high = low;
    if (p + 1 < pattern.size() && pattern[p] == '-' && pattern[p + 1] != ']') {
      ++p;
      high = next_code_point(pattern, p);
    }
    found = found || in_range(lower(code), low, high) || (low == high && lower(low) == lower(code));
  }
  if (p >= pattern.size()) return false;
  matched = found != negated;
  at = p + 1;
  return true;
}

constexpr bool is_slash(char c) noexcept {
  return c == '/' || c == '\\';
}

// One pattern element that is no star against the character at `t`; both move on a match.
bool match_one(std::string_view pattern, std::size_t& p, std::string_view text,
               std::size_t& t) noexcept {
  if (t >= text.size()) return false;
  std::size_t after = t;
  const std::uint32_t code = next_code_point(text, after);
  if (is_slash(pattern[p]) || code == '/') {
    if (!is_slash(pattern[p]) || code != '/') return false;
    ++p;
  } else if (pattern[p] == '?') {
    ++p;
  } else if (bool matched = false; pattern[p] == '[' && match_set(pattern, p, code, matched)) {
    if (!matched) return false;
  } else {
    std::size_t past = p;
    if (lower(next_code_point(pattern, past)) != lower(code)) return false;
    p = past;
  }
  t = after;
  return true;
}

// Both without a leading slash.
bool match(std::string_view pattern, std::string_view text) noexcept {
  std::size_t p = 0, t = 0;
  std::size_t star_p = kNone, star_t = 0;    // '*': where its rest begins, and what it took so far
  std::size_t stars_p = kNone, stars_t = 0;  // "**"
  bool stars_take_folders = false;           // "**/": the rest begins only after a slash
  while (p < pattern.size() || t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      if (p + 1 < pattern.size() && pattern[p + 1] == '*') {
        const bool starts_component = p == 0 || is_slash(pattern[p - 1]);
        while (p < pattern.size() && pattern[p] == '*') ++p;
        stars_take_folders = starts_component && p < pattern.size() && is_slash(pattern[p]);
        if (stars_take_folders) ++p;
        stars_p = p;
        stars_t = t;
        star_p = kNone;
      } else {
        star_p = ++p;
        star_t = t;
      }
      continue;
    }
    if (p < pattern.size() && match_one(pattern, p, text, t)) continue;
    if (star_p != kNone && star_t < text.size() && text[star_t] != '/') {
      next_code_point(text, star_t);
      p = star_p;
      t = star_t;
      continue;
    }
    if (stars_p != kNone && stars_t < text.size()) {
      do next_code_point(text, stars_t);
      while (stars_take_folders && stars_t < text.size() && text[stars_t - 1] != '/');
      if (stars_take_folders && text[stars_t - 1] != '/') return false;
      p = stars_p;
      t = stars_t;
      star_p = kNone;
      continue;
    }
    return false;
  }
  return true;
}

}  // namespace

std::string_view partition_prefix(std::string_view path) noexcept {
  std::size_t end = 1;
  while (end < path.size() && path[end] >= '0' && path[end] <= '9') ++end;
  const bool is_prefix = path.starts_with('#') && end > 1 && end < path.size() && path[end] == ':';
  return is_prefix ? path.substr(0, end + 1) : std::string_view();
}

bool glob_matches(std::string_view pattern, std::string_view path) noexcept {
  const std::string_view wanted = partition_prefix(pattern), actual = partition_prefix(path);
  if (!wanted.empty() && wanted != actual) return false;
  pattern.remove_prefix(wanted.size());
  path.remove_prefix(actual.size());
  const bool whole_path = pattern.find_first_of("/\\") != std::string_view::npos;
  if (!pattern.empty() && is_slash(pattern.front())) pattern.remove_prefix(1);
  if (path.starts_with('/')) path.remove_prefix(1);
  if (!whole_path) {
    if (const std::size_t slash = path.rfind('/'); slash != std::string_view::npos)
      path.remove_prefix(slash + 1);
  }
  return match(pattern, path);
}

}  // namespace tintype
