// From what the user typed to a volume: a file, device or served export; of it a partition; of that
// a shadow copy. The one place where this chain is built.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/source/volume_spec.h"
#include "io/volume/volume.h"

namespace tintype {

// What is worth a line of a disk image that can be read all the same. May be empty.
using VolumeRemark = std::function<void(const std::string& line)>;

// Each volume of the chain keeps the one below it. Its name is what the user typed.
// Once `stop` is set, reads from another process or machine are not waited for any more.
[[nodiscard]] Result<std::unique_ptr<Volume>> open_volume(const VolumeSpec& spec,
                                                          const std::atomic<bool>* stop = nullptr,
                                                          const VolumeRemark& remark = {});

// The files below a disk image, and the image: what must not be written to meanwhile. None for
// anything else.
[[nodiscard]] Result<std::vector<std::string>> parent_files(const VolumeSpec& spec);

}  // namespace tintype
