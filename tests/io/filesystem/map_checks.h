// What every file-system map must satisfy, checked against the same volume mounted by somebody
// else's driver.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "io/filesystem/filesystem_map.h"

namespace tintype::test {

// An image file and its map.
struct MappedVolume {
  std::unique_ptr<Volume> volume;
  std::unique_ptr<FilesystemMap> map;
};
[[nodiscard]] MappedVolume map_image(const std::string& image);

[[nodiscard]] std::vector<FileEntry> all_files(const FilesystemMap& map);
// The one file a glob finds.
[[nodiscard]] FileEntry only_file(const FilesystemMap& map, const std::string& glob);
[[nodiscard]] std::vector<std::byte> content_of(const FilesystemMap& map, const FileEntry& file);

// The map has exactly the regular files below `mount`, under one of their names, with their bytes;
// compressed ones by name only.
void expect_same_files(const FilesystemMap& map, const std::string& mount);

// Runs lie inside the volume and the allocated ranges, in file order; owners() names them.
void expect_sound_runs(const MappedVolume& mapped);

// Fills everything the map calls free with garbage: every file must still read equal.
void expect_free_is_free(const std::string& image);

[[nodiscard]] bool covers(const ExtentList& extents, const Extent& range);

}  // namespace tintype::test
