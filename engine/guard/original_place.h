// Where a volume of a backup came from, to be restored to.
#pragma once

#include <string>
#include <string_view>

#include "engine/manifest/manifest.h"

namespace tintype {

// The file or device that can be written in its place. Refuses, with the reason and what to do: a
// backup of another host; a source that is gone, has another size now, or is in use; one that
// cannot be written as it was read: a shadow copy, a disk image, an NBD export, a partition of a
// file. Changes nothing.
[[nodiscard]] Result<std::string> original_place(const VolumeManifest& volume,
                                                 std::string_view backup_host);

}  // namespace tintype
