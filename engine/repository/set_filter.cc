#include "engine/repository/set_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "engine/manifest/set_name.h"

namespace tintype {
namespace {

bool is_source(const VolumeManifest& volume, const std::string& source) {
  if (volume.source == source) return true;
  std::error_code code;
  const auto absolute = std::filesystem::absolute(source, code).lexically_normal();
  return !code && absolute == std::filesystem::path(volume.source).lexically_normal();
}

}  // namespace

bool SetFilter::fits(const SetManifest& manifest) const {
  if (!host.empty() && host != manifest.host) return false;
  if (type && *type != manifest.type) return false;
  return source.empty() || std::ranges::any_of(manifest.volumes, [&](const auto& volume) {
           return is_source(volume, source);
         });
}

bool SetFilter::could_fit(std::string_view set_name) const {
  const auto told = parse_set_name(set_name);
  if (!told) return true;
  return (host.empty() || told->host == name_part_of_host(host)) && (!type || told->type == *type);
}

std::string SetFilter::text() const {
  std::string text;
  if (!host.empty()) text += fmt::format(" of host {}", host);
  if (!source.empty()) text += fmt::format("{} of source {}", text.empty() ? "" : ",", source);
  if (type) text += fmt::format("{} of type {}", text.empty() ? "" : ",", to_string(*type));
  return text;
}

}  // namespace tintype
