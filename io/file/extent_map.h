// Which ranges of a file may hold data, and which are holes that read as zeros.
#pragma once

#include "io/extent.h"
#include "io/file/file.h"

namespace tintype {

// By SEEK_DATA/SEEK_HOLE for a regular file; a device, or a file system that cannot tell, is one
// extent. Normalized, inside the file's size. A hole is a promise of zeros: nothing else is left
// out.
[[nodiscard]] Result<ExtentList> data_extents(const File& file);

}  // namespace tintype
