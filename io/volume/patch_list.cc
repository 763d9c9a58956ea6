#include "io/volume/patch_list.h"

#include <algorithm>

namespace tintype {

using Patch = PatchedVolume::Patch;

void append(PatchList& patches, const Patch& patch) {
  if (patch.length == 0) return;
  if (!patches.empty() && patches.back().end() == patch.offset &&
      patches.back().file == patch.file &&
      (patch.file == kZeroPatch ||
       patches.back().file_offset + patches.back().length == patch.file_offset))
    patches.back().length += patch.length;
  else
    patches.push_back(patch);
}

PatchList laid_over(const PatchList& upper, const PatchList& lower) {
  PatchList all;
  auto over = upper.begin();
  for (Patch rest : lower) {
    while (rest.length > 0) {
      while (over != upper.end() && over->end() <= rest.offset) all.push_back(*over++);
      const std::uint64_t to =
          over == upper.end() ? rest.end() : std::clamp(over->offset, rest.offset, rest.end());
      if (to > rest.offset)
        all.push_back({rest.offset, to - rest.offset, rest.file_offset, rest.file});
      const std::uint64_t next =
          over == upper.end() ? rest.end() : std::clamp(over->end(), to, rest.end());
      rest.file_offset += next - rest.offset;
      rest.length -= next - rest.offset;
      rest.offset = next;
    }
  }
  all.insert(all.end(), over, upper.end());
  return all;
}

void append_placed(PatchList& patches, const Patch& patch, const PatchList& places) {
  const std::uint64_t end = patch.file_offset + patch.length;
  const auto on_disk = [&](std::uint64_t at) { return patch.offset + (at - patch.file_offset); };
  auto place = std::ranges::upper_bound(places, patch.file_offset, {}, &Patch::end);
  for (std::uint64_t at = patch.file_offset; at < end;) {
    const std::uint64_t zeros_to = place == places.end() ? end : std::clamp(place->offset, at, end);
    append(patches, {on_disk(at), zeros_to - at, 0, kZeroPatch});
    at = zeros_to;
    if (at == end) break;
    const std::uint64_t to = std::min(place->end(), end);
    append(patches, {on_disk(at), to - at, place->file_offset + (at - place->offset), place->file});
    at = to;
    ++place;
  }
}

void cut(PatchList& patches, std::uint64_t end) {
  std::erase_if(patches, [&](const Patch& patch) { return patch.offset >= end; });
  if (!patches.empty())
    patches.back().length = std::min(patches.back().end(), end) - patches.back().offset;
}

}  // namespace tintype
