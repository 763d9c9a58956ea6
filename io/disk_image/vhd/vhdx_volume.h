// VHDX disk images (fixed, dynamic, differencing; sectors of 512 or 4096 bytes) as volumes, read
// straight from their files.
//
// qemu reads the format too, but knows neither differencing disks nor sectors of 4096 bytes, and of
// a disk that was not closed it wants to write the log's changes into the file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/disk_image/chain/image_access.h"
#include "io/volume/volume.h"

namespace tintype {

// `path` holds a VHDX (disk_image_kind). A log that was not replayed is replayed in memory, and
// that is remarked. A parent is looked for by the names that the image has for it
// (image_folders.h), and must be the one that it was made from. Errors: damage, a file that is cut
// short, a log that cannot be replayed, a parent that is missing, another one, or elsewhere.
[[nodiscard]] Result<std::unique_ptr<Volume>> open_vhdx_volume(const std::string& path,
                                                               const ImageAccess& access = {});
// Its own file, its parent's, and so on.
[[nodiscard]] Result<std::vector<std::string>> vhdx_files(const std::string& path,
                                                          const ImageAccess& access = {});

}  // namespace tintype
