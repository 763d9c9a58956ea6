// A disk with a GPT that is written to a larger one: the table's backup belongs at the new end, and
// the space that was won belongs to the usable sectors.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/volume/volume.h"

namespace tintype {

struct GptRelocation {
  struct Patch {
    std::uint64_t offset = 0;
    std::vector<std::byte> bytes;
  };
  std::vector<Patch> patches;  // to be written to the new disk; none if there is nothing to do
  std::uint32_t sector_bytes = 0;
  std::string text;  // what they do, for the report
};

// Pure: reads the table of `disk`, writes nothing. Nothing to do for a disk without a GPT, or if
// `new_bytes` adds no sector. Both copies are made from the sound one; the partitions stay as they
// are.
[[nodiscard]] Result<GptRelocation> relocate_gpt(const Volume& disk, std::uint64_t new_bytes);

}  // namespace tintype
