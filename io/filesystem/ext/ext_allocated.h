// The allocated ranges of an ext volume: each group's block bitmap, each group's own metadata, and
// what the inodes own, whatever the bitmaps say. An error if descriptors or bitmaps do not match
// their checksums; where files and bitmaps disagree, or files cannot be followed, both are captured
// and it is said.
#pragma once

#include <string>
#include <vector>

#include "io/extent.h"
#include "io/filesystem/ext/ext_library.h"

namespace tintype {

struct ExtAllocated {
  ExtentList allocated;
  std::vector<std::string> remarks;
};

[[nodiscard]] Result<ExtAllocated> read_ext_allocated(const ExtLibrary& library,
                                                      const Volume& volume);

}  // namespace tintype
