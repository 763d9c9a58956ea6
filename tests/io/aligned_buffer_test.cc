#include "io/aligned_buffer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <new>
#include <utility>

#include "hashing/zero_block.h"

namespace tintype {
namespace {

bool is_aligned(const AlignedBuffer& buffer) {
  return reinterpret_cast<std::uintptr_t>(buffer.data()) % kPageBytes == 0;
}

TEST(AlignedBuffer, IsAlignedZeroedAndRoundedUp) {
  for (const auto& [asked, given] : {std::pair<std::size_t, std::size_t>{1, 4096},
                                     {4095, 4096},
                                     {4096, 4096},
                                     {4097, 8192},
                                     {1 << 20, 1 << 20},
                                     {(1 << 20) + 1, (1 << 20) + 4096}}) {
    const AlignedBuffer buffer(asked);
    EXPECT_EQ(buffer.size(), given);
    EXPECT_EQ(buffer.bytes().size(), given);
    EXPECT_TRUE(is_aligned(buffer)) << asked;
    EXPECT_TRUE(is_zero(buffer.bytes())) << asked;
  }
}

TEST(AlignedBuffer, IsZeroedAlsoWhenTheMemoryWasUsedBefore) {
  for (int round = 0; round < 8; ++round) {
    const AlignedBuffer buffer(3 * kPageBytes);
    EXPECT_TRUE(is_zero(buffer.bytes()));
    std::fill(buffer.bytes().begin(), buffer.bytes().end(), std::byte{0xFF});
  }
}

TEST(AlignedBuffer, OfNothingIsEmpty) {
  EXPECT_EQ(AlignedBuffer().data(), nullptr);
  EXPECT_TRUE(AlignedBuffer().bytes().empty());
  EXPECT_TRUE(AlignedBuffer(0).bytes().empty());
}

TEST(AlignedBuffer, MovesItsMemoryAlong) {
  AlignedBuffer first(4096);
  std::byte* const data = first.data();
  AlignedBuffer second(std::move(first));
  EXPECT_EQ(second.data(), data);
  EXPECT_EQ(first.data(), nullptr);  // NOLINT(bugprone-use-after-move): what a move leaves behind
  EXPECT_EQ(first.size(), 0u);

  AlignedBuffer third(8192);
  third = std::move(second);
  EXPECT_EQ(third.data(), data);
  EXPECT_EQ(third.size(), 4096u);
  EXPECT_EQ(second.data(), nullptr);  // NOLINT(bugprone-use-after-move)

  AlignedBuffer& itself = third;
  third = std::move(itself);
  EXPECT_EQ(third.data(), data);
}

TEST(AlignedBuffer, TooLargeThrowsInsteadOfWrappingAround) {
  constexpr std::size_t kMax = std::numeric_limits<std::size_t>::max();
  for (const std::size_t bytes : {kMax, kMax - 1, kMax - kPageBytes + 1})
    EXPECT_THROW(AlignedBuffer buffer(bytes), std::bad_alloc) << bytes;
}

}  // namespace
}  // namespace tintype
