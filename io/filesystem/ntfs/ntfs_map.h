// NTFS: boot sector, $MFT, $Bitmap, run lists.
#pragma once

#include "io/filesystem/filesystem_map.h"

namespace tintype {
[[nodiscard]] Result<std::unique_ptr<FilesystemMap>> open_ntfs_map(const Volume& volume);
}  // namespace tintype
