#include "engine/repository/set_order.h"

#include <gmock/gmock.h>

#include "engine/manifest/set_name.h"
#include "engine/repository/find_set.h"
#include "tests/engine/manifest/manifest_samples.h"

namespace tintype {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

SetEntry entry(std::uint64_t sequence, const std::string& start, const std::string& ending = "") {
  std::string compact;
  for (const char c : start)
    if (c != '-' && c != ':') compact += c;
  SetEntry made{.name = compact + "-mail1-full" + ending, .finished = true};
  made.path = "/r/sets/" + made.name;
  made.manifest = test::sample_manifest(made.name);
  made.manifest.sequence = sequence;
  made.manifest.started_utc = start;
  made.manifest.host = "mail1";
  if (sequence == 0) made.manifest.format = 1;
  return made;
}
SetEntry damaged(SetEntry made) {
  made.manifest = {};
  made.problem = "damaged";
  return made;
}
std::vector<std::string> names(const std::vector<SetEntry>& sets) {
  std::vector<std::string> all;
  for (const SetEntry& one : sets) all.push_back(one.name);
  return all;
}
std::vector<SetEntry> sorted(std::vector<SetEntry> sets) {
  sort_sets(sets);
  return sets;
}
std::string latest(const std::vector<SetEntry>& sets, const SetFilter& filter = {},
                   const std::string& volume = "") {
  const auto found = find_set(sets, {"latest", volume, filter}, "r");
  return found ? (*found)->name : found.error().line();
}

TEST(SetOrder, NumbersAreComparedAsNumbers) {
  EXPECT_TRUE(natural_less("s-2", "s-10"));
  EXPECT_FALSE(natural_less("s-10", "s-2"));
  EXPECT_TRUE(natural_less("s", "s-2"));
  EXPECT_TRUE(natural_less("a10b2", "a10b10"));
  EXPECT_FALSE(natural_less("s-2", "s-2"));
  EXPECT_NE(natural_less("s-02", "s-2"), natural_less("s-2", "s-02"));
  EXPECT_TRUE(natural_less("s-99999999999999999999", "s-100000000000000000000"));
}

TEST(SetOrder, GoesBySequenceAndNotByClocks) {
  const auto sets = sorted({entry(3, "2026-11-30T10:00:00Z"), entry(1, "2031-05-01T00:00:00Z"),
                            entry(2, "2026-11-29T10:00:00Z")});
  EXPECT_THAT(names(sets), ElementsAre("20310501T000000Z-mail1-full", "20261129T100000Z-mail1-full",
                                       "20261130T100000Z-mail1-full"));
  EXPECT_EQ(next_sequence(sets), 4u);
  EXPECT_EQ(next_sequence({}), 1u);
}

TEST(SetOrder, TheSameSequenceGoesByStartThenByName) {
  EXPECT_THAT(
      names(sorted({entry(5, "2026-11-30T10:00:01Z"), entry(5, "2026-11-30T10:00:00Z", "-10"),
                    entry(5, "2026-11-30T10:00:00Z", "-2")})),
      ElementsAre("20261130T100000Z-mail1-full-2", "20261130T100000Z-mail1-full-10",
                  "20261130T100001Z-mail1-full"));
}

TEST(SetOrder, FormatOneComesBefore) {
  EXPECT_THAT(names(sorted({entry(1, "2026-11-01T00:00:00Z"), entry(0, "2026-11-03T00:00:00Z"),
                            entry(0, "2026-11-02T00:00:00Z")})),
              ElementsAre("20261102T000000Z-mail1-full", "20261103T000000Z-mail1-full",
                          "20261101T000000Z-mail1-full"));
}

TEST(SetOrder, ADamagedSetStandsWhereItsNameSays) {
  const SetEntry old = entry(1, "2026-11-01T00:00:00Z"), future = entry(2, "2031-05-01T00:00:00Z"),
                 last = entry(4, "2026-11-05T00:00:00Z");
  const SetEntry between = damaged(entry(3, "2026-11-03T00:00:00Z"));
  EXPECT_THAT(names(sorted({last, between, future, old})),
              ElementsAre(old.name, between.name, future.name, last.name));
  // The newest is damaged: it is what "latest" means, whatever comes of it.
  const SetEntry newest = damaged(entry(5, "2026-11-06T00:00:00Z"));
  EXPECT_EQ(latest(sorted({newest, last, old})), newest.name);
  SetEntry renamed = newest;
  renamed.name = "renamed";
  EXPECT_EQ(latest(sorted({renamed, last, old})), "renamed");
}

TEST(SetOrder, WrongClocksAreNamed) {
  const auto now = parse_utc_text("2026-11-30T12:00:00Z").value();
  const auto warnings = [&](std::vector<SetEntry> sets) {
    return clock_warnings(sorted(std::move(sets)), now);
  };
  EXPECT_THAT(warnings({entry(1, "2026-11-29T00:00:00Z"), entry(2, "2026-11-30T00:00:00Z")}),
              IsEmpty());
  EXPECT_THAT(warnings({entry(1, "2031-05-01T00:00:00Z"), entry(2, "2026-11-29T00:00:00Z"),
                        entry(3, "2026-11-30T00:00:00Z")}),
              ElementsAre("set 20310501T000000Z-mail1-full says that it started at "
                          "2031-05-01T00:00:00Z, which is in the future and is after 2 sets that "
                          "were begun later: a clock was wrong"));
  EXPECT_THAT(warnings({entry(1, "2026-11-28T00:00:00Z"), entry(2, "2026-11-27T00:00:00Z")}),
              ElementsAre(HasSubstr("20261128T000000Z-mail1-full says that it started at "
                                    "2026-11-28T00:00:00Z, which is after the set that was begun "
                                    "next")));
  // Two clocks a few minutes apart are no news.
  EXPECT_THAT(warnings({entry(1, "2026-11-28T00:04:00Z"), entry(2, "2026-11-28T00:00:00Z")}),
              IsEmpty());
}

TEST(FindSet, LatestIsTheNewestThatFits) {
  SetEntry mail = entry(1, "2026-11-28T00:00:00Z"), other = entry(2, "2026-11-29T00:00:00Z");
  other.name = "20261129T000000Z-db1-copy";
  other.manifest.host = "db1";
  other.manifest.type = BackupType::copy;
  other.manifest.volumes[0].name = "db";
  other.manifest.volumes[0].image = "db.tint";
  other.manifest.volumes[0].source = "/dev/vg/db";
  const auto sets = sorted({mail, other});
  EXPECT_EQ(latest(sets), other.name);
  EXPECT_EQ(latest(sets, {.host = "mail1"}), mail.name);
  EXPECT_EQ(latest(sets, {.source = "/dev/vg/snap"}), mail.name);
  EXPECT_EQ(latest(sets, {.type = BackupType::full}), mail.name);
  EXPECT_EQ(latest(sets, {}, "D"), mail.name);
  EXPECT_EQ(latest(sets, {}, "D.tint"), mail.name);
  EXPECT_THAT(latest(sets, {}, "E"), HasSubstr("has no finished backup set with a volume \"E\""));
  EXPECT_THAT(latest(sets, {.host = "x"}), HasSubstr("has no finished backup set of host x"));
  EXPECT_THAT(latest(sets, {.host = "db1", .type = BackupType::full}),
              HasSubstr("of host db1, of type full"));
  // A damaged one that may be it is not passed over; one that cannot be it is.
  const auto spoiled = sorted({mail, damaged(other)});
  EXPECT_EQ(latest(spoiled, {}, "D"), other.name);
  EXPECT_EQ(latest(spoiled, {.host = "mail1"}, "D"), mail.name);
  EXPECT_EQ(latest(spoiled, {.source = "/dev/vg/snap"}), other.name);
  EXPECT_THAT(find_set(sets, {mail.name, "", {.host = "db1"}}, "r").error().line(),
              HasSubstr("is not of host db1"));
}

TEST(FindSet, AnAmbiguousPrefixTellsTenNamesAndHowManyMore) {
  std::vector<SetEntry> sets;
  for (int i = 10; i < 31; ++i)
    sets.push_back(entry(1, "2026-01-" + std::to_string(i) + "T00:00:00Z"));
  const std::string line = find_set(sets, {"2026", "", {}}, "r").error().line();
  EXPECT_THAT(line, HasSubstr("20260110T000000Z-mail1-full, 20260111T000000Z-mail1-full"));
  EXPECT_THAT(line, HasSubstr("20260119T000000Z-mail1-full and 11 more"));
  EXPECT_THAT(line, testing::Not(HasSubstr("20260120")));
}

}  // namespace
}  // namespace tintype
