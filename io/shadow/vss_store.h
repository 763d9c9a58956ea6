// What one shadow copy's store says: which blocks of the volume have an older content than what
// came after, and where that is kept.
//
// Descriptors are in the order in which things happened, and a later one may change what an
// earlier one meant:
//   * kept: the block's old content lies at `source` in the store. The last one of a block counts.
//   * forwarder: the block's content was moved on the volume; it is what the next newer store, or
//     the volume, has at `source`. When that place is overwritten in its turn, the descriptor that
//     keeps its content is about the block it came from.
//   * overlay: single sectors of a block, written to the shadow copy itself when it was made.
//     Only a reader of this very copy sees them; the first one of a block says where they lie, and
//     all of them which sectors there are.
//
// Memory: 24 bytes a block (twice that while the list grows), 64 more a forwarder or overlay.
// VssBudget bounds the sum over all stores of a chain.
#pragma once

#include <map>
#include <vector>

#include "io/shadow/shadow_copies.h"
#include "io/shadow/vss_format.h"

namespace tintype {

// Descriptors that may still be read: 32 Mi in all, which keep up to 512 GiB of old blocks. Each
// costs its maker 32 bytes on the volume and this program at most 100 in memory.
struct VssBudget {
  std::uint64_t descriptors = std::uint64_t{32} << 20;
};

class VssStore {
 public:
  // Blocks are counted from 0, in units of kVssBlockBytes.
  struct Block {
    std::uint64_t block = 0;
    std::uint64_t source = 0;  // also a block
    bool forwarder = false;
    bool operator==(const Block&) const = default;
  };
  struct Overlay {
    std::uint64_t source = 0;
    std::uint32_t sectors = 0;  // a bit each
    bool operator==(const Overlay&) const = default;
  };

  [[nodiscard]] static Result<VssStore> read(const Volume& volume, const ShadowCopy& copy,
                                             VssBudget& budget);

  // For read(), and for tests: what a descriptor says is added to what is known. The reason, if it
  // makes no sense for a copy of `copy_bytes` on a volume of `volume_bytes`; else "".
  [[nodiscard]] std::string add(const VssBlockDescriptor& descriptor, std::uint64_t copy_bytes,
                                std::uint64_t volume_bytes);
  void seal();  // after the last one

  // After seal(): sorted, each block once.
  [[nodiscard]] const std::vector<Block>& blocks() const noexcept { return blocks_; }
  [[nodiscard]] const std::map<std::uint64_t, Overlay>& overlays() const noexcept {
    return overlays_;
  }
  // The blocks that others of the copy were moved to, and which ones.
  [[nodiscard]] const std::map<std::uint64_t, std::uint64_t>& moved() const noexcept {
    return moved_;
  }

  [[nodiscard]] std::uint64_t changed_blocks() const;  // kept, moved or overlaid
  [[nodiscard]] std::uint64_t kept_blocks() const;     // blocks of the store they take

 private:
  std::vector<Block> blocks_;
  std::map<std::uint64_t, Overlay> overlays_;
  std::map<std::uint64_t, std::uint64_t> moved_;  // from where a block is now to what it was
};

// The ranges of a volume whose bits are set in a bitmap of the store: blocks that the shadow copy
// does not care about. Normalized, clipped to the copy's size.
[[nodiscard]] Result<ExtentList> read_vss_bitmap(const Volume& volume, const ShadowCopy& copy,
                                                 std::uint64_t bitmap_offset);

}  // namespace tintype
