// Backups and copies of Windows shadow copies, and what a look at a volume tells of them.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/job/backup_job.h"
#include "engine/job/copy_job.h"
#include "engine/survey/volume_facts.h"
#include "io/source/open_volume.h"
#include "io/volume/raw_volume.h"
#include "support/expect_ok.h"
#include "support/loop_device.h"
#include "support/make_repository.h"
#include "support/random_shadows.h"
#include "support/samples.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "tests/engine/job/recording_monitor.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;

BackupOutcome back_up(const std::string& source, const std::string& repository) {
  test::RecordingMonitor monitor;
  return must(run_backup({.volumes = {{source, ""}}, .repository = test::repository_at(repository)},
                         monitor));
}

TEST(ShadowCopyJobs, BackupOfACopySeesTheDatabaseAsItWas) {
  TINTYPE_NEED_SAMPLES(samples);
  const test::TempDir dir;
  const std::string disk = dir / "disk.img";
  test::raw_from_qcow2(samples / "volumes/ntfs_vss_ese_generated.qcow2", disk);

  const BackupOutcome live = back_up(disk, dir / "repo");
  ASSERT_EQ(live.volumes.at(0).databases.size(), 1u);
  EXPECT_EQ(live.volumes[0].databases[0].pages.bad_checksum, 5u);
  EXPECT_FALSE(live.manifest.sound);

  const BackupOutcome copy = back_up(disk + "@shadow:1", dir / "repo");
  ASSERT_EQ(copy.volumes.at(0).databases.size(), 1u);
  const FileReport& report = copy.volumes[0].databases[0];
  EXPECT_EQ(report.pages.bad_checksum, 0u);
  EXPECT_EQ(report.pages.seen, report.pages_expected);
  EXPECT_TRUE(copy.manifest.sound);
  EXPECT_EQ(copy.manifest.volumes.at(0).name, "disk.img");
  EXPECT_EQ(copy.manifest.volumes.at(0).source, disk + "@shadow:1");
}

std::vector<std::byte> content_of(const std::string& source) {
  const auto volume = must(open_volume(must(parse_volume_spec(source))));
  std::vector<std::byte> bytes(volume->size_bytes());
  must(volume->read(0, bytes));
  return bytes;
}

// Overlapped through both queues, and one block at a time.
void expect_copied(const std::string& source, const test::TempDir& dir) {
  const std::vector<std::byte> expected = content_of(source);
  PassOptions uring, threads, serial;
  uring.queue_engine = QueueEngine::automatic;
  threads.queue_engine = QueueEngine::threads;
  serial.serial = true;
  for (const PassOptions& pass : {uring, threads, serial}) {
    test::RecordingMonitor monitor;
    const auto outcome = must(run_copy({.source = source,
                                        .target = dir / "copied",
                                        .overwrite = true,
                                        .all_blocks = true,
                                        .chunk_bytes = kChunkBytesMin,
                                        .pass = pass},
                                       monitor));
    EXPECT_TRUE(outcome.unreadable.empty());
    EXPECT_EQ(test::read_file(dir / "copied"), expected) << source;
  }
}

TEST(ShadowCopyJobs, CopyHasEveryByteOfOverlaysAndMoves) {
  for (std::uint64_t seed = 1; seed < 6; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const test::TempDir dir;
    const auto shadows = test::random_shadows(seed);
    test::write_file(dir / "disk", shadows.volume);
    for (std::size_t i = 1; i <= shadows.copies; ++i)
      expect_copied(dir / ("disk@shadow:" + std::to_string(i)), dir);
  }
}

// An overlay of 512 bytes on a disk whose sectors have 4096: direct reads cannot give it.
TEST(ShadowCopyJobs, OverlaysOnADiskWithLargeSectorsAreReadRight) {
  for (std::uint64_t seed = 1; seed < 4; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const test::TempDir dir;
    const auto shadows = test::random_shadows(seed);
    test::write_file(dir / "disk", shadows.volume);
    auto loop = test::LoopDevice::attach(dir / "disk", 4096);
    if (!loop) GTEST_SKIP() << loop.error();
    ASSERT_EQ(must(open_raw_volume(loop->path()))->sector_bytes(), 4096u);
    for (std::size_t i = 1; i <= shadows.copies; ++i) {
      const std::string number = "@shadow:" + std::to_string(i);
      EXPECT_EQ(content_of(loop->path() + number), content_of(dir / ("disk" + number)));
      expect_copied(loop->path() + number, dir);
    }
  }
}

TEST(ShadowCopyJobs, FileWithTheVeryNameIsTakenFirst) {
  const test::TempDir dir;
  const auto shadows = test::random_shadows(1);
  test::write_file(dir / "disk", shadows.volume);
  const std::string both = dir / "disk@shadow:1";
  EXPECT_EQ(must(parse_volume_spec(both)).base, dir / "disk");
  test::write_file(both, std::vector<std::byte>(4096, std::byte{7}));
  EXPECT_EQ(must(parse_volume_spec(both)).base, both);
  EXPECT_EQ(content_of(both).size(), 4096u);
}

TEST(ShadowCopyJobs, CopyOfASourceInUseIsRefused) {
  const test::TempDir dir;
  test::write_file(dir / "disk", test::random_shadows(1).volume);
  std::ofstream writer(dir / "disk", std::ios::in | std::ios::out);
  test::RecordingMonitor monitor;
  const auto outcome =
      run_copy({.source = dir / "disk@shadow:1", .target = dir / "copied"}, monitor);
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().what.find("in use"), std::string::npos) << outcome.error().line();
}

TEST(VolumeFacts, TellTheFileSystemTheCopiesAndTheDatabases) {
  TINTYPE_NEED_SAMPLES(samples);
  const test::TempDir dir;
  const std::string disk = dir / "disk.img";
  test::raw_from_qcow2(samples / "volumes/ntfs_vss_ese_generated.qcow2", disk);
  test::RecordingMonitor monitor;
  const VolumeFacts facts = must(probe_volume(disk, monitor));
  EXPECT_TRUE(facts.complete());
  EXPECT_EQ(facts.filesystem, "ntfs");
  EXPECT_EQ(facts.label, "VSSTEST");
  EXPECT_EQ(facts.volume_bytes, 96u << 20);
  EXPECT_EQ(facts.cluster_bytes, 4096u);
  ASSERT_EQ(facts.shadows.size(), 1u);
  EXPECT_EQ(facts.shadows[0].copy.id, "c074e84c-a1e9-4d50-bb38-74154e4f0198");
  EXPECT_EQ(facts.shadows[0].changes.blocks, 5u);
  ASSERT_EQ(facts.databases.size(), 1u);
  EXPECT_EQ(facts.databases[0].path, "/DB1.edb");
  EXPECT_EQ(facts.databases[0].header.page_bytes, 32768u);

  const VolumeFacts copy = must(probe_volume(disk + "@shadow:latest", monitor));
  EXPECT_EQ(copy.databases.size(), 1u);
  EXPECT_TRUE(copy.shadows.empty());
}

TEST(VolumeFacts, FindTheLogStreamOfADatabaseByItsSignature) {
  TINTYPE_NEED_SAMPLES(samples);
  const test::TempDir dir;
  fs::create_directories(dir / "content/Logs");
  for (const auto& entry : fs::directory_iterator(samples / "ese/srum-dirty"))
    if (entry.path().extension() == ".log" || entry.path().extension() == ".LOG")
      fs::copy(entry.path(), dir / "content/Logs");
  fs::copy(samples / "ese/srum-dirty/SRUDB.dat", dir / "content/SRU.edb");
  fs::copy(samples / "ese/srum-clean/SRUDB.dat", dir / "content/other.edb");
  std::vector<std::byte> access(8192);
  std::ranges::copy(std::as_bytes(std::span(std::string_view("Standard ACE DB"))),
                    access.begin() + 4);
  test::write_file(dir / "content/access.mdb", access);
  test::make_ext(dir / "disk", 64 << 20, "-t ext4 -d " + (dir / "content"));
  test::RecordingMonitor monitor;
  const VolumeFacts facts = must(probe_volume(dir / "disk", monitor));
  EXPECT_EQ(facts.filesystem, "ext4");
  EXPECT_TRUE(facts.shadows.empty());
  ASSERT_EQ(facts.databases.size(), 2u);
  const auto& dirty = facts.databases[0];
  EXPECT_EQ(dirty.path, "/SRU.edb");
  EXPECT_EQ(dirty.header.header.state, static_cast<std::uint32_t>(EseState::dirty_shutdown));
  EXPECT_EQ(dirty.header.header.gen_min_required, 0x5Cu);
  EXPECT_EQ(dirty.stream, "/Logs/SRU");
  EXPECT_EQ(facts.databases[1].path, "/other.edb");
  EXPECT_EQ(facts.databases[1].stream, "") << "its logs are not on this volume";
}

TEST(VolumeFacts, ADamagedStoreSpoilsTheOlderCopiesToo) {
  const test::TempDir dir;
  std::vector<std::byte> bytes(64 * kVssBlockBytes);
  const auto layout = test::make_vss(bytes, 32 * kVssBlockBytes, {{}, {}, {}});
  bytes[layout.lists[1]] = std::byte{0};  // the second one's; stores are written newest first
  test::write_file(dir / "disk", bytes);
  test::RecordingMonitor monitor;
  const VolumeFacts facts = must(probe_volume(dir / "disk", monitor));
  EXPECT_FALSE(facts.complete());
  EXPECT_NE(facts.unmapped, "");
  ASSERT_EQ(facts.shadows.size(), 3u);
  EXPECT_NE(facts.shadows[0].problem, "");
  EXPECT_NE(facts.shadows[1].problem, "");
  EXPECT_EQ(facts.shadows[2].problem, "");
}

}  // namespace
}  // namespace tintype
