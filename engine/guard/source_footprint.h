// Where the bytes of a source lie.
#pragma once

#include "io/source/volume_spec.h"
#include "io/storage/storage_map.h"

namespace tintype {

// Of a partition of a device, only that; of a shadow copy, the volume it is kept in. Of an NBD
// export, the files that its server has open, if that is one of this machine behind a Unix socket:
// they may be opened only when somebody connects. Empty if nothing can be told.
[[nodiscard]] StorageFootprint source_footprint(const StorageMap& map, const VolumeSpec& source);

}  // namespace tintype
