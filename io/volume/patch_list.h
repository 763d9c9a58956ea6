// Tables of where the bytes of a range lie: sorted patches that do not overlap. What none covers
// is left to whatever lies below, and reads as zeros if nothing does.
#pragma once

#include <cstdint>
#include <vector>

#include "io/volume/patched_volume.h"

namespace tintype {

using PatchList = std::vector<PatchedVolume::Patch>;

// In place of a file: zeros, which hide what lies below.
inline constexpr std::uint32_t kZeroPatch = 0xFFFFFFFF;

// Adds a patch behind all others; one that goes on where the last one ends makes it longer.
void append(PatchList& patches, const PatchedVolume::Patch& patch);
// `upper`, and of `lower` what lies in between.
[[nodiscard]] PatchList laid_over(const PatchList& upper, const PatchList& lower);
// `patch` with its bytes where `places`, a table over its file's range, says that they are; what
// that does not cover is zeros. Appended to `patches`.
void append_placed(PatchList& patches, const PatchedVolume::Patch& patch, const PatchList& places);
// Only what lies before `end`.
void cut(PatchList& patches, std::uint64_t end);

}  // namespace tintype
