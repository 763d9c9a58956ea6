// Whole shadow copies, read the slow way, and checks of what any view of one must hold.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "io/shadow/shadow_copies.h"
#include "support/memory_volume.h"

namespace tintype::test {

// The slow twin of io/shadow/vss_view.cc: each sector asked for by itself, from store to store, as
// the format's description tells it. The stores must be sound.
[[nodiscard]] std::vector<std::byte> read_shadow_slowly(const Volume& volume, std::size_t index);

// Lists the shadow copies and opens each of them. What is wrong with a view that was accepted:
// runs out of order, outside the copy or the volume, data extents that miss something, read() and
// map() that disagree; "" if nothing is. Whether any was opened is added to `opened`.
[[nodiscard]] std::string probe_shadows(const MemoryVolume& volume, int& opened);

}  // namespace tintype::test
