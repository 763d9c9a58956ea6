// A disk image of any bytes, opened and asked for what it has: an error with words, or bytes that
// end where the disk does. Anything else aborts.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "io/result.h"
#include "io/volume/volume.h"

namespace tintype::test {

using OpenVolume = std::function<Result<std::unique_ptr<Volume>>(const std::string& path)>;

void probe_disk_image(std::span<const std::byte> image, const OpenVolume& open);

}  // namespace tintype::test
