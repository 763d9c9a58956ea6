// Disk images as volumes: qcow2, VHD, VHDX and VMDK, alone or on top of others.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/disk_image/chain/image_access.h"
#include "io/volume/volume.h"

namespace tintype {

// Null if the file is no disk image, by its content, or no regular file at all: a block device is
// always read as it is, and so is a raw image behind a loop device, whatever its first sectors look
// like. Errors: damaged, cut short, encrypted, based on what is missing, changed or lies where it
// may not; a format that is not read (foreign_image.h); qemu-utils is not installed (VHD and VHDX
// do without).
[[nodiscard]] Result<std::unique_ptr<Volume>> open_disk_image(const std::string& path,
                                                              const ImageAccess& access = {});
// All files that the image is made of, itself first; none if it is no disk image.
[[nodiscard]] Result<std::vector<std::string>> disk_image_files(const std::string& path,
                                                                const ImageAccess& access = {});

}  // namespace tintype
