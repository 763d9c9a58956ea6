// Whatever a user may name as a volume to read.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/volume/volume.h"

namespace tintype {

// An NBD URI, a disk image in one of the formats of disk_image.h, a raw image file or a block
// device.
[[nodiscard]] Result<std::unique_ptr<Volume>> open_source_volume(const std::string& path);
// The files of this machine that it is made of: what must not be written to meanwhile.
[[nodiscard]] Result<std::vector<std::string>> source_files(const std::string& path);

}  // namespace tintype
