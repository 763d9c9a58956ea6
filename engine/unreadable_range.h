// Bytes that the source did not give, and whose they are.
#pragma once

#include <cstdint>
#include <string>

#include "io/extent.h"

namespace tintype {

struct UnreadableRange {
  Extent range;      // on the volume, bytes
  std::string path;  // the file it lies in; "" for metadata, free space or unknown
  std::uint64_t file_offset = 0;
};

}  // namespace tintype
