// VHD disk images (fixed, dynamic, differencing) as volumes, read straight from their files.
//
// qemu reads the format too, but it takes a differencing disk for a dynamic one and shows zeros
// where the parent's data is; and a VHD's blocks lie plain in its file, so that nothing need stand
// between them and the pass.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/disk_image/chain/image_access.h"
#include "io/volume/volume.h"

namespace tintype {

// `path` holds a VHD (disk_image_kind). A parent is looked for by the names that the image has for
// it (image_folders.h), and must have the identity that it asks for. Errors: a header or table that
// is damaged or lies, a file that is cut short, a parent that is missing, another one, or
// elsewhere.
[[nodiscard]] Result<std::unique_ptr<Volume>> open_vhd_volume(const std::string& path,
                                                              const ImageAccess& access = {});
// Its own file, its parent's, and so on.
[[nodiscard]] Result<std::vector<std::string>> vhd_files(const std::string& path,
                                                         const ImageAccess& access = {});

}  // namespace tintype
