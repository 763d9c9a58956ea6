// Trees of small files between large ones: limits hold for them as well, and few of them are open
// at once, however long the large ones' writes take.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>

#include "engine/pipeline/pass_runner.h"
#include "support/random_bytes.h"
#include "tests/engine/extract/extract_fixture.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using test::must;
using test::RecordingMonitor;

constexpr int kFolders = 12, kSmallInEach = 60;
constexpr std::uint64_t kSmallBytes = 4096, kLargeBytes = 500 << 10;

// The process may open no more files than this, while it lives.
class FewHandles {
 public:
  explicit FewHandles(rlim_t most) {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    rlimit few = before_;
    few.rlim_cur = most;
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  }
  ~FewHandles() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  FewHandles(const FewHandles&) = delete;
  FewHandles& operator=(const FewHandles&) = delete;

 private:
  rlimit before_{};
};

class ExtractManyFiles : public testing::TestWithParam<bool> {
 protected:
  // A large file and what is small beside it share their chunks.
  void SetUp() override {
    for (int folder = 0; folder < kFolders; ++folder) {
      const std::string path = dir_ / ("content/" + std::to_string(folder));
      fs::create_directories(path);
      test::write_file(path + "/large", test::random_bytes(kLargeBytes, folder));
      for (int i = 0; i < kSmallInEach; ++i)
        test::write_file(path + "/" + std::to_string(i),
                         test::random_bytes(kSmallBytes, 1000 * folder + i));
    }
    test::make_ext4_of(dir_ / "content", dir_ / "disk");
    options_ = {.sources = test::back_up({dir_ / "disk"}, dir_ / "repo"),
                .paths = {"/"},
                .folder = dir_ / "out"};
    options_.pass.serial = GetParam();
  }
  void expect_equal() const {
    const auto files = test::files_below(dir_ / "content");
    EXPECT_EQ(files.size(), kFolders * (kSmallInEach + 1u));
    for (const std::string& file : files)
      EXPECT_TRUE(test::read_file(dir_ / ("out/" + file)) ==
                  test::read_file(dir_ / ("content/" + file)))
          << file;
  }

  test::TempDir dir_;
  RecordingMonitor monitor_;
  ExtractOptions options_;
};
INSTANTIATE_TEST_SUITE_P(, ExtractManyFiles, testing::Bool(), [](const auto& runner) {
  return std::string(runner.param ? "serial" : "overlapped");
});

TEST_P(ExtractManyFiles, SmallOnesArePaidForToo) {
  options_.paths.clear();
  for (int i = 0; i < kSmallInEach; ++i) options_.paths.push_back("*/" + std::to_string(i));
  options_.read_back = false;
  monitor_.limits.write_bytes_per_second = kFolders * kSmallInEach * kSmallBytes / 4;
  const auto started = Clock::now();
  const auto outcome = must(run_extract(options_, monitor_));
  const double seconds = std::chrono::duration<double>(Clock::now() - started).count();
  EXPECT_EQ(outcome.pass.written_bytes, kFolders * kSmallInEach * kSmallBytes);
  EXPECT_GE(seconds, 3.99) << "all of it is written in place()";
  EXPECT_EQ(outcome.pass.limiting, Stage::write_limit);
}

TEST_P(ExtractManyFiles, FewAreOpenWhileTheLargeOnesWait) {
  const FewHandles few(300);
  monitor_.limits.write_bytes_per_second = 16 << 20;
  ASSERT_TRUE(test::ok(run_extract(options_, monitor_)));
  expect_equal();
}

TEST_P(ExtractManyFiles, TooFewHandlesAreOneLineThatNamesTheFile) {
  const FewHandles few(40);
  const auto outcome = run_extract(options_, monitor_);
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().line().starts_with("cannot create " + (dir_ / "out/")))
      << outcome.error().line();
  EXPECT_TRUE(
      outcome.error().line().ends_with("Too many open files (raise the limit of 40 open "
                                       "files: ulimit -n, or LimitNOFILE= of the unit)"))
      << outcome.error().line();
  EXPECT_EQ(outcome.error().line().find("/out/out/"), std::string::npos);
}

// Asks for a stop at the first report of something done.
class ImpatientMonitor final : public JobMonitor {
 public:
  void progress(const Progress& progress) override {
    if (progress.phase == Phase::copy && progress.read_bytes > 0) stop_requested = true;
  }
};

// They lie in the file records of NTFS, and no pass reads them.
class ExtractResidentFiles : public testing::Test {
 protected:
  static constexpr int kFiles = 20;
  static constexpr std::uint64_t kBytes = 300;

  void SetUp() override {
    test::make_ntfs(dir_ / "disk");
    for (int i = 0; i < kFiles; ++i) {
      test::write_file(dir_ / "file", test::random_bytes(kBytes, i));
      test::put_into_ntfs(dir_ / "disk", dir_ / "file", "/" + std::to_string(i));
    }
    options_ = {.sources = test::back_up({dir_ / "disk"}, dir_ / "repo"),
                .paths = {"/"},
                .folder = dir_ / "out",
                .read_back = false};
  }

  test::TempDir dir_;
  ExtractOptions options_;
};

TEST_F(ExtractResidentFiles, ArePaidForToo) {
  RecordingMonitor monitor;
  monitor.limits.write_bytes_per_second = kFiles * kBytes / 2;
  const auto started = Clock::now();
  const auto outcome = must(run_extract(options_, monitor));
  EXPECT_GE(std::chrono::duration<double>(Clock::now() - started).count(), 1.99);
  EXPECT_EQ(outcome.pass.written_bytes, kFiles * kBytes);
  EXPECT_THAT(monitor.limiting, testing::Contains(Stage::write_limit));
  for (int i = 0; i < kFiles; ++i)
    EXPECT_TRUE(test::read_file(dir_ / ("out/" + std::to_string(i))) ==
                test::random_bytes(kBytes, i));
}

TEST_F(ExtractResidentFiles, StopWhileTheyWait) {
  ImpatientMonitor monitor;
  monitor.limits.write_bytes_per_second = kFiles * kBytes / 60;
  const auto started = Clock::now();
  const auto outcome = run_extract(options_, monitor);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().line(), stopped_error().value().line());
  EXPECT_LT(std::chrono::duration<double>(Clock::now() - started).count(), 30);
  EXPECT_TRUE(test::files_below(dir_ / "out").empty());
}

}  // namespace
}  // namespace tintype
