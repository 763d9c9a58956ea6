// Restore into what is there already: only what differs, after a break, of a disk one partition;
// always against the full, serial restore.
#include "engine/restore/restore_job.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "engine/job/backup_job.h"
#include "io/file/file_lock.h"
#include "support/disk_maker.h"
#include "support/expect_ok.h"
#include "support/loop_device.h"
#include "support/make_repository.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "support/tiny_tmpfs.h"
#include "tests/engine/flow/patchwork.h"
#include "tests/engine/job/recording_monitor.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::ok;
using testing::HasSubstr;

constexpr std::uint32_t kChunk = 64 * 1024;
constexpr std::size_t kVolumeBytes = 90 * kChunk + 37 * 512;

// Stops a job after so many progress reports or bytes.
class StoppingMonitor final : public JobMonitor {
 public:
  explicit StoppingMonitor(Phase phase) : phase_(phase) {}
  void progress(const Progress& progress) override {
    if (progress.phase == phase_) stop_requested = true;
  }

 private:
  Phase phase_;
};

class RestoreJob : public testing::Test {
 protected:
  RestoreJob() {
    test::write_file(dir / "volume", content);
    BackupOptions options{.volumes = {{dir / "volume", ""}},
                          .repository = test::repository_at(dir / "repo")};
    options.chunk_bytes = kChunk;
    image = image_of(must(run_backup(options, monitor)));
    options.stock = true;
    stock_image = image_of(must(run_backup(options, monitor)));
    restore({.image = image, .target = dir / "truth", .pass = {.serial = true}});
  }
  static std::string image_of(const BackupOutcome& outcome) {
    return outcome.set_path + "/" + outcome.manifest.volumes.at(0).image;
  }
  // The volume with noise in `places` places.
  std::vector<std::byte> altered(unsigned places, std::uint64_t seed) const {
    std::mt19937_64 random(seed);
    auto bytes = content;
    for (unsigned i = 0; i < places; ++i)
      bytes[random() % bytes.size()] ^= static_cast<std::byte>(1 + random() % 255);
    return bytes;
  }
  void restore(const RestoreOptions& options) { ASSERT_TRUE(ok(run_restore(options, monitor))); }
  RestoreOptions different(const std::string& target) const {
    return {.image = image, .target = target, .overwrite = true, .only_different = true};
  }

  test::TempDir dir;
  test::RecordingMonitor monitor;
  const std::vector<std::byte> content = test::patchwork(kVolumeBytes, 5);
  std::string image, stock_image;
};

TEST_F(RestoreJob, WhateverWasThereItEndsAsAFullRestore) {
  const std::string target = dir / "target";
  std::mt19937_64 random(1);
  std::vector<std::vector<std::byte>> befores = {
      content,
      {},
      altered(1, 1),
      altered(40, 2),
      test::random_bytes(kVolumeBytes, 3),
      std::vector<std::byte>(kVolumeBytes),
      test::random_bytes(kVolumeBytes + 100'000, 4),
      std::vector<std::byte>(content.begin(), content.begin() + kVolumeBytes / 2),
      std::vector<std::byte>(content.begin(), content.begin() + 12345),
  };
  for (std::size_t i = 0; i < befores.size(); ++i) {
    for (const bool serial : {false, true}) {
      for (const std::string& from : {image, stock_image}) {
        SCOPED_TRACE(fmt::format("before {}, serial {}, {}", i, serial, from));
        test::write_file(target, befores[i]);
        RestoreOptions options = different(target);
        options.image = from;
        options.pass.serial = serial;
        const auto outcome = must(run_restore(options, monitor));
        EXPECT_TRUE(outcome.compared);
        ASSERT_TRUE(test::read_file(target) == content);
        const auto again = must(run_restore(options, monitor));
        EXPECT_EQ(again.different_bytes, 0u);
        EXPECT_EQ(again.written_bytes, 0u);
        EXPECT_EQ(again.read_bytes, 0u) << "nothing of the image need be read";
      }
    }
  }
}

TEST_F(RestoreJob, OnlyTheChunksThatDifferAreReadAndWritten) {
  const std::string target = dir / "target";
  auto bytes = content;
  // In data, not in zeros: the neighbours stay as they are.
  const auto place = std::find_if(bytes.begin() + 20 * kChunk, bytes.end(),
                                  [](std::byte byte) { return byte != std::byte{0}; });
  *place ^= std::byte{1};
  test::write_file(target, bytes);
  RestoreOptions options = different(target);
  options.dry_run = true;
  const auto planned = must(run_restore(options, monitor));
  EXPECT_EQ(planned.different_bytes, kChunk);
  EXPECT_TRUE(test::read_file(target) == bytes) << "a dry run writes nothing";
  options.dry_run = false;
  const auto outcome = must(run_restore(options, monitor));
  EXPECT_EQ(outcome.different_bytes, kChunk);
  EXPECT_EQ(outcome.written_bytes, kChunk);
  EXPECT_EQ(outcome.read_back_bytes, kChunk);
  EXPECT_LE(outcome.read_bytes, kChunk + 2 * 4096);
  EXPECT_TRUE(test::read_file(target) == content);
}

TEST_F(RestoreJob, StaleBytesWhereZerosBelongAreMadeHoles) {
  const std::string target = dir / "target";
  // The whole target is noise where the image has runs of zeros.
  fs::resize_file((test::write_file(dir / "sparse", {}), dir / "sparse"), 64 << 20);
  BackupOptions backup{.volumes = {{dir / "sparse", ""}},
                       .repository = test::repository_at(dir / "repo")};
  const std::string empty = image_of(must(run_backup(backup, monitor)));
  test::write_file(target, test::random_bytes(64 << 20, 9));
  RestoreOptions options = different(target);
  options.image = empty;
  const auto outcome = must(run_restore(options, monitor));
  EXPECT_EQ(outcome.different_bytes, 64u << 20);
  EXPECT_EQ(test::run_command("cmp '" + target + "' '" + dir / "sparse" + "'").exit_code, 0);
  EXPECT_EQ(test::run_command("test $(stat -c %b '" + target + "') -lt 64").exit_code, 0)
      << "the blocks were given back";
}

TEST_F(RestoreJob, ALargerFileIsZerosBehindTheVolume) {
  const std::string target = dir / "target";
  test::write_file(target, test::random_bytes(2 * kVolumeBytes, 6));
  RestoreOptions options = different(target);
  options.file_bytes = kVolumeBytes + 777'777;
  restore(options);
  options = {.image = image, .target = dir / "full", .file_bytes = kVolumeBytes + 777'777};
  restore(options);
  EXPECT_TRUE(test::read_file(target) == test::read_file(dir / "full"));
}

TEST_F(RestoreJob, ADeviceIsComparedAndStaleBytesAreGone) {
  for (const unsigned sector : {512u, 4096u}) {
    SCOPED_TRACE(sector);
    test::write_file(dir / "backing",
                     test::random_bytes(kVolumeBytes / 4096 * 4096 + 1'048'576, 7));
    const auto loop = test::LoopDevice::attach(dir / "backing", sector);
    if (!loop) GTEST_SKIP() << loop.error();
    const auto begins_with_volume = [&] {
      auto now = test::read_file(loop->path());
      now.resize(content.size());
      return now == content;
    };
    restore({.image = image, .target = loop->path(), .overwrite = true});
    EXPECT_TRUE(begins_with_volume()) << "a full restore zeroes what was there";
    const auto equal = must(run_restore(different(loop->path()), monitor));
    EXPECT_EQ(equal.written_bytes, 0u);
    EXPECT_EQ(test::run_command("dd if=/dev/urandom of=" + loop->path() +
                                " bs=1000 seek=700 count=900 conv=notrunc status=none oflag=sync")
                  .exit_code,
              0);
    const auto outcome = must(run_restore(different(loop->path()), monitor));
    EXPECT_GT(outcome.different_bytes, 0u);
    EXPECT_LT(outcome.different_bytes, 1'200'000u);
    EXPECT_TRUE(begins_with_volume());
    RestoreOptions resumed = different(loop->path());
    resumed.only_different = false;
    resumed.resume = true;
    EXPECT_EQ(must(run_restore(resumed, monitor)).different_bytes, 0u);
  }
}

TEST_F(RestoreJob, AfterAStopItGoesOnFromTheFileAside) {
  const std::string target = dir / "target", partial = target + ".partial";
  RestoreOptions options{.image = image, .target = target};
  {
    StoppingMonitor stopping(Phase::copy);
    stopping.stop_requested = true;
    EXPECT_FALSE(run_restore(options, stopping));
    EXPECT_FALSE(fs::exists(partial)) << "not asked to keep it";
  }
  options.keep_unfinished = true;
  StoppingMonitor stopping(Phase::copy);
  stopping.stop_requested = true;
  const auto stopped = run_restore(options, stopping);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, std::errc::operation_canceled);
  EXPECT_THAT(stopped.error().hint, HasSubstr("--resume"));
  ASSERT_TRUE(fs::exists(partial));
  EXPECT_FALSE(fs::exists(target));

  // Most of it is there, some of it is wrong: a torn write.
  auto bytes = content;
  std::fill_n(bytes.begin() + 50 * kChunk - 999, 40'000, std::byte{0x77});
  bytes.resize(80 * kChunk + 4711);
  test::write_file(partial, bytes);
  options.resume = true;
  const auto outcome = must(run_restore(options, monitor));
  EXPECT_GT(outcome.equal_bytes, kVolumeBytes / 4);
  EXPECT_LE(outcome.written_bytes, 16u * kChunk);
  EXPECT_TRUE(test::read_file(target) == content);
  EXPECT_FALSE(fs::exists(partial));
}

TEST_F(RestoreJob, ThereMustBeSomethingToGoOnWith) {
  const auto refused =
      run_restore({.image = image, .target = dir / "target", .resume = true}, monitor);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().line(), HasSubstr("nothing to go on with"));
  fs::create_symlink(dir / "volume", dir / "target.partial");
  EXPECT_FALSE(run_restore({.image = image, .target = dir / "target", .resume = true}, monitor))
      << "a link is not followed";
  EXPECT_TRUE(test::read_file(dir / "volume") == content);
}

TEST_F(RestoreJob, AFullDiskIsGotOverWithResume) {
  const auto tmpfs = test::TinyTmpfs::mount(dir / "tiny", 16 << 20);
  if (!tmpfs) GTEST_SKIP() << tmpfs.error();
  test::write_file(dir / "tiny/filler", std::vector<std::byte>(14 << 20, std::byte{1}));
  RestoreOptions options{.image = image, .target = dir / "tiny/target", .keep_unfinished = true};
  const auto full = run_restore(options, monitor);
  ASSERT_FALSE(full);
  EXPECT_THAT(full.error().line(), HasSubstr("free some space there"));
  fs::remove(dir / "tiny/filler");
  options.resume = fs::exists(dir / "tiny/target.partial");
  ASSERT_TRUE(ok(run_restore(options, monitor)));
  EXPECT_TRUE(test::read_file(dir / "tiny/target") == content);
}

TEST_F(RestoreJob, TwoRunsDoNotWriteOneFile) {
  test::write_file(dir / "target.partial", content);
  const auto lock = must(FileLock::try_lock(dir / "target.partial", FileLock::IfMissing::fail));
  for (const bool resume : {false, true}) {
    const auto refused =
        run_restore({.image = image, .target = dir / "target", .resume = resume}, monitor);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().line(), HasSubstr("by another run"));
  }
  EXPECT_TRUE(test::read_file(dir / "target.partial") == content);
}

// Partitions that begin at odd places, as those of old disks do, and end inside a chunk.
TEST_F(RestoreJob, APartitionOfADiskIsTheSliceOfIt) {
  constexpr std::uint64_t kSector = 512;
  const std::string disk = dir / "disk";
  test::make_disk(disk, 24 * test::kDiskMiB,
                  "label: dos\nstart=63, size=10007, type=7\nstart=12288, size=8192, type=83\n"
                  "start=20480, size=20000, type=83\n");
  const auto table = test::sfdisk_table(disk);
  ASSERT_EQ(table.partitions.size(), 3u);
  for (const auto& partition : table.partitions) {
    test::write_file(dir / "part", test::patchwork(partition.sectors * kSector, partition.number));
    test::put_into_disk(disk, dir / "part", partition.start * kSector);
  }
  BackupOptions options{
      .volumes = {{disk, ""}}, .repository = test::repository_at(dir / "repo"), .all_blocks = true};
  options.chunk_bytes = kChunk;
  const std::string of_disk = image_of(must(run_backup(options, monitor)));
  for (const auto& partition : table.partitions) {
    SCOPED_TRACE(partition.number);
    test::take_from_disk(disk, partition.start * kSector, partition.sectors * kSector,
                         dir / "slice");
    const auto slice = test::read_file(dir / "slice");
    for (const bool serial : {false, true}) {
      fs::remove(dir / "out");
      RestoreOptions part{.image = of_disk,
                          .partition = partition.number,
                          .target = dir / "out",
                          .pass = {.serial = serial}};
      restore(part);
      ASSERT_TRUE(test::read_file(dir / "out") == slice);
      // In place: chunks that the borders cut have no digest in the index.
      part.overwrite = part.only_different = true;
      EXPECT_EQ(must(run_restore(part, monitor)).different_bytes, 0u);
      test::write_file(dir / "out", test::random_bytes(slice.size() + 5000, 1));
      restore(part);
      ASSERT_TRUE(test::read_file(dir / "out") == slice);
    }
    for (const unsigned sector : {512u, 4096u}) {
      test::write_file(dir / "backing", test::random_bytes(12 << 20, 8));
      const auto loop = test::LoopDevice::attach(dir / "backing", sector);
      if (!loop) continue;  // other tests tell that it is skipped
      restore({.image = of_disk,
               .partition = partition.number,
               .target = loop->path(),
               .overwrite = true});
      auto now = test::read_file(loop->path());
      now.resize(slice.size());
      ASSERT_TRUE(now == slice) << sector;
    }
  }
  const auto none = run_restore({.image = of_disk, .partition = 9, .target = dir / "no"}, monitor);
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().line(), HasSubstr("it has 1, 2, 3"));
  const auto no_table =
      run_restore({.image = image, .partition = 1, .target = dir / "no"}, monitor);
  ASSERT_FALSE(no_table);
  EXPECT_THAT(no_table.error().line(), HasSubstr("has no partition table"));
}

}  // namespace
}  // namespace tintype
