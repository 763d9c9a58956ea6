#include "engine/manifest/text_checksum.h"

#include <gtest/gtest.h>

namespace tintype {
namespace {

const std::string kText = "{\n  \"format\": 2,\n  \"name\": \"a set\"\n}\n";

TEST(TextChecksum, IsTheLastMemberAndWhatStandsBeforeItStays) {
  const std::string with = with_checksum(kText);
  EXPECT_TRUE(with.starts_with("{\n  \"format\": 2,\n  \"name\": \"a set\",\"checksum\":\""))
      << with;
  EXPECT_TRUE(with.ends_with("\"}\n")) << with;
  EXPECT_EQ(judge_checksum(with), TextChecksum::right);
}

// Made by: printf '{"a":1' | xxh128sum
TEST(TextChecksum, IsWhatXxh128sumSaysOfTheBytesBefore) {
  EXPECT_EQ(with_checksum("{\"a\":1}"),
            "{\"a\":1,\"checksum\":\"61a0fe76ffe4dee06812ff298dd1912b\"}\n");
}

TEST(TextChecksum, NoFlippedBitPasses) {
  const std::string good = with_checksum(kText);
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(judge_checksum(bad), TextChecksum::right) << "bit " << bit;
  }
}

TEST(TextChecksum, NoCutOrLongerTextPasses) {
  const std::string good = with_checksum(kText);
  for (std::size_t length = 0; length < good.size(); ++length)
    EXPECT_NE(judge_checksum(good.substr(0, length)), TextChecksum::right) << length;
  EXPECT_NE(judge_checksum(good + "\n"), TextChecksum::right);
  EXPECT_NE(judge_checksum(" " + good), TextChecksum::right);
}

TEST(TextChecksum, TextWithoutOneIsToldFromOneWithAWrongOne) {
  EXPECT_EQ(judge_checksum(kText), TextChecksum::absent);
  EXPECT_EQ(judge_checksum(""), TextChecksum::absent);
  std::string wrong = with_checksum(kText);
  wrong[3] = '_';
  EXPECT_EQ(judge_checksum(wrong), TextChecksum::wrong);
}

}  // namespace
}  // namespace tintype
