// Which file system a volume holds, and its map.
#pragma once

#include <memory>
#include <string>

#include "io/filesystem/filesystem_map.h"

namespace tintype {

// What libblkid found on the volume, or that it is a disk with partitions.
struct FilesystemProbe {
  std::string type;  // libblkid's name: "ntfs", "ext4", "xfs"…; "gpt", "mbr"; "" for none
  std::string label;
};
[[nodiscard]] Result<FilesystemProbe> probe_filesystem(const Volume& volume);

// The map of a volume, which outlives it: null for a file system this program cannot map (the probe
// says which). A damaged one is an error; of errors of the environment see environment_error.h.
[[nodiscard]] Result<std::unique_ptr<FilesystemMap>> open_filesystem_map(
    const Volume& volume, const FilesystemProbe& probe);

}  // namespace tintype
