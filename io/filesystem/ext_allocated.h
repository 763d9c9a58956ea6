// The allocated ranges of an ext volume: each group's block bitmap, and each group's own metadata.
#pragma once

#include "io/extent.h"
#include "io/filesystem/ext_library.h"

namespace tintype {

[[nodiscard]] Result<ExtentList> read_ext_allocated(const ExtLibrary& library,
                                                    const Volume& volume);

}  // namespace tintype
