#include "io/filesystem/ext/ext_inode_map.h"

#include <algorithm>
#include <utility>

#include "hashing/endian.h"

namespace tintype {
namespace {

constexpr std::size_t kModeAt = 0, kSizeAt = 4, kLinksAt = 26, kFlagsAt = 32, kMapAt = 40,
                      kMapBytes = 60, kAttributesAt = 104, kSizeHighAt = 108,
                      kAttributesHighAt = 118;
constexpr std::uint32_t kExtentsFlag = 0x80000, kInlineDataFlag = 0x10000000;
constexpr unsigned kDirectBlocks = 12, kIndirectLevels = 3;
constexpr std::uint16_t kExtentMagic = 0xF30A;
constexpr std::size_t kExtentBytes = 12;  // and of its header
constexpr std::uint8_t kExtentDepthMax = 5;
constexpr std::uint32_t kWrittenBlocksMax = 32768;  // longer ones are unwritten, and shorter

enum class FileKind : std::uint16_t {
  fifo = 0x1000,
  character_device = 0x2000,
  block_device = 0x6000,
  link = 0xA000,
  socket = 0xC000,
};

void claim(const ExtShape& shape, std::uint64_t block, std::uint64_t blocks, ExtClaims& claims) {
  if (blocks == 0 || block < shape.first_block || block >= shape.total_blocks ||
      blocks > shape.total_blocks - block) {
    claims.damaged = true;
    return;
  }
  // Block numbers come one by one.
  if (!claims.ranges.empty() && claims.ranges.back().block + claims.ranges.back().blocks == block)
    claims.ranges.back().blocks += blocks;
  else
    claims.ranges.push_back({block, blocks});
}

void claim_node(const ExtShape& shape, ExtMapNode node, ExtClaims& claims) {
  const bool was_damaged = std::exchange(claims.damaged, false);
  claim(shape, node.block, 1, claims);
  if (!claims.damaged) claims.nodes.push_back(node);
  claims.damaged |= was_damaged;
}

bool all_zero(std::span<const std::byte> bytes) {
  return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

// Of a node its depth is known; of an inode any that a tree may have.
void add_extents(const ExtShape& shape, std::uint32_t number, std::uint8_t depth_min,
                 std::uint8_t depth_max, std::span<const std::byte> bytes, ExtClaims& claims) {
  const auto entries = load_le<std::uint16_t>(bytes, 2);
  const auto depth = load_le<std::uint16_t>(bytes, 6);
  if (load_le<std::uint16_t>(bytes, 0) != kExtentMagic || depth < depth_min || depth > depth_max) {
    claims.damaged = true;
    return;
  }
  const std::size_t room = bytes.size() / kExtentBytes - 1;
  if (entries > room) claims.damaged = true;
  for (std::size_t i = 1; i <= std::min<std::size_t>(entries, room); ++i) {
    const auto entry = bytes.subspan(i * kExtentBytes, kExtentBytes);
    if (depth == 0) {
      const std::uint32_t blocks = load_le<std::uint16_t>(entry, 4);
      claim(
          shape,
          load_le<std::uint32_t>(entry, 8) | std::uint64_t{load_le<std::uint16_t>(entry, 6)} << 32,
          blocks > kWrittenBlocksMax ? blocks - kWrittenBlocksMax : blocks, claims);
    } else {
      claim_node(shape,
                 {.block = load_le<std::uint32_t>(entry, 4) |
                           std::uint64_t{load_le<std::uint16_t>(entry, 8)} << 32,
                  .inode_number = number,
                  .depth = static_cast<std::uint8_t>(depth - 1),
                  .extents = true},
                 claims);
    }
  }
}

// `depth`: 0 for numbers of data blocks.
void add_numbers(const ExtShape& shape, std::uint32_t number, std::uint8_t depth,
                 std::span<const std::byte> bytes, ExtClaims& claims) {
  for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) {
    const auto block = load_le<std::uint32_t>(bytes, at);
    if (block == 0) continue;  // a hole
    if (depth == 0)
      claim(shape, block, 1, claims);
    else
      claim_node(shape,
                 {.block = block,
                  .inode_number = number,
                  .depth = static_cast<std::uint8_t>(depth - 1),
                  .extents = false},
                 claims);
  }
}

// Devices and pipes keep other things where a map would be, and so do links that are short.
bool has_map(std::uint16_t mode, std::uint32_t flags, std::uint64_t size_bytes) {
  if ((flags & kInlineDataFlag) != 0) return false;
  switch (static_cast<FileKind>(mode & 0xF000)) {
    case FileKind::fifo:
    case FileKind::character_device:
    case FileKind::block_device:
    case FileKind::socket:
      return false;
    case FileKind::link:
      return (flags & kExtentsFlag) != 0 || size_bytes >= kMapBytes;
  }
  return true;
}

}  // namespace

ExtInodeHead ext_inode_head(std::span<const std::byte> inode) {
  ExtInodeHead head;
  head.mode = load_le<std::uint16_t>(inode, kModeAt);
  head.links = load_le<std::uint16_t>(inode, kLinksAt);
  head.empty = head.mode == 0 && head.links == 0 && all_zero(inode.subspan(kMapAt, kMapBytes));
  return head;
}

void add_ext_inode_claims(const ExtShape& shape, std::uint32_t number,
                          std::span<const std::byte> inode, ExtClaims& claims) {
  const auto flags = load_le<std::uint32_t>(inode, kFlagsAt);
  const std::uint64_t size_bytes = load_le<std::uint32_t>(inode, kSizeAt) |
                                   std::uint64_t{load_le<std::uint32_t>(inode, kSizeHighAt)} << 32;
  const std::uint64_t attributes =
      load_le<std::uint32_t>(inode, kAttributesAt) |
      (shape.total_blocks >> 32 != 0
           ? std::uint64_t{load_le<std::uint16_t>(inode, kAttributesHighAt)} << 32
           : 0);
  if (attributes != 0) claim(shape, attributes, 1, claims);
  if (!has_map(load_le<std::uint16_t>(inode, kModeAt), flags, size_bytes)) return;
  const auto map = inode.subspan(kMapAt, kMapBytes);
  if ((flags & kExtentsFlag) != 0) {
    if (!all_zero(map)) add_extents(shape, number, 0, kExtentDepthMax, map, claims);
    return;
  }
  add_numbers(shape, number, 0, map.first(kDirectBlocks * 4), claims);
  for (unsigned level = 1; level <= kIndirectLevels; ++level)
    add_numbers(shape, number, static_cast<std::uint8_t>(level),
                map.subspan((kDirectBlocks + level - 1) * 4, 4), claims);
}

void add_ext_node_claims(const ExtShape& shape, const ExtMapNode& node,
                         std::span<const std::byte> bytes, ExtClaims& claims) {
  if (node.extents)
    add_extents(shape, node.inode_number, node.depth, node.depth, bytes, claims);
  else
    add_numbers(shape, node.inode_number, node.depth, bytes, claims);
}

}  // namespace tintype
