// Puts Windows shadow copies into a volume in memory, structure by structure, so that a test can
// have any number of them with any kind of block. What they mean, libvshadow's programs tell.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "io/shadow/vss_format.h"

namespace tintype::test {

struct VssStoreSpec {
  std::vector<VssBlockDescriptor> descriptors;
  std::vector<bool> free_blocks;             // the bitmap: blocks nobody cares about
  std::vector<bool> previously_free_blocks;  // the previous bitmap; empty: there is none
  std::uint64_t volume_bytes = 0;            // 0: of the volume as it is
  std::uint64_t created = 0;                 // FILETIME; 0: one hour after the one before
  bool on_this_volume = true;                // false: only the catalog knows of it
};

// Where the structures were put: offsets of blocks, catalog first.
struct VssLayout {
  std::uint64_t catalog = 0;
  std::vector<std::uint64_t> headers, lists, bitmaps, previous_bitmaps;  // one a store, the first
  std::vector<std::uint64_t> all;  // every block, and the volume header
};

[[nodiscard]] inline VssBlockDescriptor vss_kept(std::uint64_t block, std::uint64_t source) {
  return {block * kVssBlockBytes, 0, source * kVssBlockBytes, 0, 0};
}
[[nodiscard]] inline VssBlockDescriptor vss_forwarder(std::uint64_t block, std::uint64_t target) {
  return {block * kVssBlockBytes, target * kVssBlockBytes, 0, kVssForwarder, 0};
}
[[nodiscard]] inline VssBlockDescriptor vss_overlay(std::uint64_t block, std::uint64_t source,
                                                    std::uint32_t sectors) {
  return {block * kVssBlockBytes, 0, source * kVssBlockBytes, kVssOverlay, sectors};
}

// Writes metadata blocks from `area` on, a multiple of kVssBlockBytes; stores oldest first. Entries
// of the catalog are in the reverse order, and a catalog block holds few of them: order and chains
// must not matter.
VssLayout make_vss(std::span<std::byte> volume, std::uint64_t area,
                   const std::vector<VssStoreSpec>& stores);

}  // namespace tintype::test
