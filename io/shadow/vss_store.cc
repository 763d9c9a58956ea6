#include "io/shadow/vss_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "io/shadow/vss_chain.h"

namespace tintype {
namespace {

constexpr std::size_t kBitmapRangesMax = std::size_t{8} << 20;  // 128 MiB of memory
constexpr std::uint64_t kChainDataBytes = kVssBlockBytes - sizeof(VssBlockHeader);
// Of a block list whose blocks are all but empty.
constexpr std::uint64_t kListBlocksMax = 256 * 1024;

bool is_block(std::uint64_t offset, std::uint64_t volume_bytes) {
  return offset % kVssBlockBytes == 0 && offset < volume_bytes;
}

}  // namespace

std::string VssStore::add(const VssBlockDescriptor& descriptor, std::uint64_t copy_bytes,
                          std::uint64_t volume_bytes) {
  const std::uint32_t flags = descriptor.flags;
  if ((flags & kVssNotUsed) != 0) return {};
  const bool forwarder = (flags & kVssForwarder) != 0, overlay = (flags & kVssOverlay) != 0;
  const std::uint64_t original = descriptor.original_offset;
  const std::uint64_t source = forwarder ? descriptor.relative_offset : descriptor.store_offset;
  if (!is_block(original, copy_bytes)) return fmt::format("it keeps a block {}", original);
  if (forwarder && (overlay || descriptor.store_offset != 0))
    return fmt::format("block {} is kept in two ways at once", original);
  // Nobody keeps anything in a volume's first block: there is its boot sector. And what keeps a
  // block is a whole one.
  if (!is_block(source, volume_bytes) ||
      (!forwarder && (source == 0 || volume_bytes - source < kVssBlockBytes)))
    return fmt::format("block {} is said to be kept at {}", original, source);

  const std::uint64_t source_block = source / kVssBlockBytes;
  std::uint64_t block = original / kVssBlockBytes;
  if (overlay) {
    const auto [place, added] = overlays_.try_emplace(block, Overlay{source_block, 0});
    place->second.sectors |= descriptor.overlay_bitmap;
    return {};
  }
  if (const auto found = moved_.find(block); found != moved_.end()) {
    block = found->second;
    moved_.erase(found);
  }
  if (forwarder) {
    if (block == source_block) return {};
    moved_[source_block] = block;
  }
  blocks_.push_back({block, source_block, forwarder});
  return {};
}

void VssStore::seal() {
  std::ranges::stable_sort(blocks_, {}, &Block::block);
  // Of several descriptors of a block the last one stays.
  std::size_t kept = 0;
  for (std::size_t i = 0; i < blocks_.size(); ++i)
    if (i + 1 == blocks_.size() || blocks_[i + 1].block != blocks_[i].block)
      blocks_[kept++] = blocks_[i];
  blocks_.resize(kept);
}

Result<VssStore> VssStore::read(const Volume& volume, const ShadowCopy& copy, VssBudget& budget) {
  const std::string what = fmt::format("the block list of shadow copy {}", copy.number);
  static constexpr VssBlockDescriptor kEmpty{};
  VssStore store;
  TINTYPE_CHECK(visit_vss_chain(
      volume, {copy.block_list_offset, VssRecord::block_list, what, kListBlocksMax},
      [&](std::span<const std::byte> bytes) -> Result<void> {
        for (VssBlockDescriptor descriptor; bytes.size() >= sizeof descriptor;
             bytes = bytes.subspan(sizeof descriptor)) {
          std::memcpy(&descriptor, bytes.data(), sizeof descriptor);
          if (std::memcmp(&descriptor, &kEmpty, sizeof descriptor) == 0) continue;
          if (budget.descriptors == 0)
            return plain_error(
                fmt::format("shadow copy {} of {} and those after it keep more blocks than this "
                            "program takes on",
                            copy.number, volume.name()),
                "a newer shadow copy has fewer");
          --budget.descriptors;
          if (const std::string problem =
                  store.add(descriptor, copy.volume_bytes, volume.size_bytes());
              !problem.empty())
            return vss_damage(volume, what, problem);
        }
        return {};
      }));
  store.seal();
  return store;
}

std::uint64_t VssStore::changed_blocks() const {
  return blocks_.size() +
         static_cast<std::uint64_t>(std::ranges::count_if(overlays_, [&](const auto& overlay) {
           return !std::ranges::binary_search(blocks_, overlay.first, {}, &Block::block);
         }));
}

std::uint64_t VssStore::kept_blocks() const {
  return overlays_.size() + static_cast<std::uint64_t>(std::ranges::count_if(
                                blocks_, [](const Block& block) { return !block.forwarder; }));
}

Result<ExtentList> read_vss_bitmap(const Volume& volume, const ShadowCopy& copy,
                                   std::uint64_t bitmap_offset) {
  const std::string what = fmt::format("a bitmap of shadow copy {}", copy.number);
  ExtentList ranges;
  std::uint64_t at = 0;  // bytes of the volume
  const auto take = [&](std::uint64_t blocks, bool set) {
    const std::uint64_t length = std::min(blocks * kVssBlockBytes, copy.volume_bytes - at);
    if (set && !ranges.empty() && ranges.back().end() == at)
      ranges.back().length += length;
    else if (set && length != 0)
      ranges.push_back({at, length});
    at += length;
  };
  const std::uint64_t blocks_needed =
      copy.volume_bytes / (kChainDataBytes * 8 * kVssBlockBytes) + 1;
  TINTYPE_CHECK(visit_vss_chain(volume, {bitmap_offset, VssRecord::bitmap, what, blocks_needed},
                                [&](std::span<const std::byte> bytes) -> Result<void> {
                                  for (std::size_t i = 0;
                                       i < bytes.size() && at < copy.volume_bytes; ++i) {
                                    const auto bits = std::to_integer<unsigned>(bytes[i]);
                                    if (bits == 0 || bits == 0xFF)
                                      take(8, bits != 0);
                                    else
                                      for (unsigned bit = 0; bit < 8; ++bit)
                                        take(1, (bits >> bit & 1) != 0);
                                    if (ranges.size() > kBitmapRangesMax)
                                      return vss_damage(volume, what, "it is in too many pieces");
                                  }
                                  return {};
                                }));
  return ranges;
}

}  // namespace tintype
