// Inodes byte by byte. What whole volumes say is in ext_map_test.cc.
#include "io/filesystem/ext/ext_inode_map.h"

#include <gtest/gtest.h>

#include <array>

#include "hashing/endian.h"

namespace tintype {
namespace {

constexpr ExtShape kShape{.block_bytes = 1024, .first_block = 1, .total_blocks = 1000};

struct Inode {
  std::array<std::byte, 128> bytes{};
  template <class T>
  Inode& set(std::size_t at, T value) {
    store_le<T>(bytes, at, value);
    return *this;
  }
  Inode& extents(std::uint16_t entries, std::uint16_t depth) {
    set<std::uint32_t>(32, 0x80000).set<std::uint16_t>(40, 0xF30A);
    return set<std::uint16_t>(42, entries).set<std::uint16_t>(46, depth);
  }
  // The i-th extent.
  Inode& extent(std::size_t i, std::uint16_t blocks, std::uint32_t block) {
    return set<std::uint16_t>(52 + 12 * i + 4, blocks).set<std::uint32_t>(52 + 12 * i + 8, block);
  }
  [[nodiscard]] ExtClaims claims() const {
    ExtClaims claims;
    add_ext_inode_claims(kShape, 12, bytes, claims);
    return claims;
  }
};

std::uint64_t blocks_of(const ExtClaims& claims) {
  std::uint64_t sum = 0;
  for (const auto& range : claims.ranges) sum += range.blocks;
  return sum;
}

TEST(ExtInodeMap, AnEmptyInodeIsNoFiles) {
  EXPECT_TRUE(ext_inode_head(Inode().bytes).empty);
  EXPECT_FALSE(ext_inode_head(Inode().set<std::uint16_t>(26, 1).bytes).empty);
  EXPECT_FALSE(ext_inode_head(Inode().set<std::uint32_t>(40, 7).bytes).empty);
}

TEST(ExtInodeMap, ExtentsWrittenOrNotAreOwned) {
  Inode inode;
  inode.set<std::uint16_t>(0, 0x8000).extents(2, 0).extent(0, 10, 100).extent(1, 32768 + 5, 200);
  const ExtClaims claims = inode.claims();
  EXPECT_FALSE(claims.damaged);
  EXPECT_EQ(blocks_of(claims), 15u);
}

TEST(ExtInodeMap, WhatIsLegalOfADamagedMapStays) {
  Inode inode;
  inode.set<std::uint16_t>(0, 0x8000).extents(4, 0);
  inode.extent(0, 10, 100).extent(1, 10, 995).extent(2, 3, 0).extent(3, 2, 998);
  const ExtClaims claims = inode.claims();
  EXPECT_TRUE(claims.damaged);
  EXPECT_EQ(blocks_of(claims), 12u);
  EXPECT_TRUE(inode.set<std::uint16_t>(40, 1).claims().damaged);  // no map at all
  EXPECT_TRUE(Inode().extents(0, 6).set<std::uint16_t>(0, 0x8000).claims().damaged);  // too deep
}

TEST(ExtInodeMap, TreesAreFollowedDownwardsOnly) {
  Inode inode;
  inode.set<std::uint16_t>(0, 0x8000).extents(1, 2).set<std::uint32_t>(52 + 4, 300);
  const ExtClaims top = inode.claims();
  ASSERT_EQ(top.nodes.size(), 1u);
  EXPECT_EQ(top.nodes[0].block, 300u);
  EXPECT_EQ(top.nodes[0].depth, 1);
  EXPECT_EQ(blocks_of(top), 1u);
  std::array<std::byte, 1024> block{};
  store_le<std::uint16_t>(block, 0, 0xF30A);
  store_le<std::uint16_t>(block, 2, 1);
  store_le<std::uint32_t>(block, 12 + 4, 300);
  for (const auto& [depth, damaged] : {std::pair{1, false}, {0, true}, {2, true}}) {
    store_le<std::uint16_t>(block, 6, static_cast<std::uint16_t>(depth));
    ExtClaims below;
    add_ext_node_claims(kShape, top.nodes[0], block, below);
    EXPECT_EQ(below.damaged, damaged) << depth;
    EXPECT_EQ(below.nodes.empty(), damaged) << depth;
  }
}

TEST(ExtInodeMap, BlockNumbersOfAllLevelsAreOwned) {
  Inode inode;
  inode.set<std::uint16_t>(0, 0x8000);
  for (std::uint32_t i = 0; i < 15; ++i) inode.set<std::uint32_t>(40 + 4 * i, 100 + i);
  inode.set<std::uint32_t>(104, 500);  // its attributes
  const ExtClaims claims = inode.claims();
  EXPECT_EQ(blocks_of(claims), 16u);
  ASSERT_EQ(claims.nodes.size(), 3u);
  for (std::uint8_t level = 0; level < 3; ++level) EXPECT_EQ(claims.nodes[level].depth, level);
  std::array<std::byte, 1024> block{};
  store_le<std::uint32_t>(block, 8, 700);
  store_le<std::uint32_t>(block, 16, 1000);
  ExtClaims below;
  add_ext_node_claims(kShape, claims.nodes[0], block, below);
  EXPECT_TRUE(below.damaged);
  EXPECT_EQ(blocks_of(below), 1u);
}

TEST(ExtInodeMap, DevicesShortLinksAndFilesInTheirInodeOwnNoBlocks) {
  const auto claims_of = [](std::uint16_t mode, std::uint32_t flags, std::uint32_t size) {
    Inode inode;
    inode.set<std::uint16_t>(0, mode).set<std::uint32_t>(32, flags).set<std::uint32_t>(4, size);
    return blocks_of(inode.set<std::uint32_t>(40, 100).claims());
  };
  EXPECT_EQ(claims_of(0x8000, 0, 10), 1u);
  EXPECT_EQ(claims_of(0x8000, 0x10000000, 10), 0u);
  EXPECT_EQ(claims_of(0x2000, 0, 0), 0u);
  EXPECT_EQ(claims_of(0x6000, 0, 0), 0u);
  EXPECT_EQ(claims_of(0x1000, 0, 0), 0u);
  EXPECT_EQ(claims_of(0xC000, 0, 0), 0u);
  EXPECT_EQ(claims_of(0xA000, 0, 59), 0u);
  EXPECT_EQ(claims_of(0xA000, 0, 60), 1u);
}

}  // namespace
}  // namespace tintype
