#include "engine/bench/copy_bench.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "support/expect_ok.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "tests/engine/job/recording_monitor.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::ok;
using test::RecordingMonitor;
using ::testing::HasSubstr;

TEST(CopyBench, RunsEveryModeAndRemovesWhatItWrote) {
  const test::TempDir dir;
  const auto content = test::random_bytes(2 << 20);
  test::write_file(dir / "volume", content);
  fs::create_directory(dir / "repo");
  test::write_file(dir / "repo/tintype.json", content);  // somebody's
  RecordingMonitor monitor;
  const auto results =
      run_copy_bench({.volume = dir / "volume", .folder = dir / "repo", .runs = 2}, monitor);
  ASSERT_TRUE(ok(results));
  std::vector<std::string> names;
  for (const BenchMethod& method : results->methods) {
    names.push_back(method.name);
    ASSERT_EQ(method.runs.size(), 2u);
    for (const BenchRun& run : method.runs) {
      EXPECT_EQ(run.bytes, content.size());
      EXPECT_NE(run.limiting, "");
    }
  }
  EXPECT_EQ(names, copy_bench_modes());
  EXPECT_EQ(names.size(), 12u);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir / "repo"), {}), 1);
  EXPECT_EQ(test::read_file(dir / "repo/tintype.json"), content);
  EXPECT_EQ(test::read_file(dir / "volume"), content);
  EXPECT_EQ(monitor.warnings.size(), 2u) << "each warning once, not with every run";
}

// bench/copy_bench.py measures the same under the same names: their results can be compared.
TEST(CopyBench, CallsTheModesAsTheScriptDoes) {
  std::ifstream in(std::string(TINTYPE_SOURCE_DIR) +
                   "/bench/results/epyc/2026-11-25-mixed-4GiB.json");
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  for (const std::string& mode : copy_bench_modes())
    EXPECT_THAT(text, HasSubstr("\"" + mode + "\"")) << mode;
}

TEST(CopyBench, AJobThatFailsEndsItAndLeavesNothing) {
  const test::TempDir dir;
  fs::create_directory(dir / "to");
  RecordingMonitor monitor;
  EXPECT_FALSE(run_copy_bench({.volume = dir / "nothing", .folder = dir / "to"}, monitor));
  test::write_file(dir / "volume", test::random_bytes(1 << 20));
  EXPECT_FALSE(run_copy_bench({.volume = dir / "volume", .folder = dir / "nowhere"}, monitor));
  EXPECT_FALSE(
      run_copy_bench({.volume = dir / "volume", .folder = dir / "to", .only = "zip"}, monitor));
  EXPECT_TRUE(fs::is_empty(dir / "to"));
}

}  // namespace
}  // namespace tintype
