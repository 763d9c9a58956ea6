// Refuses sources that would give a useless copy, and targets that would destroy the source.
#pragma once

#include <string>

#include "io/volume/volume_spec.h"

namespace tintype {

// A block device mounted for writing, whole or one of its partitions, or an image file that some
// program has open for writing, changes while it is read: what was read is no snapshot. `allow`
// accepts that. Of a source that is served by another machine nothing can be told.
[[nodiscard]] Result<void> check_source_unused(const VolumeSpec& source, bool allow);
// Both, of every file that the source is made of: a disk image's parents count. One that changes
// changes the image, and one that is the target is lost.
[[nodiscard]] Result<void> check_source(const VolumeSpec& source, bool allow_in_use,
                                        const std::string& target);
// A target that a mount, or any program, holds open: what is written there would be overwritten, or
// read as it changes.
[[nodiscard]] Result<void> check_target_unused(const std::string& target);
// A target inside the source (a file on the file system of the source device, of a partition of it,
// or of the source image), or the source itself.
[[nodiscard]] Result<void> check_target_apart(const VolumeSpec& source, const std::string& target);
[[nodiscard]] Result<void> check_target_apart(const std::string& source, const std::string& target);

}  // namespace tintype
