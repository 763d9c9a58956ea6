#include "io/buffer_slab.h"

#include <gtest/gtest.h>

#include <limits>
#include <new>

namespace tintype {
namespace {

TEST(BufferSlab, BuffersAreWholePagesSideBySideAndFillItAll) {
  const BufferSlab slab(5, 5000);
  EXPECT_EQ(slab.buffers(), 5u);
  EXPECT_EQ(slab.bytes().size(), 5u * 8192);
  for (std::size_t i = 0; i < slab.buffers(); ++i) {
    EXPECT_EQ(slab[i].size(), 8192u);
    EXPECT_EQ(slab[i].data(), slab.bytes().data() + i * 8192);
  }
}

TEST(BufferSlab, OfNoBuffersIsEmpty) {
  EXPECT_TRUE(BufferSlab(0, 4096).bytes().empty());
  EXPECT_EQ(BufferSlab(0, 4096).buffers(), 0u);
  EXPECT_TRUE(BufferSlab(3, 0)[2].empty());
}

TEST(BufferSlab, TooLargeThrowsInsteadOfWrappingAround) {
  constexpr std::size_t kMax = std::numeric_limits<std::size_t>::max();
  EXPECT_THROW(BufferSlab(kMax / 2, 4096), std::bad_alloc);
  EXPECT_THROW(BufferSlab(1, kMax), std::bad_alloc);
  EXPECT_THROW(BufferSlab(kMax / 4096 + 1, 4096), std::bad_alloc);
}

TEST(BufferSlabDeathTest, OneBufferTooFarAborts) {
  const BufferSlab slab(2, 4096);
  EXPECT_DEATH((void)slab[2], "no such buffer");
}

}  // namespace
}  // namespace tintype
