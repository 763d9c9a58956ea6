// ext2, ext3, ext4 through libext2fs, which reads the volume through Volume::read().
#pragma once

#include "io/filesystem/filesystem_map.h"

namespace tintype {
[[nodiscard]] Result<std::unique_ptr<FilesystemMap>> open_ext_map(const Volume& volume);
}  // namespace tintype
