#include "engine/manifest/set_name.h"

#include <gtest/gtest.h>

namespace tintype {
namespace {

const auto kEvening =
    std::chrono::system_clock::from_time_t(1795371300);  // 2026-11-22 18:15:00 UTC

TEST(SetName, TellsTimeHostAndType) {
  EXPECT_EQ(make_set_name(kEvening, "mail1", BackupType::full), "20261122T181500Z-mail1-full");
  EXPECT_EQ(make_set_name(kEvening, "we ird/..", BackupType::copy),
            "20261122T181500Z-we-ird-..-copy");
  EXPECT_TRUE(is_plain_name(make_set_name(kEvening, "", BackupType::copy)));
  EXPECT_EQ(utc_text(kEvening), "2026-11-22T18:15:00Z");
}

TEST(SetName, TellsAgainWhatWentIntoIt) {
  for (const char* ending : {"", "-2", "-10"}) {
    const auto told = parse_set_name(make_set_name(kEvening, "mail-1", BackupType::full) + ending);
    ASSERT_TRUE(told) << ending;
    EXPECT_EQ(told->started, kEvening);
    EXPECT_EQ(told->host, "mail-1");
    EXPECT_EQ(told->type, BackupType::full);
  }
  for (const char* name : {"", "x", "20261122T181500Z", "20261122T181500Z-h-half",
                           "20261322T181500Z-h-full", "20261122 181500Z-h-full"})
    EXPECT_FALSE(parse_set_name(name)) << name;
}

TEST(SetName, ComesOutOfAPath) {
  EXPECT_EQ(set_name_of("/r/sets/20261122T181500Z-h-full.partial"), "20261122T181500Z-h-full");
  EXPECT_EQ(set_name_of("/r/sets/a/"), "a");
  EXPECT_EQ(set_name_of("a"), "a");
}

TEST(SetName, PlainNamesStayInTheirFolder) {
  for (const char* good : {"D", "a.tint", "Ü", "mail store", "x..y"})
    EXPECT_TRUE(is_plain_name(good)) << good;
  for (const char* bad : {"", ".", "..", ".x", "-x", "a/b", "a\\b", "a:b", "a\nb", "a\x7f"})
    EXPECT_FALSE(is_plain_name(bad)) << bad;
  EXPECT_FALSE(is_plain_name(std::string(201, 'a')));
  EXPECT_EQ(to_plain_name("/dev/vg/snap"), "dev-vg-snap");
  EXPECT_EQ(to_plain_name("..."), "unnamed");
  EXPECT_TRUE(is_plain_name(to_plain_name(std::string(300, '/'))));
  EXPECT_TRUE(is_plain_name(to_plain_name("-rf")));
}

TEST(SetName, LongNamesAreShortenedAlikeAndStayDifferent) {
  const std::string one = std::string(300, 'L') + ".img", other = std::string(301, 'L') + ".img";
  EXPECT_EQ(shortened_name("mail.img", 100), "mail.img");
  EXPECT_EQ(shortened_name(std::string(100, 'a'), 100), std::string(100, 'a'));
  const std::string shortened = shortened_name(one, 100);
  EXPECT_EQ(shortened.size(), 100u);
  EXPECT_EQ(shortened, shortened_name(one, 100));
  EXPECT_NE(shortened, shortened_name(other, 100));
  EXPECT_TRUE(shortened.starts_with("LLLL") && shortened.ends_with(".img")) << shortened;
  EXPECT_EQ(shortened_name(std::string(50, 'x') + "." + std::string(250, 'y'), 100).size(), 100u);
  EXPECT_NE(to_plain_name(one), to_plain_name(other)) << "what was cut off counts";
}

TEST(SetName, ATimeThatTheClockCannotCountToIsItsLast) {
  const auto last = parse_utc_text("2262-04-11T23:47:16Z").value();
  for (const char* const text :
       {"2262-04-11T23:47:17Z", "2999-01-01T00:00:00Z", "9999-12-31T23:59:59Z"})
    EXPECT_EQ(parse_utc_text(text).value(), last) << text;
  EXPECT_LT(parse_utc_text("0001-01-01T00:00:00Z").value(),
            parse_utc_text("1700-01-01T00:00:00Z").value());
}

TEST(SetName, TimesGoThereAndBack) {
  for (const char* const text :
       {"2026-11-22T18:15:00Z", "2024-02-29T23:59:59Z", "1970-01-01T00:00:00Z"})
    EXPECT_EQ(utc_text(parse_utc_text(text).value()), text);
  for (const char* const text :
       {"", "2026-11-22", "2026-02-30T18:15:00Z", "2026-13-01T00:00:00Z", "2026-11-22T24:15:00Z",
        "2026-11-22 18:15:00Z", "2026-11-22T18:15:00Z ", "x026-11-22T18:15:00Z"})
    EXPECT_FALSE(parse_utc_text(text)) << text;
}

}  // namespace
}  // namespace tintype
