// A database with the logs its recovery needs, out of images; what comes out passes a check.
#include <gmock/gmock.h>

#include "engine/job/check_job.h"
#include "support/samples.h"
#include "tests/engine/extract/extract_fixture.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

ExtractOutcome extract_component(const std::vector<ExtractOptions::Source>& sources,
                                 const std::string& name, const std::string& folder,
                                 bool serial = false) {
  test::RecordingMonitor monitor;
  ExtractOptions options{.sources = sources, .component = name, .folder = folder};
  options.pass.serial = serial;
  return must(run_extract(options, monitor));
}

void expect_check_passes(const std::string& folder, StreamVerdict verdict) {
  test::RecordingMonitor monitor;
  const CheckOutcome checked = must(run_check({.file = folder}, monitor));
  EXPECT_TRUE(checked.sound()) << folder;
  ASSERT_EQ(checked.streams.size(), 1u) << folder;
  EXPECT_EQ(checked.streams[0].verdict, verdict) << checked.streams[0].why;
}

class ExtractComponent : public ::testing::Test {
 protected:
  void SetUp() override {
    test::make_ese_sets(dir_ / "content", test::kDatabaseBytes);
    test::make_ext4_of(dir_ / "content", dir_ / "disk");
    sources_ = test::back_up({dir_ / "disk"}, dir_ / "repo", {.chunk_bytes = 256 << 10});
  }
  TempDir dir_;
  std::vector<ExtractOptions::Source> sources_;
};

TEST_F(ExtractComponent, TakesExactlyTheRequiredAndCommittedLogs) {
  for (const bool serial : {false, true}) {
    const std::string out = dir_ / (serial ? "serial" : "out");
    const auto outcome = extract_component(sources_, "db1.EDB", out, serial);
    EXPECT_TRUE(outcome.sound());
    // The checkpoint starts at log 2, for DB2: recovery of DB1 would ask for it. The current log
    // is generation 7, with 6 between.
    EXPECT_THAT(test::files_below(out),
                ElementsAre("DB1.edb", "Logs/E0000000003.log", "Logs/E0000000004.log",
                            "Logs/E0000000005.log"));
    ASSERT_TRUE(outcome.stream);
    EXPECT_EQ(outcome.stream->verdict, StreamVerdict::recoverable) << outcome.stream->why;
    EXPECT_EQ(outcome.stream->next_command, "eseutil /r E00 /l Logs /d .");
    EXPECT_EQ(outcome.pass.databases.at(0).pages.seen, test::kDatabaseBytes / 32768);
    EXPECT_TRUE(test::read_file(out + "/DB1.edb") ==
                test::read_file(dir_ / "content/Mailbox/DB1.edb"));
    expect_check_passes(out, StreamVerdict::recoverable);
  }
}

TEST_F(ExtractComponent, TakesTheCurrentLogAndTheCheckpointWhereTheyFollowOn) {
  const auto second = extract_component(sources_, "/Second/DB4.edb", dir_ / "second");
  EXPECT_THAT(test::files_below(dir_ / "second"),
              ElementsAre("DB4.edb", "Logs/E01.chk", "Logs/E01.log", "Logs/E0100000008.log"));
  EXPECT_EQ(second.stream->verdict, StreamVerdict::recoverable) << second.stream->why;
  EXPECT_EQ(second.stream->next_command, "eseutil /r E01 /l Logs /d .");
  expect_check_passes(dir_ / "second", StreamVerdict::recoverable);

  // Committed up to 6: the current log, 7, follows on.
  const auto next = extract_component(sources_, "DB2.edb", dir_ / "next");
  EXPECT_THAT(test::files_below(dir_ / "next"),
              ElementsAre("DB2.edb", "Logs/E00.chk", "Logs/E00.log", "Logs/E0000000002.log",
                          "Logs/E0000000003.log", "Logs/E0000000004.log", "Logs/E0000000005.log",
                          "Logs/E0000000006.log"));
  EXPECT_EQ(next.stream->verdict, StreamVerdict::recoverable) << next.stream->why;
  expect_check_passes(dir_ / "next", StreamVerdict::recoverable);
}

TEST_F(ExtractComponent, ACleanDatabaseNeedsNoLog) {
  const auto outcome = extract_component(sources_, "DB3.edb", dir_ / "out");
  EXPECT_TRUE(outcome.sound());
  EXPECT_THAT(test::files_below(dir_ / "out"), ElementsAre("DB3.edb"));
  ASSERT_TRUE(outcome.stream);
  EXPECT_EQ(outcome.stream->verdict, StreamVerdict::sound) << outcome.stream->why;
  EXPECT_EQ(outcome.stream->next_command, "");
  expect_check_passes(dir_ / "out", StreamVerdict::sound);
}

TEST_F(ExtractComponent, NamesThatFitNoneOrSeveralAreErrors) {
  test::RecordingMonitor monitor;
  ExtractOptions options{.sources = sources_, .component = "DB9.edb", .folder = dir_ / "out"};
  const auto none = run_extract(options, monitor);
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().line(), HasSubstr("no database DB9.edb"));
  options.component = "DB*.edb";
  const auto several = run_extract(options, monitor);
  ASSERT_FALSE(several);
  EXPECT_THAT(several.error().line(), HasSubstr("4 files fit"));
  options.component = "/Logs/E00.log";
  const auto no_database = run_extract(options, monitor);
  ASSERT_FALSE(no_database);
  EXPECT_THAT(no_database.error().line(), HasSubstr("does not tell which logs"));
  EXPECT_FALSE(fs::exists(dir_ / "out"));
}

TEST_F(ExtractComponent, AMissingLogIsToldAndTheRestIsThere) {
  fs::remove(dir_ / "content/Logs/E0000000004.log");
  test::make_ext4_of(dir_ / "content", dir_ / "disk2");
  const auto sources = test::back_up({dir_ / "disk2"}, dir_ / "repo2");
  const auto outcome = extract_component(sources, "DB1.edb", dir_ / "out");
  EXPECT_FALSE(outcome.sound());
  EXPECT_EQ(outcome.stream->verdict, StreamVerdict::not_recoverable);
  EXPECT_THAT(outcome.stream->why, HasSubstr("E0000000004.log"));
  EXPECT_THAT(test::files_below(dir_ / "out"),
              ElementsAre("DB1.edb", "Logs/E0000000003.log", "Logs/E0000000005.log"));
}

TEST_F(ExtractComponent, LogsOnAnotherVolumeOfTheSetAreFound) {
  fs::create_directories(dir_ / "data/Mailbox");
  fs::create_directories(dir_ / "logs");
  fs::rename(dir_ / "content/Mailbox/DB1.edb", dir_ / "data/Mailbox/DB1.edb");
  fs::rename(dir_ / "content/Logs", dir_ / "logs/Logs");
  test::make_ext4_of(dir_ / "data", dir_ / "data.img");
  test::make_ext4_of(dir_ / "logs", dir_ / "logs.img");
  const auto sources = test::back_up({dir_ / "data.img", dir_ / "logs.img"}, dir_ / "repo2");
  const auto outcome = extract_component(sources, "DB1.edb", dir_ / "out");
  EXPECT_EQ(outcome.stream->verdict, StreamVerdict::recoverable) << outcome.stream->why;
  EXPECT_THAT(test::files_below(dir_ / "out"),
              ElementsAre("DB1.edb", "Logs/E0000000003.log", "Logs/E0000000004.log",
                          "Logs/E0000000005.log"));
  expect_check_passes(dir_ / "out", StreamVerdict::recoverable);
}

TEST(ExtractComponentSamples, TheDirtySampleInNtfsNeedsItsCurrentLog) {
  TINTYPE_NEED_SAMPLES(samples);
  const TempDir dir;
  test::make_ntfs(dir / "disk");
  for (const auto& entry : fs::directory_iterator(samples / "ese/srum-dirty"))
    test::put_into_ntfs(dir / "disk", entry.path(), "/" + entry.path().filename().string());
  const auto sources = test::back_up({dir / "disk"}, dir / "repo");
  const auto outcome = extract_component(sources, "SRUDB.dat", dir / "out");
  ASSERT_TRUE(outcome.stream);
  EXPECT_EQ(outcome.stream->verdict, StreamVerdict::recoverable) << outcome.stream->why;
  EXPECT_EQ(outcome.stream->gen_min_required, 0x5C);
  EXPECT_EQ(outcome.stream->gen_max_committed, 0x5C);
  const auto files = test::files_below(dir / "out");
  EXPECT_THAT(files, testing::Contains("Logs/SRU.log"));
  EXPECT_THAT(files, testing::Not(testing::Contains(HasSubstr("SRU0005B"))));
  for (const std::string& file : files)
    EXPECT_TRUE(test::read_file(dir / "out/" + file) ==
                test::read_file(samples / "ese/srum-dirty" / fs::path(file).filename()))
        << file;
  expect_check_passes(dir / "out", StreamVerdict::recoverable);
}

TEST(ExtractComponentSamples, TheCleanSampleNeedsNone) {
  TINTYPE_NEED_SAMPLES(samples);
  const TempDir dir;
  fs::copy(samples / "ese/srum-clean", dir / "content");
  test::make_ext4_of(dir / "content", dir / "disk");
  const auto sources = test::back_up({dir / "disk"}, dir / "repo");
  const auto outcome = extract_component(sources, "SRUDB.dat", dir / "out");
  EXPECT_EQ(outcome.stream->verdict, StreamVerdict::sound) << outcome.stream->why;
  EXPECT_THAT(test::files_below(dir / "out"), ElementsAre("SRUDB.dat"));
  expect_check_passes(dir / "out", StreamVerdict::sound);
}

}  // namespace
}  // namespace tintype
