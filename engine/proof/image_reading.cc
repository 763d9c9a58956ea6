#include "engine/proof/image_reading.h"

#include <fmt/format.h>

#include "hashing/counted.h"

namespace tintype {

std::string fault_summary(const ImageReading& reading) {
  const ImageFault& first = reading.faults.front();
  return fmt::format("{} of {}, first bytes {} to {} of the volume: {}", reading.faults.size(),
                     counted(reading.chunks, "chunk"), first.volume_range.offset,
                     first.volume_range.end() - 1, to_string(first.kind));
}

}  // namespace tintype
