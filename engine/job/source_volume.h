// What a job is told to read: the path of a raw image or a device, or a Windows shadow copy on one,
// "PATH@shadow:2". Whatever exists under the very name is taken first.
#pragma once

#include <memory>
#include <string>

#include "io/volume/volume.h"

namespace tintype {

// The path of the file or device that is read; the rest of the text says what of it.
[[nodiscard]] std::string source_path(const std::string& source);
[[nodiscard]] Result<std::unique_ptr<Volume>> open_source_volume(const std::string& source);

}  // namespace tintype
