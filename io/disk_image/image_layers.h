// The files that make up a disk image, from the one the user named down to the one it is all based
// on, found and checked before any other program opens one of them.
#pragma once

#include <string>
#include <vector>

#include "io/disk_image/chain/image_access.h"
#include "io/disk_image/disk_image_kind.h"

namespace tintype {

struct ImageLayer {
  std::string path;
  DiskImageKind kind = DiskImageKind::none;
  std::vector<std::string> extents = {};  // further files that a VMDK's description names
  bool not_closed = false;                // a qcow2 whose tables may be behind
};

// At least one layer, at most 64, all of them qcow2, VMDK or raw. Every file lies where it may
// (image_folders.h). Errors: a header that is damaged or lies, a file that is missing or elsewhere,
// a parent that changed, a circle, encryption, data kept in a further file, a format that is none
// of these.
[[nodiscard]] Result<std::vector<ImageLayer>> find_image_layers(const std::string& path,
                                                                DiskImageKind kind,
                                                                const ImageAccess& access = {});

}  // namespace tintype
