// From the kernel's answer to a FileStamp. Linux's own: no other part of the program includes it.
#pragma once

#include <sys/stat.h>

#include "io/folder/folder_tree.h"

namespace tintype {

[[nodiscard]] FileStamp stamp_of(const struct stat& status);

}  // namespace tintype
