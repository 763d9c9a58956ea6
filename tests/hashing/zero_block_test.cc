#include "hashing/zero_block.h"

#include <gtest/gtest.h>

#include <vector>

namespace tintype {
namespace {

TEST(ZeroBlock, EmptyIsZero) {
  EXPECT_TRUE(is_zero({}));
}

TEST(ZeroBlock, OneSetByteIsSeenWhereverItStands) {
  for (const std::size_t size : {1u, 2u, 63u, 64u, 65u, 4095u, 4096u, 4097u, 8192u, 12289u}) {
    std::vector<std::byte> bytes(size);
    EXPECT_TRUE(is_zero(bytes)) << size;
    for (std::size_t i = 0; i < size; i += (size > 300 ? 61 : 1)) {
      bytes[i] = std::byte{0x80};
      EXPECT_FALSE(is_zero(bytes)) << size << " at " << i;
      bytes[i] = std::byte{0};
    }
    bytes[size - 1] = std::byte{1};
    EXPECT_FALSE(is_zero(bytes)) << size;
  }
}

}  // namespace
}  // namespace tintype
