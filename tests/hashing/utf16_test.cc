#include "hashing/utf16.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

#include "hashing/endian.h"

namespace tintype {
namespace {

std::string utf8(std::initializer_list<std::uint16_t> units) {
  std::vector<std::byte> bytes(units.size() * 2);
  std::size_t at = 0;
  for (const std::uint16_t unit : units) store_le(bytes, 2 * at++, unit);
  return utf8_from_utf16(bytes);
}

TEST(Utf16, BecomesUtf8) {
  EXPECT_EQ(utf8({'D', 'B', '1'}), "DB1");
  EXPECT_EQ(utf8({0xE4, 0x20AC, 0xFFFD}), "\xC3\xA4\xE2\x82\xAC\xEF\xBF\xBD");
  EXPECT_EQ(utf8({0xD83D, 0xDCF7}), "\xF0\x9F\x93\xB7");
  EXPECT_EQ(utf8({0xD83D}), "\xEF\xBF\xBD");
  EXPECT_EQ(utf8({0xDCF7, 'a'}),
            "\xEF\xBF\xBD"
            "a");
  EXPECT_EQ(utf8({0xD83D, 'a'}),
            "\xEF\xBF\xBD"
            "a");
  EXPECT_EQ(utf8({0xD83D, 0xD83D, 0xDCF7}), "\xEF\xBF\xBD\xF0\x9F\x93\xB7");
}

}  // namespace
}  // namespace tintype
