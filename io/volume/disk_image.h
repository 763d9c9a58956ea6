// Disk images as volumes: qcow2, VHD, VHDX and VMDK, alone or on top of others.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "io/volume/volume.h"

namespace tintype {

// Null if the file is no disk image in one of these formats, by its content, or no regular file at
// all: a block device is always read as it is, and so is a raw image behind a loop device, whatever
// its first sectors look like. Errors: damaged, cut short, encrypted, based on what is missing or
// lies outside the image's folder; qemu-utils is not installed (VHD does without).
// `stop` as in NbdLimits.
[[nodiscard]] Result<std::unique_ptr<Volume>> open_disk_image(
    const std::string& path, const std::atomic<bool>* stop = nullptr);
// All files that the image is made of, itself first; none if it is no disk image.
[[nodiscard]] Result<std::vector<std::string>> disk_image_files(const std::string& path);

}  // namespace tintype
