// What a reading of all stored bytes of an image found.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/image/read/image_fault.h"
#include "io/folder/folder_tree.h"

namespace tintype {

struct ImageReading {
  std::string image;               // its path
  std::vector<ImageFault> faults;  // empty: every chunk is what it was when it was written
  std::uint64_t chunks = 0;
  FileStamp stamp;  // of the file that was read, before; all zero if it changed meanwhile
};

// "3 of 17 chunks, first bytes 0 to 1048575 of the volume: the stored bytes do not match their
// digest". Hold: there are faults.
[[nodiscard]] std::string fault_summary(const ImageReading& reading);

}  // namespace tintype
