// What a format of databases may ask of the engine, shown by one that asks for all of it
// (ledger_format.h), in a volume and in a folder.
#include <gmock/gmock.h>

#include <filesystem>

#include "engine/job/backup_job.h"
#include "engine/job/check_job.h"
#include "hashing/endian.h"
#include "support/expect_ok.h"
#include "support/make_repository.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "tests/engine/job/recording_monitor.h"
#include "tests/engine/survey/ledger_format.h"
#include "tests/verify/stream_runner.h"
#include "verify/ese/format/ese_format.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::make_ledger;
using test::must;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const DatabaseFormat* const kFormats[] = {&ese_format(), &test::ledger_format()};

class DatabaseFormatTest : public testing::Test {
 protected:
  DatabaseFormatTest() {
    fs::create_directories(folder());
    write("control.ctl", text("checksums"));
    write_end_of_journal(100);
  }

  [[nodiscard]] std::string folder() const { return dir_ / "data"; }
  void write(const std::string& name, const std::vector<std::byte>& content) {
    test::write_file(folder() + "/" + name, content);
  }
  void write_end_of_journal(std::uint64_t time) {
    std::vector<std::byte> journal(4096);
    store_le(std::span(journal), 0, time);
    write("end.journal", journal);
  }
  static std::vector<std::byte> text(std::string_view words) {
    const auto bytes = std::as_bytes(std::span(words));
    return {bytes.begin(), bytes.end()};
  }

  // Through a backup of a volume with the folder's files, and through a check of the folder: what
  // both say but for the names. The folder has a file to check.
  std::vector<FileReport> reports(const std::vector<std::string>& globs = {}) {
    fs::remove(dir_ / "volume");
    test::make_ext(dir_ / "volume", 8 << 20, "-t ext4 -b 1024 -d " + folder());
    BackupOptions options{.volumes = {{dir_ / "volume", ""}},
                          .repository = test::repository_at(dir_ / "repository")};
    options.databases.globs = globs;
    options.databases.formats = kFormats;
    std::vector<FileReport> reports = must(run_backup(options, monitor_)).volumes.at(0).databases;
    if (!globs.empty()) return reports;
    auto alone = must(run_check({.file = folder(), .formats = kFormats}, monitor_)).pass.databases;
    EXPECT_EQ(alone.size(), reports.size());
    for (std::size_t i = 0; i < std::min(alone.size(), reports.size()); ++i) {
      EXPECT_EQ(fs::path(alone[i].path).filename(), fs::path(reports[i].path).filename());
      EXPECT_EQ(alone[i].pages, reports[i].pages);
      EXPECT_EQ(alone[i].unsound_total, reports[i].unsound_total);
    }
    return reports;
  }

  test::TempDir dir_;
  test::RecordingMonitor monitor_;
};

TEST_F(DatabaseFormatTest, PageNumbersGoOnInTheNextFile) {
  write("1.ledger", make_ledger(1, 50));
  write("1.ledger.1", make_ledger(9, 50));
  write("1.ledger.2", make_ledger(9, 50));  // the wrong place: pages 17 to 24 belong here
  const auto found = reports();
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].format, "Ledger database");
  EXPECT_TRUE(found[0].sound());
  EXPECT_TRUE(found[1].sound());
  EXPECT_EQ(found[2].pages.bad_checksum, 8u);
  EXPECT_EQ(found[2].findings.at(0).page_number, 17);
  EXPECT_EQ(found[2].findings.at(0).file_offset, 0u);
  EXPECT_NE(found[2].findings.at(0).volume_offset, Finding::kNowhere);
}

TEST_F(DatabaseFormatTest, AnotherFileTellsWhetherThereIsAnythingToJudge) {
  write("1.ledger", make_ledger(5, 50));  // not one page of it fits
  write("control.ctl", text("no checksums"));
  EXPECT_THAT(reports(), IsEmpty());
  EXPECT_THAT(monitor_.details,
              Contains("/1.ledger is not checked: its control file switches checksums off"));
  // Asked for, it is a finding that nothing could be checked.
  const auto asked = reports({"1.ledger"});
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_FALSE(asked[0].checked());
  EXPECT_EQ(asked[0].findings.at(0).text,
            "not checked: the database keeps no checksums: its control file switches them off");
  write("control.ctl", text("checksums"));
  EXPECT_EQ(reports().at(0).pages.bad_checksum, 8u);
}

TEST_F(DatabaseFormatTest, AWordMayWaitForTheEndOfThePass) {
  write("1.ledger", make_ledger(1, 50));
  write("2.ledger", make_ledger(1, 101));
  const auto found = reports();
  ASSERT_EQ(found.size(), 2u);  // and none of the journal
  EXPECT_TRUE(found[0].sound());
  EXPECT_FALSE(found[1].sound());
  EXPECT_EQ(found[1].pages.bad_checksum, 0u);
  EXPECT_EQ(found[1].findings.at(0).text, "page 1 is of time 101, and the journal ends at 100");
  write_end_of_journal(101);
  EXPECT_TRUE(reports().at(1).sound());
}

TEST_F(DatabaseFormatTest, AClassOfPagesMayNeverBeAFinding) {
  auto pages = make_ledger(1, 50);
  pages[3000] ^= std::byte{1};
  write("1.free.ledger", pages);
  const auto found = reports();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].sound());
  EXPECT_EQ(found[0].pages.sound, 7u);
  EXPECT_EQ(found[0].pages.uninitialised, 1u);
}

TEST_F(DatabaseFormatTest, AFileThatNobodyKnowsIsPassedByUnlessItWasAskedFor) {
  write("empty.ledger", {});
  write("1.ledger", make_ledger(1, 50));
  EXPECT_EQ(reports().size(), 1u);
  EXPECT_THAT(monitor_.details,
              Contains("/empty.ledger is another program's database: not checked"));
  write("notes.txt", text("nothing"));
  const auto alone = run_check({.file = folder() + "/notes.txt", .formats = kFormats}, monitor_);
  ASSERT_FALSE(alone);
  EXPECT_THAT(alone.error().what, HasSubstr("notes.txt is not an ESE or Ledger file"));
}

std::unique_ptr<StreamCheck> open_ledger(std::size_t bytes) {
  const auto group = test::ledger_format().begin_group();
  const std::string_view control = "checksums";
  group->learn("/control.ctl", std::as_bytes(std::span(control)));
  return group->open("/1.ledger", bytes, {}).check;
}

TEST(PagedCheck, JoinsTheBytesOfCutPagesWhereSumsCannotBeJoined) {
  auto file = make_ledger(1, 50);
  file[4000] ^= std::byte{1};
  const std::string whole = test::print(test::check_in_order(*open_ledger(file.size()), file));
  EXPECT_THAT(whole, HasSubstr("sound 7 uninitialised 0 correctable 0 bad 1"));
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    EXPECT_EQ(test::print(test::check_shuffled(*open_ledger(file.size()), file, seed, 12)), whole);
}

TEST(PagedCheck, HoldsNoMorePagesInPartsThanItMay) {
  const std::vector<std::byte> file(100 * test::kLedgerPageBytes);
  const auto check = open_ledger(file.size());
  for (const std::size_t half : {0u, 512u})
    for (std::size_t at = half; at < file.size(); at += test::kLedgerPageBytes)
      check->merge(*check->scan(at, std::span(file).subspan(at, 512)));
  const FileReport report = check->finish();
  EXPECT_FALSE(report.checked());
  EXPECT_THAT(report.findings.at(0).text, HasSubstr("more than 64 pages came in parts at a time"));
  EXPECT_FALSE(report.sound());
}

}  // namespace
}  // namespace tintype
