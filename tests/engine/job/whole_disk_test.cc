// Whole disks and single partitions: back up, check, restore to larger disks, copy.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "engine/job/backup_job.h"
#include "engine/job/copy_job.h"
#include "engine/job/verify_job.h"
#include "engine/repository/repository.h"
#include "engine/restore/restore_job.h"
#include "io/filesystem/filesystem_map.h"
#include "io/volume/raw_volume.h"
#include "support/disk_maker.h"
#include "support/ese_generator.h"
#include "support/expect_ok.h"
#include "support/loop_device.h"
#include "support/make_repository.h"
#include "support/random_bytes.h"
#include "support/samples.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "tests/engine/job/recording_monitor.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::kDiskMiB;
using test::must;
using test::ok;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

void expect_error(const Result<PassOutcome>& result, std::string_view part) {
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().line(), HasSubstr(std::string(part)));
}

class WholeDisk : public testing::Test {
 protected:
  WholeDisk() {
    sound = test::EseDatabaseGenerator({.file_bytes = 4 << 20, .seed = 1}).whole();
    damaged = test::EseDatabaseGenerator({.file_bytes = 6 << 20, .seed = 2}).whole();
    test::damage_ese(damaged, 32768, "badchecksum:77");
    test::write_file(dir / "DB1.edb", sound);
    test::write_file(dir / "readme.txt", text);
    fs::create_directories(dir / "content/Mailbox");
    test::write_file(dir / "content/Mailbox/DB2.edb", damaged);
    test::write_file(dir / "content/readme.txt", text);
    made = test::make_mixed_disk(disk, {dir / "DB1.edb", dir / "readme.txt"}, dir / "content");
  }
  BackupOutcome back_up(const std::string& source, bool all_blocks = false) {
    return must(run_backup({.volumes = {{source, ""}},
                            .repository = test::repository_at(dir / "repo"),
                            .all_blocks = all_blocks},
                           monitor));
  }
  static std::string image_of(const BackupOutcome& outcome) {
    return outcome.set_path + "/" + outcome.manifest.volumes.at(0).image;
  }
  // Everything a user would look for on the restored disk is there, and other programs find their
  // file systems and their table in order.
  void expect_whole(const std::string& restored) {
    const auto verified = test::run_command("sfdisk --verify '" + restored + "'");
    EXPECT_EQ(verified.exit_code, 0) << verified.output;
    EXPECT_THAT(verified.output, HasSubstr("No errors detected"));
    EXPECT_THAT(verified.output, Not(HasSubstr("mismatch")));
    EXPECT_THAT(test::run_command("sgdisk -v '" + restored + "'").output,
                HasSubstr("No problems found"));

    const std::string ntfs = dir / "ntfs.part", ext = dir / "ext.part";
    test::take_from_disk(restored, made.ntfs_offset, made.ntfs_bytes, ntfs);
    const auto ntfsfix = test::run_command("ntfsfix -n '" + ntfs + "'");
    EXPECT_EQ(ntfsfix.exit_code, 0) << ntfsfix.output;
    EXPECT_TRUE(test::ntfscat(ntfs, "/DB1.edb") == sound);
    EXPECT_TRUE(test::ntfscat(ntfs, "/readme.txt") == text);
    test::take_from_disk(restored, made.ext_offset, made.ext_bytes, ext);
    const auto fsck = test::run_command("fsck.ext4 -fn '" + ext + "'");
    EXPECT_EQ(fsck.exit_code, 0) << fsck.output;
    ASSERT_EQ(test::run_command("debugfs -R 'dump /Mailbox/DB2.edb \"" + dir / "out.edb" + "\"' '" +
                                ext + "'")
                  .exit_code,
              0);
    EXPECT_TRUE(test::read_file(dir / "out.edb") == damaged);

    test::take_from_disk(disk, made.gap_offset, made.gap_bytes, dir / "gap.before");
    test::take_from_disk(restored, made.gap_offset, made.gap_bytes, dir / "gap.after");
    EXPECT_TRUE(test::read_file(dir / "gap.before") == test::read_file(dir / "gap.after"));
    EXPECT_TRUE(test::read_file(dir / "gap.after") == test::random_bytes(made.gap_bytes, 17));
  }

  test::TempDir dir;
  const std::string disk = dir / "disk.img";
  const std::vector<std::byte> text = test::random_bytes(5000, 9);
  std::vector<std::byte> sound, damaged;
  test::MixedDisk made;
  test::RecordingMonitor monitor;
};

TEST_F(WholeDisk, OneImageHoldsItAndNamesTheBadPageWithItsPartition) {
  const auto outcome = back_up(disk);
  EXPECT_FALSE(outcome.manifest.sound);
  const PassOutcome& pass = outcome.volumes.at(0);
  EXPECT_EQ(pass.filesystem, "gpt");
  EXPECT_EQ(pass.label, "#1 unknown, #2 ntfs mail, #3 ext4 data");
  EXPECT_EQ(pass.databases_not_checked, "");  // the EFI partition has none
  EXPECT_LT(pass.captured_bytes, made.bytes / 2);
  ASSERT_EQ(pass.databases.size(), 2u);
  EXPECT_EQ(pass.databases[0].path, "#2:/DB1.edb");
  EXPECT_TRUE(pass.databases[0].sound());
  EXPECT_EQ(pass.databases[0].pages.seen, sound.size() / 32768);
  const FileReport& bad = pass.databases[1];
  EXPECT_EQ(bad.path, "#3:/Mailbox/DB2.edb");
  EXPECT_EQ(bad.pages.seen, damaged.size() / 32768);
  ASSERT_EQ(bad.findings.size(), 1u);
  EXPECT_EQ(bad.findings[0].page_number, 77);
  // The place on the disk holds the page.
  const auto page = std::span(damaged).subspan(bad.findings[0].file_offset, 4096);
  std::vector<std::byte> on_disk(page.size());
  must(must(open_raw_volume(disk))->read(bad.findings[0].volume_offset, on_disk));
  EXPECT_TRUE(std::ranges::equal(on_disk, page));
  EXPECT_GE(bad.findings[0].volume_offset, made.ext_offset);

  // Again, out of the image.
  const auto verified = must(run_verify({.image = image_of(outcome), .pages = true}, monitor));
  EXPECT_TRUE(verified.faults.empty());
  ASSERT_EQ(verified.pass.databases.size(), 2u);
  EXPECT_EQ(verified.pass.databases[1].path, bad.path);
  EXPECT_EQ(verified.pass.databases[1].pages, bad.pages);
}

TEST_F(WholeDisk, ItIsRestoredToAnEqualAndToALargerFile) {
  const std::string image = image_of(back_up(disk));
  const auto equal = must(run_restore({.image = image, .target = dir / "equal.img"}, monitor));
  EXPECT_EQ(equal.target_note, "");
  EXPECT_EQ(fs::file_size(dir / "equal.img"), made.bytes);
  expect_whole(dir / "equal.img");

  const std::uint64_t larger = made.bytes + 77 * kDiskMiB + 512;
  const auto restored = must(
      run_restore({.image = image, .target = dir / "larger.img", .file_bytes = larger}, monitor));
  EXPECT_THAT(restored.target_note, HasSubstr("moved to the new end"));
  EXPECT_EQ(fs::file_size(dir / "larger.img"), larger);
  expect_whole(dir / "larger.img");

  expect_error(run_restore({.image = image, .target = dir / "no.img", .file_bytes = made.bytes - 1},
                           monitor),
               "too small");
  EXPECT_FALSE(fs::exists(dir / "no.img"));
}

TEST_F(WholeDisk, ALargerDeviceGetsTheTableAtItsEnd) {
  const std::string image = image_of(back_up(disk));
  fs::resize_file((test::write_file(dir / "backing", {}), dir / "backing"), 200 * kDiskMiB);
  {
    const auto loop = test::LoopDevice::attach(dir / "backing");
    if (!loop) GTEST_SKIP() << loop.error();
    const auto restored =
        must(run_restore({.image = image, .target = loop->path(), .overwrite = true}, monitor));
    EXPECT_THAT(restored.target_note, HasSubstr("moved to the new end"));
    expect_whole(loop->path());
    const auto copied =
        must(run_copy({.source = disk, .target = loop->path(), .overwrite = true}, monitor));
    EXPECT_THAT(copied.target_note, HasSubstr("moved to the new end"));
    expect_whole(loop->path());
  }
  fs::resize_file(dir / "backing", made.bytes - 4096);
  const auto loop = test::LoopDevice::attach(dir / "backing");
  ASSERT_TRUE(loop);
  expect_error(run_restore({.image = image, .target = loop->path(), .overwrite = true}, monitor),
               "choose a device at least as large");
}

TEST_F(WholeDisk, ADeviceWithOtherSectorsIsToldOf) {
  fs::resize_file((test::write_file(dir / "backing", {}), dir / "backing"), made.bytes);
  const auto loop = test::LoopDevice::attach(dir / "backing", 4096);
  if (!loop) GTEST_SKIP() << loop.error();
  const auto copied =
      must(run_copy({.source = disk, .target = loop->path(), .overwrite = true}, monitor));
  EXPECT_THAT(copied.target_note, HasSubstr("NOT BE FOUND"));
}

TEST_F(WholeDisk, AllBlocksAreAllBlocks) {
  const auto outcome = back_up(disk, true);
  EXPECT_EQ(outcome.volumes.at(0).databases.size(), 2u);
  ASSERT_TRUE(ok(run_restore({.image = image_of(outcome), .target = dir / "back"}, monitor)));
  EXPECT_TRUE(test::read_file(dir / "back") == test::read_file(disk));
}

TEST_F(WholeDisk, APartitionIsAVolume) {
  const auto outcome = back_up(disk + "#3");
  EXPECT_EQ(outcome.manifest.volumes.at(0).name, "disk.img-p3");
  EXPECT_EQ(outcome.manifest.volumes.at(0).source, disk + "#3");
  EXPECT_EQ(outcome.volumes[0].filesystem, "ext4");
  ASSERT_EQ(outcome.volumes[0].databases.size(), 1u);
  EXPECT_EQ(outcome.volumes[0].databases[0].path, "/Mailbox/DB2.edb");
  EXPECT_EQ(outcome.volumes[0].databases[0].pages.bad_checksum, 1u);
  EXPECT_EQ(must(must(Repository::open(dir / "repo")).find("latest")).manifest.volumes.size(), 1u);

  ASSERT_TRUE(ok(run_restore({.image = image_of(outcome), .target = dir / "restored"}, monitor)));
  const auto copied = must(run_copy({.source = disk + "#3", .target = dir / "copied"}, monitor));
  EXPECT_EQ(copied.target_note, "");
  EXPECT_TRUE(test::read_file(dir / "restored") == test::read_file(dir / "copied"));
  EXPECT_EQ(test::run_command("fsck.ext4 -fn '" + dir / "copied" + "'").exit_code, 0);

  // The same database checks twice in one set: by the disk and by the partition.
  const auto both = must(run_backup(
      {.volumes = {{disk + "#2", ""}, {disk, ""}}, .repository = test::repository_at(dir / "repo")},
      monitor));
  EXPECT_EQ(both.volumes.at(0).databases.at(0).path, "/DB1.edb");
  EXPECT_EQ(both.volumes.at(1).databases.size(), 2u);
}

TEST_F(WholeDisk, WhatCannotBeMappedIsCopiedAndNotChecked) {
  const std::vector<std::byte> garbage(8192, std::byte{0x5A});
  test::write_file(dir / "garbage", garbage);
  test::put_into_disk(disk, dir / "garbage", made.ext_offset);
  BackupOptions options{.volumes = {{disk, ""}}, .repository = test::repository_at(dir / "repo")};
  options.databases.globs = {"#3:/Mailbox/*.edb"};
  const auto outcome = must(run_backup(options, monitor));
  EXPECT_EQ(outcome.volumes.at(0).databases_not_checked, "#3: no file system was recognised");
  EXPECT_THAT(monitor.warnings, testing::Contains(HasSubstr("NOT CHECKED")));
  EXPECT_FALSE(outcome.manifest.sound);  // it was asked for
  ASSERT_TRUE(ok(run_restore({.image = image_of(outcome), .target = dir / "back"}, monitor)));
  test::take_from_disk(disk, made.ext_offset, made.ext_bytes, dir / "before");
  test::take_from_disk(dir / "back", made.ext_offset, made.ext_bytes, dir / "after");
  EXPECT_TRUE(test::read_file(dir / "before") == test::read_file(dir / "after"));
}

TEST_F(WholeDisk, ADamagedPrimaryTableIsWarnedOfAndWrittenAnewOnALargerDisk) {
  auto bytes = test::read_file(disk);
  bytes[600] ^= std::byte{1};
  test::write_file(disk, bytes);
  const auto outcome = back_up(disk);
  EXPECT_THAT(monitor.warnings, testing::Contains(HasSubstr("the primary GPT is damaged")));
  EXPECT_EQ(outcome.volumes.at(0).databases.size(), 2u);
  ASSERT_TRUE(ok(run_restore({.image = image_of(outcome), .target = dir / "equal"}, monitor)));
  EXPECT_EQ(test::read_file(dir / "equal")[600], bytes[600]);  // nothing is healed silently
  const auto larger = must(run_restore(
      {.image = image_of(outcome), .target = dir / "larger", .file_bytes = 2 * made.bytes},
      monitor));
  EXPECT_THAT(larger.target_note, HasSubstr("written anew"));
  expect_whole(dir / "larger");
}

TEST_F(WholeDisk, LogStreamsAreJudgedByPartition) {
  TINTYPE_NEED_SAMPLES(samples);
  // One set's files in the roots of two partitions, one of them without the log it needs.
  fs::create_directories(dir / "ext");
  std::vector<std::string> ntfs_files;
  for (const auto& entry : fs::directory_iterator(samples / "ese/srum-dirty")) {
    ntfs_files.push_back(entry.path());
    if (entry.path().filename() != "SRU.log")
      fs::copy(entry.path(), dir / "ext" / entry.path().filename());
  }
  static_cast<void>(test::make_mixed_disk(dir / "streams.img", ntfs_files, dir / "ext"));
  BackupOptions options{.volumes = {{dir / "streams.img", ""}},
                        .repository = test::repository_at(dir / "repo")};
  options.databases.globs = {"SRUDB.dat"};
  const auto outcome = must(run_backup(options, monitor));
  std::vector<std::string> folders, verdicts;
  for (const EseStreamReport& stream : outcome.manifest.streams) {
    folders.push_back(stream.log_folder);
    verdicts.emplace_back(to_string(stream.verdict));
    EXPECT_EQ(stream.volume, "streams.img");
  }
  EXPECT_THAT(folders, ElementsAre("#2:/", "#3:/"));
  const auto read = must(parse_manifest(to_json(outcome.manifest), "set.json"));
  EXPECT_EQ(to_json(read), to_json(outcome.manifest));
}

// A loop device whose partitions the kernel knows. Their nodes are made by hand, for there may be
// no udev.
class PartitionedLoop {
 public:
  explicit PartitionedLoop(test::LoopDevice device) : device_(std::move(device)) {
    scanned_ = test::run_command("partx -u " + device_.path()).exit_code == 0;
  }
  PartitionedLoop(const PartitionedLoop&) = delete;
  PartitionedLoop& operator=(const PartitionedLoop&) = delete;
  ~PartitionedLoop() {
    if (!mount_.empty()) static_cast<void>(test::run_command("umount '" + mount_ + "'"));
    static_cast<void>(test::run_command("partx -d " + device_.path()));
  }
  [[nodiscard]] const std::string& path() const { return device_.path(); }
  // False if the kernel does not know it.
  [[nodiscard]] bool make_node(unsigned partition, const std::string& node) const {
    const std::string name = fs::path(device_.path()).filename();
    return scanned_ && test::run_command("mknod '" + node + "' b $(tr : ' ' < /sys/block/" + name +
                                         "/" + name + "p" + std::to_string(partition) + "/dev)")
                               .exit_code == 0;
  }
  [[nodiscard]] bool mount(const std::string& node, const std::string& folder) {
    fs::create_directories(folder);
    if (test::run_command("mount '" + node + "' '" + folder + "'").exit_code != 0) return false;
    mount_ = folder;
    return true;
  }

 private:
  test::LoopDevice device_;
  bool scanned_ = false;
  std::string mount_;
};

TEST_F(WholeDisk, APartitionThatIsMountedMakesTheDiskInUse) {
  auto attached = test::LoopDevice::attach(disk);
  if (!attached) GTEST_SKIP() << attached.error();
  PartitionedLoop loop(*std::move(attached));
  const std::string node = dir / "node";
  if (!loop.make_node(3, node)) GTEST_SKIP() << "this kernel knows no partitions of loop devices";
  const auto expect_refused = [](const auto& result, const std::string& why) {
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().line(), HasSubstr(why));
  };
  const auto plan = [&](const std::string& source) {
    return run_backup({.volumes = {{source, ""}},
                       .repository = test::repository_at(dir / "repo"),
                       .dry_run = true},
                      monitor);
  };
  // A disk and a part of it are no source and target.
  expect_refused(run_copy({.source = loop.path(), .target = node, .overwrite = true}, monitor),
                 "share bytes");
  expect_refused(run_copy({.source = node, .target = loop.path(), .overwrite = true}, monitor),
                 "share bytes");
  EXPECT_TRUE(ok(plan(loop.path())));

  ASSERT_TRUE(loop.mount(node, dir / "mnt"));
  expect_refused(plan(loop.path()), "a partition of it is mounted for writing");
  expect_refused(plan(loop.path() + "#3"), "mounted for writing");
  EXPECT_TRUE(ok(plan(loop.path() + "#2")));
  for (const std::string& source : {loop.path(), disk})
    expect_refused(run_backup({.volumes = {{source, ""}},
                               .repository = test::repository_at(dir / "mnt/repo"),
                               .allow_source_in_use = true},
                              monitor),
                   "lies on the source");
}

TEST_F(WholeDisk, AnMbrDiskWithLogicalPartitionsComesBack) {
  const std::string mbr = dir / "mbr.img";
  test::make_disk(mbr, 100 * kDiskMiB,
                  "label: dos\nstart=63, size=1000, type=83\nstart=8MiB, size=80MiB, type=5\n"
                  "start=10MiB, size=24MiB, type=83\nstart=40MiB, size=16MiB, type=83\n");
  test::make_ext(dir / "one", 24 * kDiskMiB, "-t ext4 -d '" + dir / "content" + "'");
  test::make_ext(dir / "two", 16 * kDiskMiB, "-t ext2");
  test::put_into_disk(mbr, dir / "one", 10 * kDiskMiB);
  test::put_into_disk(mbr, dir / "two", 40 * kDiskMiB);
  const auto outcome = back_up(mbr);
  EXPECT_EQ(outcome.volumes.at(0).filesystem, "mbr");
  EXPECT_EQ(outcome.volumes[0].databases.at(0).path, "#5:/Mailbox/DB2.edb");
  const auto restored = must(run_restore(
      {.image = image_of(outcome), .target = dir / "back", .file_bytes = 120 * kDiskMiB}, monitor));
  EXPECT_EQ(restored.target_note, "");
  EXPECT_EQ(test::run_command("sfdisk -d '" + mbr + "' | sed 's,^/.*: ,,;s,^device:.*,,'").output,
            test::run_command("sfdisk -d '" + dir / "back" + "' | sed 's,^/.*: ,,;s,^device:.*,,'")
                .output);
  test::take_from_disk(dir / "back", 10 * kDiskMiB, 24 * kDiskMiB, dir / "out");
  EXPECT_EQ(test::run_command("fsck.ext4 -fn '" + dir / "out" + "'").exit_code, 0);
}

}  // namespace
}  // namespace tintype
