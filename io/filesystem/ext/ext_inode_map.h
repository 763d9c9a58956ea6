// What one inode of an ext file system owns, read from its bytes alone: the ranges its extents or
// its block numbers claim, and the blocks of the tree that has more of them. Pure.
//
// Every number is a claim: what lies outside the volume is damage and is left out, what is legal
// stays. Trees are only followed downwards, so that none leads in circles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tintype {

// The file system's sizes, in blocks but for the first.
struct ExtShape {
  std::uint32_t block_bytes = 0;
  std::uint64_t first_block = 0;
  std::uint64_t total_blocks = 0;
};

// A block of a file's tree: of extents, or of block numbers.
struct ExtMapNode {
  std::uint64_t block = 0;
  std::uint32_t inode_number = 0;
  std::uint8_t depth = 0;  // levels below it
  bool extents = false;
};

struct ExtClaims {
  struct Range {
    std::uint64_t block = 0;
    std::uint64_t blocks = 0;
  };
  std::vector<Range> ranges;      // the nodes' blocks too
  std::vector<ExtMapNode> nodes;  // to be read by who wants the rest
  bool damaged = false;           // something was claimed that cannot be
  void clear() {
    ranges.clear();
    nodes.clear();
    damaged = false;
  }
};

// The fields that say whether an inode is a file's, beside its place in the inode bitmap.
struct ExtInodeHead {
  std::uint16_t mode = 0;
  std::uint16_t links = 0;
  bool empty = true;  // it has no mode, no links, and no block
};
constexpr std::size_t kExtInodeBytesMin = 128;
[[nodiscard]] ExtInodeHead ext_inode_head(std::span<const std::byte> inode);

// Adds what an inode claims: data whatever the file's size is, and its block of attributes. At
// least kExtInodeBytesMin bytes.
void add_ext_inode_claims(const ExtShape& shape, std::uint32_t number,
                          std::span<const std::byte> inode, ExtClaims& claims);
// Adds what one node of it claims: `bytes` are its block's.
void add_ext_node_claims(const ExtShape& shape, const ExtMapNode& node,
                         std::span<const std::byte> bytes, ExtClaims& claims);

}  // namespace tintype
