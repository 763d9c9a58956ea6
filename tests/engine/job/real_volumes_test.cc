// Whole jobs on volumes with real file systems: backup, verify, restore, copy.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "engine/image/read/image_reader.h"
#include "engine/job/backup_job.h"
#include "engine/job/check_job.h"
#include "engine/job/copy_job.h"
#include "engine/job/verify_job.h"
#include "engine/repository/repository.h"
#include "engine/restore/restore_job.h"
#include "io/filesystem/filesystem_map.h"
#include "io/source/open_filesystem.h"
#include "io/volume/raw_volume.h"
#include "support/ese_generator.h"
#include "support/expect_ok.h"
#include "support/make_repository.h"
#include "support/samples.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "tests/engine/job/recording_monitor.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::ok;

std::string image_of(const BackupOutcome& outcome) {
  return outcome.set_path + "/" + outcome.manifest.volumes.at(0).image;
}

// The volume with everything outside `captured` zero: what a restore must give.
std::vector<std::byte> only(const std::vector<std::byte>& volume, const ExtentList& captured) {
  std::vector<std::byte> kept(volume.size());
  for (const Extent& extent : captured)
    std::copy_n(volume.begin() + static_cast<std::ptrdiff_t>(extent.offset), extent.length,
                kept.begin() + static_cast<std::ptrdiff_t>(extent.offset));
  return kept;
}

ExtentList allocated(const std::string& path) {
  const auto volume = must(open_raw_volume(path));
  const auto map = must(open_filesystem_map(*volume, must(probe_filesystem(*volume))));
  return map->allocated();
}

// The sample with a damaged live database, as the issue and samples/README.md describe it.
TEST(RealVolumes, TheFiveBadPagesOfTheGeneratedVolumeAreNamedWithTheirPlaces) {
  TINTYPE_NEED_SAMPLES(samples);
  test::TempDir dir;
  const std::string disk = dir / "disk.img";
  test::raw_from_qcow2(samples / "volumes/ntfs_vss_ese_generated.qcow2", disk);
  const auto content = test::read_file(disk);
  test::RecordingMonitor monitor;
  const auto outcome = must(run_backup(
      {.volumes = {{disk, ""}}, .repository = test::repository_at(dir / "repo")}, monitor));

  EXPECT_FALSE(outcome.manifest.sound);
  ASSERT_EQ(outcome.volumes.at(0).databases.size(), 1u);
  const FileReport& report = outcome.volumes[0].databases[0];
  EXPECT_EQ(fs::path(report.path).filename(), "DB1.edb");
  EXPECT_EQ(report.page_bytes, 32768u);
  EXPECT_EQ(report.pages.seen, report.pages_expected);
  EXPECT_EQ(report.pages.bad_checksum, 5u);
  ASSERT_EQ(report.findings.size(), 5u);

  // Each place is right: the page number follows from the file offset, and the bytes that lie at
  // the volume offset are the bytes that the file has there.
  const auto volume = must(open_raw_volume(disk));
  const auto map = must(open_filesystem_map(*volume, must(probe_filesystem(*volume))));
  const auto files = must(map->find({"DB1.edb"}));
  ASSERT_EQ(files.size(), 1u);
  for (const Finding& finding : report.findings) {
    EXPECT_EQ(finding.kind, FindingKind::bad_checksum);
    EXPECT_EQ(finding.error_number, -1018);
    EXPECT_EQ(finding.file_offset, static_cast<std::uint64_t>(finding.page_number + 1) * 32768);
    std::vector<std::byte> of_file(512), of_volume(512);
    must(map->read(files[0], finding.file_offset, of_file));
    must(volume->read(finding.volume_offset, of_volume));
    EXPECT_EQ(of_file, of_volume);
  }

  // The image is kept, good, and restores what was allocated.
  const auto verified = must(run_verify({.image = image_of(outcome), .pages = true}, monitor));
  EXPECT_TRUE(verified.faults.empty());
  ASSERT_EQ(verified.pass.databases.size(), 1u);
  EXPECT_EQ(verified.pass.databases[0].pages, report.pages);
  ASSERT_TRUE(ok(run_restore({.image = image_of(outcome), .target = dir / "back.img"}, monitor)));
  EXPECT_TRUE(test::read_file(dir / "back.img") == only(content, allocated(disk)));

  const auto everything = must(run_backup({.volumes = {{disk, ""}},
                                           .repository = test::repository_at(dir / "repo"),
                                           .all_blocks = true},
                                          monitor));
  ASSERT_TRUE(ok(run_restore({.image = image_of(everything), .target = dir / "all.img"}, monitor)));
  EXPECT_TRUE(test::read_file(dir / "all.img") == content);
}

TEST(RealVolumes, Ext4SparseFilesFreeSpaceAndDatabasesSurviveEveryWay) {
  test::TempDir dir;
  fs::create_directories(dir / "content/Mailbox");
  const auto database =
      test::EseDatabaseGenerator({.file_bytes = 6 << 20, .uninitialised_percent = 20}).whole();
  test::write_file(dir / "content/Mailbox/DB1.EDB", database);
  test::write_file(dir / "content/readme.txt", std::vector<std::byte>(100, std::byte{'x'}));
  const std::string disk = dir / "disk.img";
  test::make_ext(disk, 48 << 20, "-t ext4 -b 4096 -d " + (dir / "content"));
  const auto content = test::read_file(disk);
  const auto expected = only(content, allocated(disk));

  test::RecordingMonitor monitor;
  for (const Compression compression : {Compression::automatic, Compression::lz4}) {
    for (const bool stock : {false, true}) {
      const auto outcome = must(run_backup({.volumes = {{disk, "data"}},
                                            .repository = test::repository_at(dir / "repo"),
                                            .compression = compression,
                                            .stock = stock},
                                           monitor));
      EXPECT_TRUE(outcome.manifest.sound);
      EXPECT_EQ(outcome.volumes[0].databases.at(0).pages.seen, database.size() / 32768);
      EXPECT_EQ(outcome.volumes[0].databases[0].path, "/Mailbox/DB1.EDB");
      const std::string image = image_of(outcome);
      ASSERT_TRUE(ok(run_restore({.image = image, .target = dir / "back"}, monitor)));
      EXPECT_TRUE(test::read_file(dir / "back") == expected);
      fs::remove(dir / "back");

      const auto lz4 = test::run_command("lz4 -t " + image);
      EXPECT_EQ(lz4.exit_code, 0) << lz4.output;
      if (stock) {
        const auto unpacked = test::run_command("lz4 -dc " + image + " > " + (dir / "stock"));
        EXPECT_EQ(unpacked.exit_code, 0) << unpacked.output;
        EXPECT_TRUE(test::read_file(dir / "stock") == expected);
      }
      fs::remove_all(outcome.set_path);
    }
  }
  const auto copied = must(run_copy({.source = disk, .target = dir / "copy"}, monitor));
  EXPECT_TRUE(copied.sound());
  EXPECT_TRUE(test::read_file(dir / "copy") == expected);
  ASSERT_TRUE(
      ok(run_copy({.source = disk, .target = dir / "copy-all", .all_blocks = true}, monitor)));
  EXPECT_TRUE(test::read_file(dir / "copy-all") == content);
}

TEST(RealVolumes, AnUnknownFileSystemIsCopiedWholeAndSaysNotChecked) {
  test::TempDir dir;
  std::vector<std::byte> content(3 << 20, std::byte{0x5a});
  test::write_file(dir / "disk", content);
  test::RecordingMonitor monitor;
  const auto outcome = must(run_backup(
      {.volumes = {{dir / "disk", ""}}, .repository = test::repository_at(dir / "repo")}, monitor));
  EXPECT_TRUE(outcome.manifest.sound);
  EXPECT_FALSE(outcome.volumes[0].databases_not_checked.empty());
  EXPECT_TRUE(std::any_of(monitor.warnings.begin(), monitor.warnings.end(), [](const auto& line) {
    return line.find("NOT CHECKED") != std::string::npos;
  }));

  // Asked for by name, "not checked" is a finding.
  BackupOptions asked{.volumes = {{dir / "disk", ""}},
                      .repository = test::repository_at(dir / "repo")};
  asked.databases.globs = {"*.edb"};
  EXPECT_FALSE(must(run_backup(asked, monitor)).manifest.sound);
}

TEST(RealVolumes, SeveralVolumesMakeOneSetAndADryRunMakesNone) {
  test::TempDir dir;
  test::make_ext(dir / "a.img", 8 << 20, "-t ext4");
  test::make_ext(dir / "b.img", 8 << 20, "-t ext2");
  test::RecordingMonitor monitor;
  BackupOptions options{.volumes = {{dir / "a.img", "disk"}, {dir / "b.img", "disk"}},
                        .repository = test::repository_at(dir / "repo"),
                        .type = BackupType::full,
                        .dry_run = true};
  const auto planned = must(run_backup(options, monitor));
  EXPECT_EQ(planned.set_path, "");
  EXPECT_EQ(planned.volumes.size(), 2u);
  EXPECT_EQ(test::sets_in(dir / "repo"), 0u);

  options.dry_run = false;
  const auto outcome = must(run_backup(options, monitor));
  EXPECT_EQ(outcome.manifest.volumes.at(0).name, "disk");
  EXPECT_EQ(outcome.manifest.volumes.at(1).name, "disk-2");
  const auto entry = must(must(Repository::open(dir / "repo")).find("latest"));
  EXPECT_TRUE(entry.finished);
  EXPECT_EQ(entry.manifest.volumes.size(), 2u);
}

TEST(RealVolumes, SparseSourcesAreNotReadInTheirHoles) {
  test::TempDir dir;
  const std::string disk = dir / "disk";
  {
    const File file = must(File::create(disk, Caching::page_cache));
    must(file.set_size(std::uint64_t{64} << 30));
    must(file.write_at(std::uint64_t{40} << 30, std::vector<std::byte>(4096, std::byte{1})));
  }
  test::RecordingMonitor monitor;
  const auto outcome = must(run_backup(
      {.volumes = {{disk, ""}}, .repository = test::repository_at(dir / "repo")}, monitor));
  EXPECT_LE(outcome.volumes[0].read_bytes, 1u << 20);
  EXPECT_LE(fs::file_size(image_of(outcome)), 2u << 20);
  const auto reader = must(ImageReader::open(image_of(outcome)));
  EXPECT_EQ(reader.geometry().volume_bytes, std::uint64_t{64} << 30);
  EXPECT_LE(reader.records().size(), 3u);
}

}  // namespace
}  // namespace tintype
