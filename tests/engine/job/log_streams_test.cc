// Log streams of real sets inside volumes, judged by the backup that copies them.
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/job/backup_job.h"
#include "engine/manifest/manifest.h"
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

BackupOutcome back_up(const std::vector<std::string>& disks, const std::string& repository) {
  test::RecordingMonitor monitor;
  BackupOptions options{.repository = test::repository_at(repository)};
  for (const std::string& disk : disks) options.volumes.push_back({disk, ""});
  options.databases.globs = {"SRUDB.dat"};
  options.chunk_bytes = kChunkBytesMin;
  return must(run_backup(options, monitor));
}

// The set's files, one of them left out, in an image.
void make_ext_with(const fs::path& set, const std::string& left_out, test::TempDir& dir,
                   const std::string& image) {
  const std::string folder = image + ".content";
  fs::create_directories(folder + "/sru");
  for (const auto& entry : fs::directory_iterator(set))
    if (entry.path().filename() != left_out)
      fs::copy(entry.path(), folder + "/sru/" + entry.path().filename().string());
  static_cast<void>(dir);
  test::make_ext(image, 16 << 20, "-t ext4 -b 1024 -d " + folder);
}

void expect_stream(const BackupOutcome& outcome, StreamVerdict verdict, std::int64_t lowest,
                   std::int64_t highest) {
  ASSERT_EQ(outcome.manifest.streams.size(), 1u);
  const EseStreamReport& stream = outcome.manifest.streams[0];
  EXPECT_EQ(stream.verdict, verdict) << stream.why;
  EXPECT_EQ(stream.base, "SRU");
  EXPECT_EQ(stream.log_folder, "/sru");
  EXPECT_EQ(stream.gen_lowest, lowest);
  EXPECT_EQ(stream.gen_highest, highest);
  EXPECT_EQ(stream.databases.size(), 1u);
  const auto read = must(parse_manifest(to_json(outcome.manifest), "set.json"));
  EXPECT_EQ(to_json(read), to_json(outcome.manifest));
  ASSERT_EQ(read.streams.size(), 1u);
  EXPECT_EQ(read.streams[0].logs.size(), stream.logs.size());
}

TEST(LogStreams, SetsInsideExt4) {
  TINTYPE_NEED_SAMPLES(samples);
  test::TempDir dir;
  make_ext_with(samples / "ese/srum-dirty", "", dir, dir / "dirty.img");
  const auto dirty = back_up({dir / "dirty.img"}, dir / "repository");
  expect_stream(dirty, StreamVerdict::recoverable, 0x59, 0x5C);
  EXPECT_TRUE(dirty.manifest.sound);

  make_ext_with(samples / "ese/srum-clean", "", dir, dir / "clean.img");
  const auto clean = back_up({dir / "clean.img"}, dir / "repository");
  expect_stream(clean, StreamVerdict::sound, 3, 9);
  EXPECT_TRUE(clean.manifest.sound);
}

TEST(LogStreams, WithoutTheLogItNeedsTheBackupHasAFinding) {
  TINTYPE_NEED_SAMPLES(samples);
  test::TempDir dir;
  make_ext_with(samples / "ese/srum-dirty", "SRU.log", dir, dir / "dirty.img");
  const auto outcome = back_up({dir / "dirty.img"}, dir / "repository");
  expect_stream(outcome, StreamVerdict::not_recoverable, 0x59, 0x5B);
  EXPECT_FALSE(outcome.manifest.sound);
  SetManifest lie = outcome.manifest;
  lie.sound = true;
  EXPECT_FALSE(parse_manifest(to_json(lie), "set.json"));
}

TEST(LogStreams, SetInsideNtfs) {
  TINTYPE_NEED_SAMPLES(samples);
  test::TempDir dir;
  test::make_ntfs(dir / "ntfs.img");
  for (const auto& entry : fs::directory_iterator(samples / "ese/srum-dirty"))
    test::put_into_ntfs(dir / "ntfs.img", entry.path(), "/" + entry.path().filename().string());
  const auto outcome = back_up({dir / "ntfs.img"}, dir / "repository");
  ASSERT_EQ(outcome.manifest.streams.size(), 1u);
  EXPECT_EQ(outcome.manifest.streams[0].verdict, StreamVerdict::recoverable)
      << outcome.manifest.streams[0].why;
}

TEST(LogStreams, LogsAndDatabaseOnTwoVolumes) {
  TINTYPE_NEED_SAMPLES(samples);
  test::TempDir dir;
  make_ext_with(samples / "ese/srum-dirty", "SRUDB.dat", dir, dir / "logs.img");
  fs::create_directories(dir / "data");
  fs::copy(samples / "ese/srum-dirty/SRUDB.dat", dir / "data/SRUDB.dat");
  test::make_ext(dir / "data.img", 16 << 20, "-t ext4 -b 1024 -d " + (dir / "data"));
  const auto outcome = back_up({dir / "data.img", dir / "logs.img"}, dir / "repository");
  // The volume of the logs has no database of that name: what was asked for was not found there.
  expect_stream(outcome, StreamVerdict::recoverable, 0x59, 0x5C);
  EXPECT_EQ(outcome.manifest.streams[0].volume, "logs.img");
}

}  // namespace
}  // namespace tintype
