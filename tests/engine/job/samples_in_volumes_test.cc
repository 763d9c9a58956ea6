// The real ESE files, checked alone and inside a fragmented NTFS and an ext4 volume: the same
// verdict every way.
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/job/backup_job.h"
#include "engine/job/check_job.h"
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

struct Expected {
  const char* sample;
  const char* name;     // in the volume
  std::uint64_t sound;  // headers included
  std::uint64_t uninitialised;
  const char* state;
};

// shared samples README: "all good", and the counts it gives.
constexpr Expected kExpected[] = {
    {"ese/basic-4k.edb.gz", "basic.edb", 25, 231, ""},
    {"ese/multi-4k.edb.gz", "multi.edb", 36, 220, ""},
    {"ese/index-4k.edb.gz", "index.edb", 49, 207, ""},
    {"ese/decompress-8k.edb.gz", "decompress.edb", 29, 227, ""},
    {"ese/qmgr-16k-dirty.db.gz", "qmgr.db", 45, 35, "Dirty Shutdown"},
    {"ese/large-32k-prefix.edb.gz", "large.edb", 0, 0, ""},
    {"ese/srum-clean/SRUDB.dat", "SRUDB-clean.dat", 0, 0, "Clean Shutdown"},
    {"ese/srum-dirty/SRUDB.dat", "SRUDB-dirty.dat", 0, 0, "Dirty Shutdown"},
};

void expect_as_stated(const FileReport& report, const Expected& expected) {
  EXPECT_TRUE(report.sound()) << report.path;
  EXPECT_EQ(report.pages.seen, report.pages_expected) << report.path;
  EXPECT_EQ(report.pages.bad_checksum + report.pages.wrong_place + report.pages.unreadable, 0u);
  EXPECT_EQ(report.pages.correctable, 0u) << report.path;
  if (expected.sound != 0) {
    EXPECT_EQ(report.pages.sound, expected.sound) << report.path;
    EXPECT_EQ(report.pages.uninitialised, expected.uninitialised) << report.path;
  }
  if (*expected.state != 0) {
    EXPECT_EQ(report.state, expected.state) << report.path;
  }
}

void expect_backup_as_stated(const std::string& disk, const std::string& repository) {
  test::RecordingMonitor monitor;
  BackupOptions options{.volumes = {{disk, ""}}, .repository = test::repository_at(repository)};
  options.databases.globs = {"qmgr.db", "SRUDB*.dat"};
  options.chunk_bytes = kChunkBytesMin;
  const auto outcome = must(run_backup(options, monitor));
  EXPECT_TRUE(outcome.volumes.at(0).sound());
  EXPECT_FALSE(outcome.manifest.sound) << "the dirty databases' logs are not in it";
  const auto& reports = outcome.volumes.at(0).databases;
  EXPECT_EQ(reports.size(), std::size(kExpected));
  for (const FileReport& report : reports)
    for (const Expected& expected : kExpected)
      if (fs::path(report.path).filename() == expected.name) expect_as_stated(report, expected);
}

TEST(SamplesInVolumes, CheckAlone) {
  TINTYPE_NEED_SAMPLES(samples);
  test::TempDir dir;
  test::RecordingMonitor monitor;
  for (const Expected& expected : kExpected) {
    test::write_file(dir / expected.name, test::read_sample(samples / expected.sample));
    const auto outcome = must(run_check({.file = dir / expected.name}, monitor));
    ASSERT_EQ(outcome.pass.databases.size(), 1u);
    expect_as_stated(outcome.pass.databases[0], expected);
    PassOptions serial;
    serial.serial = true;
    const auto twin = must(run_check({.file = dir / expected.name, .pass = serial}, monitor));
    EXPECT_EQ(twin.pass.databases.at(0).pages, outcome.pass.databases[0].pages);
  }
}

TEST(SamplesInVolumes, Ext4) {
  TINTYPE_NEED_SAMPLES(samples);
  test::TempDir dir;
  fs::create_directories(dir / "content");
  for (const Expected& expected : kExpected)
    test::write_file(dir / "content/" + expected.name,
                     test::read_sample(samples / expected.sample));
  for (const char* options : {"-t ext4 -b 4096", "-t ext4 -b 1024", "-t ext2 -b 1024"}) {
    test::make_ext(dir / "disk", 64 << 20, std::string(options) + " -d " + (dir / "content"));
    expect_backup_as_stated(dir / "disk", dir / "repo");
    fs::remove(dir / "disk");
  }
}

TEST(SamplesInVolumes, FragmentedNtfs) {
  TINTYPE_NEED_SAMPLES(samples);
  test::TempDir dir;
  // 512-byte clusters cut pages anywhere; 4 KiB ones are what people have.
  for (const std::uint32_t cluster_bytes : {512u, 4096u}) {
    test::make_ntfs(dir / "disk", {.bytes = 28 << 20, .cluster_bytes = cluster_bytes});
    {
      TINTYPE_MOUNT(mount, test::MountedVolume::ntfs(dir / "disk"));
      for (const Expected& expected : kExpected)
        test::write_fragmented(mount.path(), expected.name,
                               test::read_sample(samples / expected.sample),
                               (cluster_bytes == 512 ? 33 : 5) * cluster_bytes);
      mount.unmount();
    }
    expect_backup_as_stated(dir / "disk", dir / "repo");
    fs::remove(dir / "disk");
  }
}

}  // namespace
}  // namespace tintype
