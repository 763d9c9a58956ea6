// Media that do not give their bytes: the sector is named, with the file it lies in, and the rest
// is copied.
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/job/backup_job.h"
#include "engine/restore/restore_job.h"
#include "io/filesystem/filesystem_map.h"
#include "io/source/open_filesystem.h"
#include "io/volume/raw_volume.h"
#include "support/ese_generator.h"
#include "support/expect_ok.h"
#include "support/loop_device.h"
#include "support/make_repository.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "tests/engine/job/recording_monitor.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::ok;

// A loop device keeps its size when its file is cut: the sectors behind the cut give EIO.
TEST(Unreadable, SectorsBehindACutAreFindingsAndTheRestIsCopied) {
  test::TempDir dir;
  fs::create_directories(dir / "content");
  test::write_file(dir / "content/DB1.edb",
                   test::EseDatabaseGenerator({.file_bytes = 4 << 20}).whole());
  const std::string disk = dir / "disk.img";
  test::make_ext(disk, 32 << 20, "-t ext4 -b 4096 -O ^has_journal -d " + (dir / "content"));
  const auto content = test::read_file(disk);

  // Cut inside the database's last extent, so that its last pages are lost.
  const auto volume = must(open_raw_volume(disk));
  const auto map = must(open_filesystem_map(*volume, must(probe_filesystem(*volume))));
  const FileEntry file = must(map->find({"DB1.edb"})).at(0);
  FileRun last = file.runs.at(0);
  for (const FileRun& run : file.runs)
    if (run.volume_offset > last.volume_offset) last = run;
  const std::uint64_t cut = last.volume_offset + last.length - 3 * 32768 + 512 * 5;

  auto loop = test::LoopDevice::attach(disk);
  if (!loop) GTEST_SKIP() << loop.error();
  fs::resize_file(disk, cut);

  test::RecordingMonitor monitor;
  const auto outcome = must(run_backup(
      {.volumes = {{loop->path(), "disk"}}, .repository = test::repository_at(dir / "repo")},
      monitor));
  EXPECT_FALSE(outcome.manifest.sound);
  const PassOutcome& pass = outcome.volumes.at(0);
  ASSERT_FALSE(pass.unreadable.empty());
  EXPECT_EQ(pass.unreadable[0].range.offset, cut);
  EXPECT_EQ(pass.unreadable[0].path, "/DB1.edb");
  EXPECT_EQ(pass.unreadable[0].file_offset, cut - last.volume_offset + last.file_offset);
  const FileReport& report = pass.databases.at(0);
  EXPECT_EQ(report.pages.seen, report.pages_expected);
  EXPECT_EQ(report.pages.unreadable, 3u);
  EXPECT_EQ(report.pages.bad_checksum, 0u);

  // Everything that could be read is in the image.
  const std::string image = outcome.set_path + "/" + outcome.manifest.volumes[0].image;
  ASSERT_TRUE(ok(run_restore({.image = image, .target = dir / "back"}, monitor)));
  const auto back = test::read_file(dir / "back");
  for (const Extent& extent : map->allocated())
    for (std::uint64_t i = extent.offset; i < extent.end(); ++i)
      ASSERT_EQ(back[i], i < cut ? content[i] : std::byte{0}) << i;
}

TEST(Unreadable, WhatLiesSideBySideIsOneFinding) {
  test::TempDir dir;
  const std::string disk = dir / "disk.img";
  test::write_file(disk, test::random_bytes(16 << 20));
  auto loop = test::LoopDevice::attach(disk);
  if (!loop) GTEST_SKIP() << loop.error();
  constexpr std::uint64_t kCut = (5 << 20) + 4096;
  fs::resize_file(disk, kCut);

  test::RecordingMonitor monitor;
  const auto outcome = must(run_backup(
      {.volumes = {{loop->path(), "disk"}}, .repository = test::repository_at(dir / "repo")},
      monitor));
  const auto& unreadable = outcome.volumes.at(0).unreadable;
  ASSERT_EQ(unreadable.size(), 1u);
  EXPECT_EQ(unreadable[0].range, (Extent{kCut, (16 << 20) - kCut}));
}

}  // namespace
}  // namespace tintype
