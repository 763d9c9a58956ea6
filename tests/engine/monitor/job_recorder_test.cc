// What a job leaves in its recorder: the pass's bytes and time, its requests, a map of the volume.
#include "engine/monitor/job_recorder.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "engine/job/backup_job.h"
#include "engine/job/copy_job.h"
#include "engine/job/verify_job.h"
#include "support/ese_generator.h"
#include "support/expect_ok.h"
#include "support/make_repository.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"

namespace tintype {
namespace {

using test::TempDir;

struct MapSums {
  std::uint64_t captured = 0, zero = 0, unreadable = 0, data = 0, database = 0, bad = 0, bytes = 0;
};
MapSums sums_of(const VolumeMap& map) {
  MapSums sums;
  for (std::size_t i = 0; i < map.cells().size(); ++i) {
    const VolumeMap::Cell& cell = map.cells()[i];
    sums.captured += cell.captured_bytes;
    sums.zero += cell.zero_bytes;
    sums.unreadable += cell.unreadable_bytes;
    sums.data += cell.data_bytes();
    sums.database += cell.database_bytes;
    sums.bad += cell.bad_bytes;
    sums.bytes += map.bytes_of(i);
  }
  return sums;
}

class Recorded : public testing::Test {
 protected:
  // An NTFS volume with a database of which two pages are bad.
  std::string mail_volume() {
    const std::string image = dir_ / "mail.img";
    test::make_ntfs(image, {.bytes = 64u << 20, .label = "Mail"});
    test::EseDatabaseSpec spec{.file_bytes = 4 << 20};
    std::vector<std::byte> file = test::EseDatabaseGenerator(spec).whole();
    test::damage_ese(file, spec.page_bytes, "badchecksum:5");
    test::damage_ese(file, spec.page_bytes, "badchecksum:77");
    test::write_file(dir_ / "db", file);
    test::write_file(dir_ / "zeros", std::vector<std::byte>(8 << 20));
    test::put_into_ntfs(image, dir_ / "db", "/DB1.edb");
    test::put_into_ntfs(image, dir_ / "zeros", "/zeros");
    return image;
  }
  void expect_timeline(const PassOutcome& outcome) {
    std::uint64_t read = 0, read_back = 0;
    double seconds = 0;
    for (const JobTimeline::Sample& sample : recorder_.timeline.samples()) {
      read += sample.read_bytes;
      read_back += sample.read_back_bytes;
      seconds += sample.seconds;
      EXPECT_NEAR(sample.times.seconds(), sample.seconds, 1e-3);
    }
    EXPECT_EQ(read, outcome.read_bytes);
    EXPECT_LE(seconds, recorder_.seconds());
    EXPECT_GE(seconds, outcome.seconds * 0.99);
    ASSERT_EQ(recorder_.timeline.passes().size(), 1u);
    EXPECT_EQ(recorder_.timeline.passes()[0].read_bytes, outcome.read_bytes);
    EXPECT_EQ(recorder_.timeline.passes()[0].read_back_bytes, read_back);
    EXPECT_EQ(recorder_.timeline.passes()[0].limiting, outcome.limiting);
  }

  TempDir dir_;
  JobRecorder recorder_;
  JobMonitor monitor_;
};

TEST_F(Recorded, ABackupAndItsVerification) {
  BackupOptions job;
  job.volumes = {{mail_volume(), "mail"}};
  job.repository = test::repository_at(dir_ / "repo");
  monitor_.recorder = &recorder_;
  auto backup = run_backup(job, monitor_);
  ASSERT_TRUE(test::ok(backup));
  const PassOutcome& outcome = backup->volumes[0];
  expect_timeline(outcome);
  EXPECT_EQ(recorder_.latencies.reads.count(), outcome.reads);
  EXPECT_GT(recorder_.latencies.writes.count(), 0u);
  EXPECT_GT(recorder_.latencies.read_backs.count(), 0u);
  ASSERT_EQ(recorder_.maps().size(), 1u);
  const VolumeMap& map = *recorder_.maps()[0];
  EXPECT_EQ(map.name(), "mail");
  const MapSums sums = sums_of(map);
  EXPECT_EQ(sums.bytes, outcome.volume_bytes);
  EXPECT_EQ(sums.captured, outcome.captured_bytes);
  EXPECT_GE(sums.zero, outcome.zero_bytes);
  EXPECT_GE(outcome.zero_bytes, 4u << 20);
  EXPECT_EQ(sums.data, outcome.captured_bytes - sums.zero);
  EXPECT_EQ(sums.database, 4u << 20);
  EXPECT_EQ(sums.bad, 2u * 32768);
  ASSERT_EQ(map.files().size(), 1u);
  EXPECT_EQ(map.files()[0].path, "/DB1.edb");

  JobRecorder of_verify;
  monitor_.recorder = &of_verify;
  const auto verified =
      run_verify({.image = backup->set_path + "/mail.tint", .pages = true}, monitor_);
  ASSERT_TRUE(test::ok(verified));
  ASSERT_EQ(of_verify.maps().size(), 1u);
  const MapSums again = sums_of(*of_verify.maps()[0]);
  EXPECT_EQ(again.bytes, sums.bytes);
  EXPECT_EQ(again.captured, sums.captured);
  // The image's index knows the zero chunks that the backup found, but not the holes of the source
  // that share a chunk with data.
  EXPECT_GE(again.zero, outcome.zero_bytes);
  EXPECT_LE(again.zero, sums.zero);
  EXPECT_EQ(again.database, sums.database);
  EXPECT_EQ(again.bad, sums.bad);
  EXPECT_EQ(of_verify.latencies.writes.count(), 0u);
  EXPECT_EQ(of_verify.latencies.read_backs.count(), 0u);
  EXPECT_EQ(of_verify.latencies.reads.count(), verified->pass.reads);
}

TEST_F(Recorded, ACopyInBothRunners) {
  const std::string volume = mail_volume();
  for (const bool serial : {false, true}) {
    recorder_ = JobRecorder();
    monitor_.recorder = &recorder_;
    CopyOptions job;
    job.source = volume;
    job.target = dir_ / (serial ? "serial.img" : "copy.img");
    job.pass.serial = serial;
    const auto outcome = run_copy(job, monitor_);
    ASSERT_TRUE(test::ok(outcome));
    expect_timeline(*outcome);
    EXPECT_EQ(recorder_.latencies.reads.count(), serial ? 0 : outcome->reads)
        << "one request at a time has no queue that could be timed";
    ASSERT_EQ(recorder_.maps().size(), 1u);
    const MapSums sums = sums_of(*recorder_.maps()[0]);
    EXPECT_EQ(sums.captured, outcome->captured_bytes);
    EXPECT_EQ(sums.bad, 2u * 32768);
    EXPECT_EQ(sums.data + sums.zero + sums.unreadable, sums.captured);
  }
}

TEST_F(Recorded, NobodyAskedAndNothingChanges) {
  CopyOptions job;
  job.source = mail_volume();
  job.target = dir_ / "plain.img";
  ASSERT_TRUE(test::ok(run_copy(job, monitor_)));
  monitor_.recorder = &recorder_;
  job.target = dir_ / "recorded.img";
  ASSERT_TRUE(test::ok(run_copy(job, monitor_)));
  EXPECT_EQ(test::read_file(dir_ / "plain.img"), test::read_file(dir_ / "recorded.img"));
}

TEST(JobRecorder, ManyVolumesShareABoundedNumberOfCells) {
  JobRecorder recorder;
  std::vector<VolumeMap*> maps;
  for (std::size_t i = 0; i < JobRecorder::kMapsMax; ++i) {
    maps.push_back(recorder.begin_map("v", std::uint64_t{1} << 40));
    const ExtentList all{{0, std::uint64_t{1} << 40}};
    maps.back()->set_captured(all, all);
  }
  EXPECT_EQ(recorder.begin_map("one more", 1 << 20), nullptr);
  EXPECT_EQ(recorder.volumes_total(), JobRecorder::kMapsMax + 1);
  std::size_t cells = 0;
  for (std::size_t i = 0; i < maps.size(); ++i) {
    EXPECT_EQ(maps[i], recorder.maps()[i].get()) << "a map stays where it is";
    EXPECT_EQ(sums_of(*maps[i]).captured, std::uint64_t{1} << 40);
    cells += maps[i]->cells().size();
  }
  EXPECT_LE(cells, JobRecorder::kCellsMax);
  EXPECT_GE(cells, JobRecorder::kCellsMax / 4);
}

}  // namespace
}  // namespace tintype
