#include "engine/bench/device_bench.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "support/expect_ok.h"
#include "support/loop_device.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "tests/engine/job/recording_monitor.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::ok;
using test::RecordingMonitor;
using ::testing::HasSubstr;

DeviceBenchOptions small(const std::string& path) {
  return {.path = path,
          .accesses = {},
          .block_bytes = {4096, 65536},
          .depths = {1, 8},
          .bytes = 1 << 20,
          .runs = 2};
}

TEST(DeviceBench, MeasuresEveryCombinationInAFolderAndLeavesNothing) {
  const test::TempDir dir;
  RecordingMonitor monitor;
  for (const bool direct : {true, false}) {
    DeviceBenchOptions options = small(dir.path());
    options.direct = direct;
    options.queue_engine = direct ? QueueEngine::automatic : QueueEngine::threads;
    const auto results = run_device_bench(options, monitor);
    ASSERT_TRUE(ok(results));
    ASSERT_EQ(results->methods.size(), 4u * 2 * 2);
    EXPECT_EQ(results->methods[0].name, "read bs=4KiB iodepth=1");
    EXPECT_EQ(results->methods[15].name, "copy bs=64KiB iodepth=8");
    for (const BenchMethod& method : results->methods) {
      ASSERT_EQ(method.runs.size(), 2u) << method.name;
      for (const BenchRun& run : method.runs) {
        EXPECT_EQ(run.bytes, 1u << 20);
        EXPECT_GT(run.wall_seconds, 0);
        EXPECT_GT(run.latency_median_seconds, 0);
        EXPECT_GE(run.latency_99_seconds, run.latency_median_seconds);
      }
    }
    EXPECT_TRUE(fs::is_empty(dir.path()));
  }
}

TEST(DeviceBench, WhatHasANameIsOnlyRead) {
  const test::TempDir dir;
  RecordingMonitor monitor;
  const auto content = test::random_bytes(3 << 20);
  test::write_file(dir / "mail.edb", content);
  ASSERT_TRUE(ok(run_device_bench(small(dir / "mail.edb"), monitor)));
  for (const DeviceAccess access : {DeviceAccess::write, DeviceAccess::copy}) {
    DeviceBenchOptions options = small(dir / "mail.edb");
    options.accesses = {DeviceAccess::read, access};
    options.write_to_device = true;
    const auto refused = run_device_bench(options, monitor);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().line(), HasSubstr("is no block device: it is not written to"));
  }
  EXPECT_EQ(test::read_file(dir / "mail.edb"), content);
}

TEST(DeviceBench, ADeviceIsWrittenToOnlyWhenThatWasAskedFor) {
  const test::TempDir dir;
  const auto content = test::random_bytes(2 << 20);
  test::write_file(dir / "backing", content);
  RecordingMonitor monitor;
  {
    const auto loop = test::LoopDevice::attach(dir / "backing");
    if (!loop) GTEST_SKIP() << loop.error();
    DeviceBenchOptions options = small(loop->path());
    ASSERT_TRUE(ok(run_device_bench(options, monitor)));
    options.accesses = {DeviceAccess::write};
    EXPECT_FALSE(run_device_bench(options, monitor));
  }
  EXPECT_EQ(test::read_file(dir / "backing"), content);
  {
    const auto loop = test::LoopDevice::attach(dir / "backing");
    DeviceBenchOptions options = small(loop->path());
    options.accesses = {DeviceAccess::write};
    options.write_to_device = true;
    ASSERT_TRUE(ok(run_device_bench(options, monitor)));
  }
  const auto written = test::read_file(dir / "backing");
  EXPECT_NE(written, content);
  EXPECT_TRUE(std::equal(written.begin() + (1 << 20), written.end(), content.begin() + (1 << 20)))
      << "only as far as it was told";
}

TEST(DeviceBench, RefusesWhatMakesNoSense) {
  const test::TempDir dir;
  RecordingMonitor monitor;
  const auto refused = [&](auto change) {
    DeviceBenchOptions options = small(dir.path());
    change(options);
    return !run_device_bench(options, monitor);
  };
  EXPECT_TRUE(refused([](auto& o) { o.block_bytes = {5000}; }));
  EXPECT_TRUE(refused([](auto& o) { o.block_bytes = {512}; }));
  EXPECT_TRUE(refused([](auto& o) { o.block_bytes = {32 << 20}; }));
  EXPECT_TRUE(refused([](auto& o) { o.block_bytes = {}; }));
  EXPECT_TRUE(refused([](auto& o) { o.runs = 0; }));
  EXPECT_TRUE(refused([](auto& o) { o.bytes = 100; }));
  EXPECT_TRUE(refused([](auto& o) { o.path += "/nothing"; }));
  test::write_file(dir / "tiny", test::random_bytes(4096));
  EXPECT_TRUE(refused([&](auto& o) { o.path = dir / "tiny"; }));
}

TEST(DeviceBench, StopsWhenAsked) {
  const test::TempDir dir;
  RecordingMonitor monitor;
  monitor.stop_requested = true;
  const auto stopped = run_device_bench(small(dir.path()), monitor);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, std::errc::operation_canceled);
  EXPECT_TRUE(fs::is_empty(dir.path()));
}

}  // namespace
}  // namespace tintype
