#include "verify/ese/ese_stream_names.h"

#include <algorithm>
#include <charconv>

namespace tintype {
namespace {

constexpr std::size_t kBaseChars = 3;
constexpr std::int64_t kGenerationMax = 0x7FFFF800;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
// Of upper-case text.
bool is_hex(char c) noexcept {
  return is_digit(c) || (c >= 'A' && c <= 'F');
}
bool is_base(std::string_view text) noexcept {
  return text.size() == kBaseChars && std::ranges::all_of(text, [](char c) {
           return is_digit(c) || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
         });
}

// The part behind the base of a log's name: what kind of log it is.
std::optional<EseStreamName> parse_log(std::string_view base, std::string_view rest) {
  EseStreamName parsed{.kind = EseStreamFileKind::current_log, .base = std::string(base)};
  if (rest.empty()) return parsed;
  if (rest == "TMP") {
    parsed.kind = EseStreamFileKind::temp_log;
    return parsed;
  }
  if ((rest.size() != 5 && rest.size() != 8) || !std::ranges::all_of(rest, is_hex))
    return std::nullopt;
  std::uint64_t generation = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), generation, 16);
  if (generation == 0 || generation > kGenerationMax) return std::nullopt;
  parsed.kind = EseStreamFileKind::archived_log;
  parsed.generation = static_cast<std::int64_t>(generation);
  return parsed;
}

}  // namespace

std::optional<EseStreamName> parse_ese_stream_name(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return std::nullopt;
  const std::string extension = upper_ascii(name.substr(dot + 1));
  if (extension == "JFM")
    return EseStreamName{EseStreamFileKind::flush_map, std::string(name.substr(0, dot)), 0};
  const std::string stem = upper_ascii(name.substr(0, dot));
  const bool is_log = extension == "LOG" || extension == "JTX";
  if (is_log && (stem == "RES1" || stem == "RES2"))  // they serve every stream of their folder
    return EseStreamName{EseStreamFileKind::reserve_log, "", 0};
  const std::string_view base = std::string_view(stem).substr(0, kBaseChars);
  const std::string_view rest = std::string_view(stem).substr(base.size());
  if (!is_base(base)) return std::nullopt;
  if (is_log) return parse_log(base, rest);
  if (extension == "CHK" || extension == "JCP") {
    if (!rest.empty()) return std::nullopt;
    return EseStreamName{EseStreamFileKind::checkpoint, std::string(base), 0};
  }
  if (extension == "JRS" && rest.size() == 8 && rest.starts_with("RES") &&
      std::ranges::all_of(rest.substr(3), is_digit))
    return EseStreamName{EseStreamFileKind::reserve_log, std::string(base), 0};
  return std::nullopt;
}

std::string_view folder_of(std::string_view path) noexcept {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {};
  // The root of a partition keeps its slash as every root does.
  const bool is_root =
      slash == 0 || (path.find('/') == slash && path.front() == '#' && path[slash - 1] == ':');
  return path.substr(0, is_root ? slash + 1 : slash);
}

std::string_view file_name_of(std::string_view path) noexcept {
  return path.substr(path.rfind('/') + 1);  // npos + 1 = 0
}

std::string_view stem_of(std::string_view name) noexcept {
  return name.substr(0, name.rfind('.'));
}

std::string upper_ascii(std::string_view text) {
  std::string upper(text);
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return upper;
}

}  // namespace tintype
