// A raw image file or a block device as a volume.
#pragma once

#include <memory>

#include "io/volume/volume.h"

namespace tintype {

// `caching` is for the data path. Errors: missing, unreadable, empty, neither file nor block
// device.
[[nodiscard]] Result<std::unique_ptr<Volume>> open_raw_volume(
    const std::string& path, Caching caching = Caching::direct_if_possible);

}  // namespace tintype
