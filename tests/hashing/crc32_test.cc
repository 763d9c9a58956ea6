#include "hashing/crc32.h"

#include <gtest/gtest.h>

#include <string_view>

namespace tintype {
namespace {

std::uint32_t crc32_of(std::string_view text) {
  return crc32(std::as_bytes(std::span(text)));
}

// The check value of the CRC catalogue, and what gzip stores for the others.
TEST(Crc32, KnownAnswers) {
  EXPECT_EQ(crc32_of(""), 0u);
  EXPECT_EQ(crc32_of("123456789"), 0xCBF43926u);
  EXPECT_EQ(crc32_of("The quick brown fox jumps over the lazy dog"), 0x414FA339u);
  EXPECT_EQ(crc32_of(std::string_view("\0\0\0\0", 4)), 0x2144DF1Cu);
}

}  // namespace
}  // namespace tintype
