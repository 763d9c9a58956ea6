#include "hashing/crc32c.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <vector>

namespace tintype {
namespace {

// RFC 3720, appendix B.4.
TEST(Crc32c, KnownAnswers) {
  EXPECT_EQ(crc32c(std::vector<std::byte>(32)), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::vector<std::byte>(32, std::byte{0xFF})), 0x62A8AB43u);
  std::array<unsigned char, 32> rising{};
  std::iota(rising.begin(), rising.end(), static_cast<unsigned char>(0));
  EXPECT_EQ(crc32c(std::as_bytes(std::span(rising))), 0x46DD794Eu);
}

TEST(Crc32c, TheSumsOwnPlaceCountsAsZeros) {
  std::vector<std::byte> bytes(40, std::byte{7});
  const std::uint32_t with_any = crc32c_without(bytes, 4);
  for (std::size_t i = 4; i < 8; ++i) bytes[i] = std::byte{0};
  EXPECT_EQ(crc32c(bytes), with_any);
}

}  // namespace
}  // namespace tintype
