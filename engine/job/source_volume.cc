#include "engine/job/source_volume.h"

#include <filesystem>

#include "io/volume/raw_volume.h"
#include "io/volume/shadow_volume.h"

namespace tintype {
namespace {

constexpr std::string_view kShadowMark = "@shadow:";

std::size_t path_length(const std::string& source) {
  std::error_code ignored;
  const auto mark = source.rfind(kShadowMark);
  return mark == std::string::npos || std::filesystem::exists(source, ignored) ? source.size()
                                                                               : mark;
}

}  // namespace

std::string source_path(const std::string& source) {
  return source.substr(0, path_length(source));
}

Result<std::unique_ptr<Volume>> open_source_volume(const std::string& source) {
  const std::size_t length = path_length(source);
  TINTYPE_TRY(auto volume, open_raw_volume(source.substr(0, length)));
  if (length == source.size()) return volume;
  return open_shadow_volume(std::move(volume),
                            std::string_view(source).substr(length + kShadowMark.size()));
}

}  // namespace tintype
