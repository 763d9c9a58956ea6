#include "engine/pipeline/executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

namespace tintype {
namespace {

class ExecutorTest : public testing::TestWithParam<std::unique_ptr<Executor> (*)(unsigned)> {};

TEST_P(ExecutorTest, RunsEverythingBeforeItGoes) {
  std::atomic<int> ran{0};
  {
    const auto executor = GetParam()(4);
    for (int i = 0; i < 1000; ++i) executor->run([&] { ++ran; });
  }
  EXPECT_EQ(ran, 1000);
}

TEST_P(ExecutorTest, NeverRunsOnTheCallersThreadNorOnMoreThanItsTasks) {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  {
    const auto executor = GetParam()(2);
    for (int i = 0; i < 200; ++i)
      executor->run([&] {
        const std::lock_guard lock(mutex);
        threads.insert(std::this_thread::get_id());
      });
  }
  EXPECT_LE(threads.size(), 2u);
}

TEST_P(ExecutorTest, OneTaskIsEnoughWhileTheCallerOnlyWaits) {
  std::atomic<bool> ran{false};
  const auto executor = GetParam()(1);
  executor->run([&] { ran = true; });
  while (!ran) std::this_thread::yield();  // a lost task hangs here, and the test's timeout ends it
}

#if defined(__SANITIZE_THREAD__)
INSTANTIATE_TEST_SUITE_P(Executors, ExecutorTest, testing::Values(&make_thread_executor));
#else
INSTANTIATE_TEST_SUITE_P(Executors, ExecutorTest,
                         testing::Values(&make_tbb_executor, &make_thread_executor));
#endif

}  // namespace
}  // namespace tintype
