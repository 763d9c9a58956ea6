#include "engine/bench/kernel_bench.h"

#include <gmock/gmock.h>

#include "support/expect_ok.h"
#include "tests/engine/job/recording_monitor.h"
#include "verify/ese/page/ese_block_code.h"

namespace tintype {
namespace {

using test::ok;
using test::RecordingMonitor;

TEST(KernelBench, MeasuresEachKernelBesideMemcpy) {
  RecordingMonitor monitor;
  const auto results =
      run_kernel_bench({.runs = 2, .memory_bytes = 5 << 20, .seconds_per_run = 0.001}, monitor);
  ASSERT_TRUE(ok(results));
  EXPECT_EQ(results->methods[0].name, "memcpy L2");
  EXPECT_EQ(results->methods[1].name, "memcpy memory");
  std::size_t tiers = 0;
  for (const EseBlockCodeTier& tier : ese_block_code_tiers()) tiers += tier.usable() ? 1 : 0;
  EXPECT_EQ(results->methods.size(), 2 * (3 + tiers + 2 + 2));
  for (const BenchMethod& method : results->methods) {
    ASSERT_EQ(method.runs.size(), 2u) << method.name;
    for (const BenchRun& run : method.runs) {
      EXPECT_GT(run.bytes, 0u) << method.name;
      EXPECT_GT(run.wall_seconds, 0) << method.name;
      EXPECT_LT(static_cast<double>(run.bytes) / run.wall_seconds, 2e12)
          << method.name << ": faster than any machine: the work was optimised away";
    }
  }
}

TEST(KernelBench, StopsWhenAsked) {
  RecordingMonitor monitor;
  monitor.stop_requested = true;
  EXPECT_FALSE(run_kernel_bench({.runs = 1, .memory_bytes = 1 << 20}, monitor));
}

}  // namespace
}  // namespace tintype
