#include "engine/job/check_job.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "engine/job/backup_job.h"
#include "engine/manifest/manifest.h"
#include "support/damaged_ese_files.h"
#include "support/ese_generator.h"
#include "support/ese_log_generator.h"
#include "support/expect_ok.h"
#include "support/make_repository.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "tests/engine/job/recording_monitor.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using ::testing::Contains;
using ::testing::HasSubstr;

// Everything a check found, so that two can be compared.
std::vector<std::string> findings_of(const CheckOutcome& outcome) {
  std::vector<std::string> lines;
  for (const FileReport& report : outcome.pass.databases) lines.push_back(to_json_line(report));
  for (const CheckedStreamFile& file : outcome.stream_files)
    lines.push_back(to_json_line(file.report));
  for (const EseStreamReport& stream : outcome.streams) lines.push_back(to_json_line(stream));
  return lines;
}

TEST(CheckJob, AFolderIsTheSumOfItsFilesHoweverItIsRead) {
  const test::TempDir dir;
  for (std::uint32_t i = 0; i < 60; ++i) {
    const auto file = test::make_damaged_ese_file(i, 7);
    test::write_file(dir / file.name, file.content);
  }
  test::RecordingMonitor monitor;
  PassOptions serial;
  serial.serial = true;
  const auto expected = must(run_check({.file = dir.path(), .pass = serial}, monitor));
  EXPECT_EQ(expected.pass.databases.size() + expected.stream_files.size(), 60u);
  EXPECT_FALSE(expected.sound());
  EXPECT_FALSE(expected.streams.empty());
  for (const unsigned tasks : {1u, 4u})
    for (const unsigned depth : {1u, 32u}) {
      const PassOptions pass{.io_depth = depth, .tasks = tasks};
      const auto outcome = must(run_check({.file = dir.path(), .pass = pass}, monitor));
      EXPECT_EQ(findings_of(outcome), findings_of(expected)) << tasks << " " << depth;
    }
  std::vector<std::string> one_by_one;
  for (const auto& entry : fs::directory_iterator(dir.path())) {
    const auto outcome = must(run_check({.file = entry.path()}, monitor));
    ASSERT_EQ(findings_of(outcome).size(), 1u);
    one_by_one.push_back(findings_of(outcome).front());
  }
  for (const std::string& line : one_by_one) EXPECT_THAT(findings_of(expected), Contains(line));
}

TEST(CheckJob, StopsOnRequest) {
  const test::TempDir dir;
  test::write_file(dir / "E0000000007.log", test::make_ese_log({}).file);
  test::RecordingMonitor monitor;
  monitor.stop_requested = true;
  for (const std::string& what : {dir / "E0000000007.log", dir.path().string(), dir / "E00"}) {
    const auto outcome = run_check({.file = what}, monitor);
    ASSERT_FALSE(outcome) << what;
    EXPECT_EQ(outcome.error().code, std::errc::operation_canceled);
  }
}

TEST(CheckJob, ATemporaryDatabaseHasNothingToCheck) {
  const test::TempDir dir;
  auto file = test::EseDatabaseGenerator({.file_bytes = 1 << 20, .page_bytes = 4096}).whole();
  for (const std::size_t at : {0u, 4096u}) {
    const auto header = std::span(file).subspan(at, 4096);
    store_le(header, kEseFileTypeAt, static_cast<std::uint32_t>(EseFileType::temp_database));
    test::seal_ese_header(header);
  }
  test::write_file(dir / "tmp.edb", file);
  test::RecordingMonitor monitor;
  const auto alone = run_check({.file = dir / "tmp.edb"}, monitor);
  ASSERT_FALSE(alone);
  EXPECT_THAT(alone.error().what, HasSubstr("temporary database"));
  test::write_file(dir / "E0000000007.log", test::make_ese_log({}).file);
  const auto among_others = must(run_check({.file = dir.path()}, monitor));
  EXPECT_TRUE(among_others.sound());
  EXPECT_TRUE(among_others.pass.databases.empty());
  EXPECT_THAT(monitor.details, Contains(HasSubstr("temporary database")));
}

TEST(CheckJob, WhatIsCalledLikeADatabaseAndIsNoneIsNamedAsDamaged) {
  const test::TempDir dir;
  const auto text = [](std::string_view words) {
    const auto bytes = std::as_bytes(std::span(words));
    return std::vector<std::byte>(bytes.begin(), bytes.end());
  };
  test::write_file(dir / "good.edb",
                   test::EseDatabaseGenerator({.file_bytes = 1 << 20, .page_bytes = 4096}).whole());
  std::vector<std::byte> access(8192);
  std::ranges::copy(text("Standard Jet DB"), access.begin() + 4);
  test::write_file(dir / "access.mdb", access);
  const std::pair<const char*, std::vector<std::byte>> kBad[] = {
      {"empty.edb", {}},
      {"long.edb", std::vector<std::byte>(5000, std::byte{'x'})},
      {"mdb.mdb", std::vector<std::byte>(8192, std::byte{'x'})},
      {"ntds.dit", text("moved to another disk\n")},
      {"short.edb", text("see the other server\n")},
      {"zeros.mdb", std::vector<std::byte>(8192)}};
  for (const auto& [name, content] : kBad) test::write_file(dir / name, content);
  test::RecordingMonitor monitor;
  const auto outcome = must(run_check({.file = dir.path()}, monitor));
  EXPECT_FALSE(outcome.sound());
  ASSERT_EQ(outcome.pass.databases.size(), 1 + std::size(kBad));
  for (const FileReport& report : outcome.pass.databases)
    EXPECT_EQ(passes_check(report), report.path.ends_with("good.edb")) << report.path;

  // And in a backup, of a volume and of the folder.
  const test::TempDir elsewhere;
  test::make_ext(elsewhere / "disk", 16 << 20, "-t ext4 -d " + dir.path().string());
  for (const bool folder : {false, true}) {
    BackupOptions options;
    const test::TempDir repository;
    options.repository = test::repository_at(repository / "r");
    options.volumes.push_back({folder ? dir.path().string() : elsewhere / "disk", ""});
    const auto backup = must(run_backup(options, monitor));
    EXPECT_FALSE(backup.manifest.sound);
    std::size_t named = 0;
    for (const VolumeManifest& volume : backup.manifest.volumes)
      for (const FileReport& report : volume.databases)
        if (!report.sound()) ++named;
    EXPECT_EQ(named, std::size(kBad)) << folder;
  }
}

TEST(CheckJob, AFileThatCannotBeOpenedIsNotChecked) {
  const test::TempDir dir;
  test::write_file(dir / "E0000000007.log", test::make_ese_log({}).file);
  fs::create_symlink(dir / "nowhere", dir / "E0000000006.log");
  fs::create_symlink(dir / "nowhere", dir / "DB1.edb");
  fs::create_symlink(dir / "nowhere", dir / "notes.txt");
  test::RecordingMonitor monitor;
  const auto folder = must(run_check({.file = dir.path()}, monitor));
  EXPECT_THAT(monitor.warnings, testing::ElementsAre(HasSubstr("notes.txt")));
  EXPECT_FALSE(folder.sound());
  ASSERT_EQ(folder.pass.databases.size(), 1u);
  EXPECT_FALSE(folder.pass.databases[0].checked());
  const auto logs = must(run_check({.file = dir / "E00"}, monitor));
  for (const CheckOutcome* outcome : {&folder, &logs}) {
    EXPECT_FALSE(outcome->sound());
    ASSERT_EQ(outcome->stream_files.size(), 2u);
    const FileReport& report = outcome->stream_files[0].report;
    EXPECT_FALSE(report.checked());
    EXPECT_THAT(report.findings.at(0).text, HasSubstr("No such file"));
    EXPECT_TRUE(outcome->stream_files[1].report.sound());
  }
}

}  // namespace
}  // namespace tintype
