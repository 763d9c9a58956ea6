#include "tools/text/units.h"

#include <gtest/gtest.h>

namespace tintype {
namespace {

TEST(Units, SizesAreReadAsPeopleWriteThem) {
  constexpr std::uint64_t k = 1024;
  EXPECT_EQ(parse_size("1048576"), k * k);
  for (const char* text : {"1M", "1m", "1MiB", "1Mi", "1024k", "1024KiB", "1 MiB", "1048576B"})
    EXPECT_EQ(parse_size(text), k * k) << text;
  EXPECT_EQ(parse_size("1MB"), 1'000'000u);
  EXPECT_EQ(parse_size("64kB"), 64'000u);
  EXPECT_EQ(parse_size("2T"), 2 * k * k * k * k);
  for (const char* text :
       {"", "M", "1X", "1MiBs", "-1", "1.5M", "1 2", "99999999999999999999", "20000000000T", " 1M"})
    EXPECT_FALSE(parse_size(text)) << text;
}

TEST(Units, ARateNeedsItsUnit) {
  EXPECT_EQ(parse_rate("200MiB/s"), 200u << 20);
  EXPECT_EQ(parse_rate("50M/s"), 50u << 20);
  EXPECT_EQ(parse_rate("1 GB/s"), 1'000'000'000u);
  EXPECT_EQ(parse_rate("512B/s"), 512u);
  for (const char* text : {"0", "none"}) EXPECT_EQ(parse_rate(text), 0u);
  for (const char* text : {"", "50", "50/s", "50MiB", "MiB/s", "/s", "-1MiB/s", "50MiB/sec",
                           "50 /s", "0MiB/s", "50Mbit/s", "99999999999999TiB/s"})
    EXPECT_EQ(parse_rate(text), std::nullopt) << text;
}

TEST(Units, SizesPrintThreeDigitsAndTheirUnit) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(1023), "1023 B");
  EXPECT_EQ(bytes_text(1024), "1 KiB");
  EXPECT_EQ(bytes_text(32768), "32 KiB");
  EXPECT_EQ(bytes_text(1300 * 1024 * 1024ull), "1.27 GiB");
  EXPECT_EQ(bytes_text((1ull << 30) - 1), "1.00 GiB") << "never 1024 MiB";
  EXPECT_EQ(bytes_text(~0ull), "16 EiB");
  EXPECT_EQ(bytes_of_text(123 << 20, 1ull << 30), "0.12 of 1 GiB");
  EXPECT_EQ(bytes_of_text(0, 0), "0 of 0 B");
}

TEST(Units, RatesAndTimes) {
  EXPECT_EQ(rate_text(1210ull << 20, 1), "1210 MiB/s");
  EXPECT_EQ(rate_text(5ull << 20, 2), "2.5 MiB/s");
  EXPECT_EQ(rate_text(5ull << 20, 0), "- MiB/s");
  EXPECT_EQ(limit_text(50ull << 20), "50 MiB/s");
  EXPECT_EQ(limit_text(0), "none");
  EXPECT_EQ(duration_text(2.44), "2.4 s");
  EXPECT_EQ(duration_text(59.97), "1:00 min");
  EXPECT_EQ(duration_text(185), "3:05 min");
  EXPECT_EQ(duration_text(3723), "1:02:03 h");
  EXPECT_EQ(duration_text(-1), "-");
}

}  // namespace
}  // namespace tintype
