#include "hashing/endian.h"

#include <gtest/gtest.h>

namespace tintype {
namespace {

TEST(Endian, LittleAndBigStandAsTheirBytes) {
  const Le<std::uint32_t> little(0x01020304);
  const Be<std::uint32_t> big(0x01020304);
  const unsigned char little_bytes[] = {4, 3, 2, 1};
  const unsigned char big_bytes[] = {1, 2, 3, 4};
  EXPECT_EQ(std::memcmp(&little, little_bytes, 4), 0);
  EXPECT_EQ(std::memcmp(&big, big_bytes, 4), 0);
  EXPECT_EQ(little.value(), 0x01020304u);
  EXPECT_EQ(big.value(), 0x01020304u);
}

TEST(Endian, SignedValuesSurvive) {
  const Be<std::int64_t> value(-2);
  EXPECT_EQ(value.value(), -2);
  static_assert(alignof(Le<std::uint64_t>) == 1 && sizeof(Le<std::uint64_t>) == 8);
}

TEST(Endian, LoadsAndStoresAtUnalignedOffsets) {
  std::byte bytes[11]{};
  store_le<std::uint64_t>(bytes, 3, 0x1122334455667788);
  EXPECT_EQ(load_le<std::uint64_t>(bytes, 3), 0x1122334455667788u);
  EXPECT_EQ(bytes[3], std::byte{0x88});
  EXPECT_EQ(bytes[2], std::byte{0});
}

}  // namespace
}  // namespace tintype
