// Whose an unfinished set is and whether it is dead; and what a backup therefore clears away.
#include "engine/repository/left_overs.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "engine/job/tidy_repository.h"
#include "engine/manifest/set_name.h"
#include "support/make_repository.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kSource = "/dev/vg0/mail-snap";

BegunRecord run_of(std::vector<std::string> sources) {
  BegunRecord run = begun_here();
  run.sources = std::move(sources);
  run.started_utc = "2026-11-30T01:00:00Z";
  return run;
}

struct Warnings : JobMonitor {
  void warning(std::string_view line) override { lines.emplace_back(line); }
  std::vector<std::string> lines;
};

class LeftOvers : public testing::Test {
 protected:
  // What a killed backup leaves: the folder, its record, half an image.
  void leave(const std::string& name, const BegunRecord* record) {
    const std::string folder = repository_.sets_path() + "/" + name + ".partial";
    fs::create_directory(folder);
    if (record != nullptr)
      must(write_begun_record(*repository_.store(), name + ".partial", *record,
                              Permissions::owner_only));
    std::ofstream(folder + "/mail.tint.partial") << std::string(10'000, 'x');
  }
  std::vector<std::string> left() {
    std::vector<std::string> names;
    for (const LeftOver& one : must(left_overs(repository_))) names.push_back(one.name);
    return names;
  }
  std::vector<std::string> tidy(const BegunRecord& run, bool dry_run = false) {
    Warnings warnings;
    tidy_repository(repository_, run, dry_run, warnings);
    return warnings.lines;
  }

  TempDir dir_;
  Repository repository_ = test::make_repository(dir_ / "repo");
  const std::string name_ = make_set_name({}, this_host(), BackupType::copy);
};

TEST_F(LeftOvers, ADeadOneOfTheSameHostAndSourceGivesItsPlaceUp) {
  const BegunRecord run = run_of({kSource});
  leave(name_, &run);
  EXPECT_THAT(tidy(run, true), ElementsAre(HasSubstr("would be removed")));
  EXPECT_THAT(left(), ElementsAre(name_));
  EXPECT_THAT(tidy(run), ElementsAre(HasSubstr("removed the unfinished set " + name_)));
  EXPECT_THAT(left(), IsEmpty());
  EXPECT_THAT(tidy(run), IsEmpty());
}

TEST_F(LeftOvers, OneOfSeveralSourcesGoesOnlyWhenAllAreCopiedAgain) {
  const BegunRecord both = run_of({kSource, "/dev/vg0/logs-snap"});
  leave(name_, &both);
  EXPECT_THAT(tidy(run_of({kSource})), ElementsAre(HasSubstr("--remove-unfinished")));
  EXPECT_THAT(left(), ElementsAre(name_));
  tidy(run_of({"/dev/vg0/logs-snap", "/srv", kSource}));
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(LeftOvers, OtherHostsAndOtherMachinesOfTheSameNameKeepTheirs) {
  BegunRecord other = run_of({kSource});
  other.host = "another";
  leave("20261122T181500Z-another-full", &other);
  BegunRecord twin = run_of({kSource});
  twin.machine = "not this one";
  leave(name_, &twin);
  EXPECT_THAT(tidy(run_of({kSource})), IsEmpty()) << "and they are nothing to tell of";
  EXPECT_EQ(left().size(), 2u);
}

TEST_F(LeftOvers, OneOfThisHostWithoutARecordStaysAndIsNamed) {
  leave(name_, nullptr);
  leave("20261122T181500Z-another-full", nullptr);
  EXPECT_THAT(
      tidy(run_of({kSource})),
      ElementsAre(AllOf(HasSubstr(name_), HasSubstr("tintype versions " + repository_.path() +
                                                    " --remove-unfinished removes it"))));
  EXPECT_EQ(left().size(), 2u);
}

TEST_F(LeftOvers, OneInWhichNothingWasBegunIsOfNoUseToAnybody) {
  fs::create_directory(repository_.sets_path() + "/" + name_ + ".partial");
  std::ofstream(repository_.sets_path() + "/" + name_ + ".partial/lock");
  tidy(run_of({kSource}));
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(LeftOvers, ARunningOneIsNeverTouched) {
  const std::string folder = must(repository_.begin_set(name_));
  EXPECT_TRUE(repository_.is_locked(folder));
  const BegunRecord run = run_of({kSource});
  must(write_begun_record(*repository_.store(), name_ + ".partial", run, Permissions::owner_only));
  const auto all = must(left_overs(repository_));
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].life, LeftOver::Life::running);
  EXPECT_THAT(tidy(run), IsEmpty());
  EXPECT_THAT(left(), ElementsAre(name_));
}

TEST_F(LeftOvers, WhereNobodyCanTellWhetherItRunsItStays) {
  const BegunRecord run = run_of({kSource});
  LeftOver one{.name = name_, .life = LeftOver::Life::untold, .begun = run};
  EXPECT_FALSE(may_take_place_of(run, one));
  one.life = LeftOver::Life::dead;
  EXPECT_TRUE(may_take_place_of(run, one));
}

TEST_F(LeftOvers, WhatARemovalLeftIsOfNoUseToAnybodyOfThatHost) {
  BegunRecord removed = run_of({});
  removed.removed = true;
  leave("christmas", &removed);
  tidy(run_of({kSource}));
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(LeftOvers, ALinkIsNoSetAndNotFollowed) {
  fs::create_directory(dir_ / "elsewhere");
  std::ofstream(dir_ / "elsewhere/precious");
  fs::create_directory_symlink(dir_ / "elsewhere",
                               repository_.sets_path() + "/" + name_ + ".partial");
  const BegunRecord run = run_of({kSource});
  leave("20261122T181500Z-" + this_host() + "-copy", &run);
  fs::create_directory_symlink(dir_ / "elsewhere", repository_.sets_path() + "/20261122T181500Z-" +
                                                       this_host() + "-copy.partial/link");
  tidy(run);
  EXPECT_THAT(left(), IsEmpty());
  EXPECT_TRUE(fs::exists(dir_ / "elsewhere/precious"));
}

TEST(BegunRecord, EveryFlippedBitIsSeen) {
  const BegunRecord record = run_of({kSource, "nbd://host/\"x\""});
  const std::string text = to_json(record);
  const BegunRecord read = must(parse_begun_record(text, "begun.json"));
  EXPECT_TRUE(same_process(read, record));
  EXPECT_EQ(read.sources, record.sources);
  EXPECT_EQ(read.started_utc, record.started_utc);
  EXPECT_FALSE(read.removed);
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string flipped = text;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(parse_begun_record(flipped, "begun.json")) << bit;
  }
}

}  // namespace
}  // namespace tintype
