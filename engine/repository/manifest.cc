#include "engine/repository/manifest.h"

#include <fmt/format.h>

#include <set>

#include "engine/repository/set_name.h"
#include "verify/ese_log_stream.h"

namespace tintype {

std::string_view to_string(BackupType type) noexcept {
  switch (type) {
    case BackupType::full:
      return "full";
    case BackupType::copy:
      return "copy";
  }
  return "unknown";
}

std::string contradiction_in(const SetManifest& manifest) {
  std::set<std::string_view> names, images;
  for (const VolumeManifest& volume : manifest.volumes) {
    // An image's name is joined to the set's path: "../x" must never come that far.
    if (!is_plain_name(volume.image) || !volume.image.ends_with(kImageSuffix))
      return fmt::format("the image name \"{}\" is not the name of a .tint file in the set",
                         volume.image);
    if (!is_plain_name(volume.name))
      return fmt::format("the volume name \"{}\" is not a plain name", volume.name);
    if (!images.insert(volume.image).second)
      return fmt::format("two volumes share the image {}", volume.image);
    if (!names.insert(volume.name).second)
      return fmt::format("two volumes are called {}", volume.name);
    if (volume.captured_bytes > volume.volume_bytes)
      return fmt::format("volume {} captured more bytes than it has", volume.name);
    for (const auto& bad : volume.unreadable)
      if (bad.range.offset > volume.volume_bytes ||
          bad.range.length > volume.volume_bytes - bad.range.offset)
        return fmt::format("volume {} has an unreadable range beyond its end", volume.name);
    if (!manifest.sound) continue;
    if (!volume.unreadable.empty())
      return fmt::format("it claims to be sound, but volume {} has unreadable bytes", volume.name);
    if (volume.folder_problems.total != 0)
      return fmt::format("it claims to be sound, but files of the folder {} are missing or changed",
                         volume.name);
    for (const FileReport& report : volume.databases)
      if (!report.sound())
        return fmt::format("it claims to be sound, but {} on volume {} is not", report.path,
                           volume.name);
  }
  for (const EseStreamReport& stream : manifest.streams)
    if (manifest.sound && spoils_backup(stream))
      return fmt::format("it claims to be sound, but log stream {} is {}", stream.base,
                         to_string(stream.verdict));
  if (manifest.volumes.empty()) return "it lists no volumes";
  return {};
}

}  // namespace tintype
