// Refuses sources that would give a useless copy, because they change while they are read.
#pragma once

#include <string>

#include "io/source/volume_spec.h"
#include "io/storage/storage_map.h"

namespace tintype {

// Who may be changing it now: "mounted for writing at /mnt". "" if nobody is seen. Of a source that
// another machine serves nothing can be told.
[[nodiscard]] std::string source_user(const StorageMap& map, const VolumeSpec& source);
// A block device mounted for writing, whole or one of its partitions, or an image file that some
// program has open for writing, changes while it is read: what was read is no snapshot. `allow`
// accepts that. Of a source that is served by another machine nothing can be told.
[[nodiscard]] Result<void> check_source_unused(const VolumeSpec& source, bool allow);
// Both, of every file that the source is made of: a disk image's parents count. One that changes
// changes the image, and one that is the target is lost.
[[nodiscard]] Result<void> check_source(const VolumeSpec& source, bool allow_in_use,
                                        const std::string& target);

}  // namespace tintype
