// Whatever order blocks are computed in, they go on in sequence.
#include "engine/pipeline/turn_ring.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <random>

namespace tintype {
namespace {

TEST(TurnRing, WaitsForTheBlockWhoseTurnItIs) {
  std::vector<Block> blocks(3);
  TurnRing ring(3);
  for (const std::uint64_t number : {2u, 1u, 0u}) {
    EXPECT_FALSE(ring.ready());
    blocks[number].sequence = number;
    ring.put(blocks[number]);
  }
  for (Block& block : blocks) {
    ASSERT_TRUE(ring.ready());
    EXPECT_EQ(&ring.take(), &block);
  }
  EXPECT_FALSE(ring.ready());
}

TEST(TurnRing, GoesRoundForAsLongAsThePassLasts) {
  std::mt19937_64 random(5);
  constexpr std::size_t kBlocks = 7;
  std::vector<Block> blocks(kBlocks);
  std::vector<Block*> free, computing;
  for (Block& block : blocks) free.push_back(&block);
  TurnRing ring(kBlocks);
  std::uint64_t next = 0, taken = 0;
  while (taken < 1000) {
    for (; !free.empty(); free.pop_back()) {
      free.back()->sequence = next++;
      computing.push_back(free.back());
    }
    std::ranges::shuffle(computing, random);
    ring.put(*computing.back());
    computing.pop_back();
    for (; ring.ready(); ++taken) {
      free.push_back(&ring.take());
      ASSERT_EQ(free.back()->sequence, taken);
    }
  }
}

}  // namespace
}  // namespace tintype
