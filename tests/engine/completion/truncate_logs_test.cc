// What goes, in which order, what never goes, and what makes the second check refuse.
#include "engine/completion/truncate_logs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "engine/completion/journal_files.h"
#include "tests/engine/completion/live_directory.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::live_log_name;
using ::testing::HasSubstr;

class TruncateLogs : public ::testing::TestWithParam<unsigned> {
 protected:
  void SetUp() override {
    fs::create_directories(set_);
    test::fill_live_directory(live_);
    before_ = test::content_of(live_);
  }
  Result<TruncationOutcome> truncate(bool dry_run = false) {
    const test::TempDir scratch;
    return truncate_logs(test::make_permit(scratch),
                         {.directory = live_, .store = store_, .set = "s", .dry_run = dry_run},
                         monitor_);
  }
  // Nothing was deleted, and the reason is told.
  void expect_refused(const std::string& why) {
    const auto now = test::content_of(live_);
    const auto outcome = truncate();
    ASSERT_FALSE(outcome);
    EXPECT_THAT(outcome.error().line(), HasSubstr(why));
    EXPECT_EQ(test::content_of(live_), now);
    EXPECT_TRUE(fs::is_empty(set_)) << "no journal either";
  }
  void expect_finished() const {
    auto expected = before_;
    for (std::int64_t generation = 3; generation < 12; ++generation)
      expected.erase(live_log_name(generation));
    EXPECT_EQ(test::content_of(live_), expected);
    EXPECT_TRUE(fs::exists(set_ + "/truncation-1.done.json"));
  }

  test::TempDir dir_;
  std::string live_ = dir_ / "live", set_ = dir_ / "repository/sets/s";
  std::shared_ptr<ImageStore> store_ = open_store(dir_ / "repository");
  std::map<std::string, std::vector<std::byte>> before_;
  JobMonitor monitor_;
};

TEST_F(TruncateLogs, DeletesThePermittedOnesAndNothingElse) {
  const auto outcome = truncate();
  ASSERT_TRUE(test::ok(outcome));
  EXPECT_EQ(outcome->deleted.size(), 9u);
  EXPECT_EQ(outcome->deleted.front(), "E0000000003.log");
  EXPECT_TRUE(std::is_sorted(outcome->deleted.begin(), outcome->deleted.end()));
  EXPECT_EQ(outcome->already_missing, 0u);
  expect_finished();

  const auto again = truncate();
  ASSERT_TRUE(test::ok(again));
  EXPECT_TRUE(again->found_finished);
  EXPECT_TRUE(again->deleted.empty());
  expect_finished();
}

TEST_F(TruncateLogs, FiveDigitNames) {
  fs::remove_all(live_);
  test::fill_live_directory(live_, 5);
  const test::TempDir scratch;
  const auto outcome = truncate_logs(test::make_permit(scratch, 5),
                                     {.directory = live_, .store = store_, .set = "s"}, monitor_);
  ASSERT_TRUE(test::ok(outcome));
  EXPECT_EQ(outcome->deleted.front(), "E0000003.log");
  EXPECT_EQ(outcome->deleted.size(), 9u);
  EXPECT_TRUE(fs::exists(live_ + "/E000000C.log"));
}

TEST_F(TruncateLogs, ADryRunTellsAndTouchesNothing) {
  const auto outcome = truncate(true);
  ASSERT_TRUE(test::ok(outcome));
  EXPECT_EQ(outcome->deleted.size(), 9u);
  EXPECT_EQ(test::content_of(live_), before_);
  EXPECT_TRUE(fs::is_empty(set_));
}

TEST_F(TruncateLogs, StopsAtTheFirstThatWillNotGo) {
  // A log that changed into something else between check and deletion cannot be staged; a log
  // that cannot be deleted can: immutable, where the file system and our rights allow that.
  const std::string stuck = live_ + "/" + live_log_name(7);
  if (test::run_command("chattr +i '" + stuck + "'").exit_code != 0)
    GTEST_SKIP() << "chattr +i does not work here";
  const auto outcome = truncate();
  const auto after = test::content_of(live_);
  static_cast<void>(test::run_command("chattr -i '" + stuck + "'"));
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().line(), HasSubstr("4 of 9 log files were deleted"));
  for (std::int64_t generation = 3; generation <= 20; ++generation)
    EXPECT_EQ(after.contains(live_log_name(generation)), generation >= 7) << generation;
  ASSERT_TRUE(test::ok(truncate()));
  expect_finished();
}

TEST_F(TruncateLogs, AFolderInALogsPlaceIsNotDeleted) {
  fs::remove(live_ + "/" + live_log_name(7));
  fs::create_directory(live_ + "/" + live_log_name(7));
  expect_refused("not a regular file");
  EXPECT_TRUE(fs::is_directory(live_ + "/" + live_log_name(7)));
}

TEST_F(TruncateLogs, WhatIsMissingAtTheFrontIsOnlyNoted) {
  fs::remove(live_ + "/" + live_log_name(3));
  fs::remove(live_ + "/" + live_log_name(4));
  const auto outcome = truncate();
  ASSERT_TRUE(test::ok(outcome));
  EXPECT_EQ(outcome->already_missing, 2u);
  EXPECT_EQ(outcome->deleted.size(), 7u);
  expect_finished();
}

TEST_F(TruncateLogs, AHoleStopsUnlessTheJournalExplainsIt) {
  fs::remove(live_ + "/" + live_log_name(5));
  expect_refused("0x5 (5) is missing");
  TruncationJournal begun{.state = "begun",
                          .base = "E00",
                          .log_signature = test::live_signature(),
                          .directory = fs::canonical(live_),
                          .from = 3,
                          .below = 12};
  ASSERT_TRUE(test::ok(JournalFiles(store_, "s", 1).write(begun)));
  ASSERT_TRUE(test::ok(truncate()));
  expect_finished();
}

TEST_F(TruncateLogs, TheSecondCheckRefuses) {
  struct Row {
    std::string why;
    std::function<void(const std::string& live)> change;
  };
  const auto log = [](const std::string& live, std::int64_t generation, test::EseLogSpec spec) {
    spec.slots = 4;
    spec.segments = 1;
    test::write_file(live + "/" + live_log_name(generation), test::make_ese_log(spec).file);
  };
  const auto fork = [&](const std::string& live, std::int32_t at) {
    for (std::int32_t generation = at; generation <= 20; ++generation)
      log(live, generation, {.generation = generation, .forked_at = at});
  };
  const std::vector<Row> rows{
      // A stream that was restored and went on: the same numbers and signature, other logs.
      {"generation 0x14 (20) in " + live_ + " is another log", [&](auto& live) { fork(live, 9); }},
      {"is another log than the one in the backup", [&](auto& live) { fork(live, 20); }},
      {"E000000000A.log does not follow the log before it",
       [&](auto& live) { log(live, 9, {.generation = 9, .forked_at = 9}); }},
      {"the newest in the backup, is missing",
       [](auto& live) { fs::remove(live + "/" + live_log_name(20)); }},
      {"no usable log header",
       [](auto& live) { test::write_file(live + "/" + live_log_name(17), {}); }},
      {"no checkpoint", [](auto& live) { fs::remove(live + "/E00.chk"); }},
      {"cannot be used", [](auto& live) { test::write_file(live + "/E00.chk", {}); }},
      {"another log stream", [](auto& live) { test::write_live_checkpoint(live, 14, 99); }},
      {"stands at generation 0xB", [](auto& live) { test::write_live_checkpoint(live, 11); }},
      {"needs the logs from generation 0x6",
       [](auto& live) { test::write_live_database(live, 6); }},
      {"older than anything", [&](auto& live) { log(live, 2, {.generation = 2}); }},
      {"has to stay", [](auto& live) { fs::remove(live + "/" + live_log_name(12)); }},
      {"is missing", [](auto& live) { fs::remove(live + "/" + live_log_name(11)); }},
      {"holds generation 0x6", [&](auto& live) { log(live, 5, {.generation = 6}); }},
      {"another log stream",
       [&](auto& live) { log(live, 5, {.generation = 5, .log_signature = 99}); }},
      {"no usable log header",
       [](auto& live) { test::write_file(live + "/" + live_log_name(5), {}); }},
      {"same generation",
       [](auto& live) {
         fs::copy(live + "/" + live_log_name(5), live + "/" + live_log_name(5, 5));
       }},
      {"not a regular file",
       [](auto& live) {
         fs::rename(live + "/" + live_log_name(5), live + "/elsewhere");
         fs::create_symlink("elsewhere", live + "/" + live_log_name(5));
       }},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.why);
    fs::remove_all(live_);
    test::fill_live_directory(live_);
    row.change(live_);
    expect_refused(row.why);
  }
}

TEST_F(TruncateLogs, ABackupThatDoesNotKnowItsLogsApartDeletesNone) {
  const test::TempDir scratch;
  EseStreamReport stream = test::good_stream();
  stream.log_signature = test::live_signature();
  stream.last_closed_created.clear();
  const auto outcome = truncate_logs(
      std::move(*judge_completion(EseStream(stream), test::good_inputs(scratch)).permit),
      {.directory = live_, .store = store_, .set = "s"}, monitor_);
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().line(), HasSubstr("when its logs were created"));
  EXPECT_EQ(test::content_of(live_), before_);
}

TEST_F(TruncateLogs, ACleanDatabaseOrOneOfAnotherStreamHasNoSay) {
  test::write_file(
      live_ + "/DB1.edb",
      test::EseDatabaseGenerator({.file_bytes = 32 << 10, .page_bytes = 4096}).whole());
  test::write_file(live_ + "/Other.edb",
                   test::EseDatabaseGenerator({.file_bytes = 32 << 10,
                                               .page_bytes = 4096,
                                               .state = EseState::dirty_shutdown,
                                               .log_signature = 99})
                       .whole());
  EXPECT_TRUE(test::ok(truncate()));
}

TEST_F(TruncateLogs, OneBackupTruncatesOneDirectoryOnce) {
  ASSERT_TRUE(test::ok(truncate()));
  test::fill_live_directory(dir_ / "passive");
  const test::TempDir scratch;
  const auto outcome =
      truncate_logs(test::make_permit(scratch),
                    {.directory = dir_ / "passive", .store = store_, .set = "s"}, monitor_);
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().line(), HasSubstr("already truncated"));
}

TEST_F(TruncateLogs, LogsThatAreBackAfterwardsStay) {
  ASSERT_TRUE(test::ok(truncate()));
  test::write_file(live_ + "/" + live_log_name(11), before_[live_log_name(11)]);
  const auto again = truncate();
  ASSERT_TRUE(test::ok(again));
  EXPECT_TRUE(again->found_finished);
  EXPECT_TRUE(fs::exists(live_ + "/" + live_log_name(11)));
}

TEST_F(TruncateLogs, AStopRequestEndsItBetweenTwoLogs) {
  monitor_.stop_requested = true;
  const auto outcome = truncate();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, std::errc::operation_canceled);
  EXPECT_EQ(test::content_of(live_), before_);
}

TEST_F(TruncateLogs, ADamagedJournalStops) {
  const std::string text = "{\"format\":1,\"state\":\"begun\"}";
  test::write_file(set_ + "/truncation-1.json", std::as_bytes(std::span(text)));
  EXPECT_FALSE(truncate());
  EXPECT_EQ(test::content_of(live_), before_);
}

}  // namespace
}  // namespace tintype
