#include "io/source/volume_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string_view>

namespace tintype {
namespace {

constexpr std::string_view kSchemes[] = {"nbd://", "nbds://", "nbd+unix://", "nbds+unix://"};
constexpr std::string_view kShadow = "@shadow:";

bool is_uri(std::string_view text) noexcept {
  return std::ranges::any_of(kSchemes,
                             [&](std::string_view scheme) { return text.starts_with(scheme); });
}

bool is_number(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// From 1; nothing for anything that is no number a partition or a shadow copy can have.
std::optional<std::uint32_t> parse_number(std::string_view text) noexcept {
  std::uint32_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (!is_number(text) || failure != std::errc{} || end != text.data() + text.size() || number == 0)
    return std::nullopt;
  return number;
}

// With or without braces, in either case; "" if it is none.
std::string parse_guid(std::string_view text) {
  if (text.starts_with('{') && text.ends_with('}')) text = text.substr(1, text.size() - 2);
  std::string guid;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = (lower >= '0' && lower <= '9') || (lower >= 'a' && lower <= 'f');
    if (dash ? c != '-' : !hex) return {};
    guid += lower;
  }
  return guid.size() == 36 ? guid : std::string();
}

Result<ShadowChoice> parse_shadow(const std::string& text, std::string_view which) {
  if (which == "latest") return ShadowChoice{};
  if (const auto number = parse_number(which))
    return ShadowChoice{.kind = ShadowChoice::Kind::number, .number = *number};
  if (std::string id = parse_guid(which); !id.empty())
    return ShadowChoice{.kind = ShadowChoice::Kind::id, .id = std::move(id)};
  return usage_error(fmt::format("{}: \"{}\" names no shadow copy", text, which),
                     "write @shadow:latest, @shadow:1 for the oldest, or @shadow: and its GUID");
}

}  // namespace

std::string to_string(const ShadowChoice& choice) {
  switch (choice.kind) {
    case ShadowChoice::Kind::latest:
      return "latest";
    case ShadowChoice::Kind::number:
      return std::to_string(choice.number);
    case ShadowChoice::Kind::id:
      return choice.id;
  }
  return {};
}

std::string VolumeSpec::suggested_name() const {
  std::string_view name = base;
  if (is_uri) name = name.substr(0, name.find('?'));
  while (name.ends_with('/')) name.remove_suffix(1);
  if (const auto slash = name.rfind('/'); slash != std::string_view::npos)
    name.remove_prefix(slash + 1);
  // A URI may name no export: "nbd+unix:///?socket=/run/s" leaves only its scheme.
  std::string suggested(is_uri && (name.empty() || name.ends_with(':')) ? "nbd" : name);
  if (partition) suggested += fmt::format("-p{}", *partition);
  return suggested;
}

Result<VolumeSpec> parse_volume_spec(const std::string& text, const FileExists& exists) {
  VolumeSpec spec{.text = text, .base = text, .is_uri = false, .partition = {}, .shadow = {}};
  if (text.empty()) return usage_error("a volume's name is empty");
  if (exists(spec.base)) return spec;
  spec.is_uri = is_uri(text);
  if (const auto at = spec.base.rfind(kShadow); at != std::string::npos && at > 0) {
    TINTYPE_TRY(spec.shadow,
                parse_shadow(text, std::string_view(text).substr(at + kShadow.size())));
    spec.base.resize(at);
    if (!spec.is_uri && exists(spec.base)) return spec;
  }
  const auto hash = spec.base.rfind('#');
  if (hash == std::string::npos || hash == 0) return spec;
  const std::string_view number = std::string_view(spec.base).substr(hash + 1);
  if (const auto partition = parse_number(number)) {
    spec.partition = partition;
    spec.base.resize(hash);
    return spec;
  }
  // Neither a file's name nor a partition's number: the mistake is in the number if the rest is a
  // disk, and else somewhere in the path, which opening it will tell.
  if (spec.is_uri || exists(spec.base.substr(0, hash)))
    return usage_error(fmt::format("{}: \"{}\" names no partition", text, number),
                       "write # and the partition's number, from 1");
  return spec;
}

Result<VolumeSpec> parse_volume_spec(const std::string& text) {
  return parse_volume_spec(text, [](const std::string& path) {
    std::error_code code;
    return std::filesystem::exists(path, code);
  });
}

}  // namespace tintype
