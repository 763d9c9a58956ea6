#include "engine/pipeline/executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

namespace tintype {
namespace {

TEST(Executor, RunsEverythingBeforeItGoes) {
  std::atomic<int> ran{0};
  {
    const auto executor = make_executor(4);
    for (int i = 0; i < 1000; ++i) executor->run([&] { ++ran; });
  }
  EXPECT_EQ(ran, 1000);
}

TEST(Executor, NeverRunsOnTheCallersThreadNorOnMoreThanItsTasks) {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  {
    const auto executor = make_executor(2);
    for (int i = 0; i < 200; ++i)
      executor->run([&] {
        const std::lock_guard lock(mutex);
        threads.insert(std::this_thread::get_id());
      });
  }
  EXPECT_LE(threads.size(), 2u);
}

TEST(Executor, OneTaskIsEnoughWhileTheCallerOnlyWaits) {
  std::atomic<bool> ran{false};
  const auto executor = make_executor(1);
  executor->run([&] { ran = true; });
  while (!ran) std::this_thread::yield();  // a lost task hangs here, and the test's timeout ends it
}

}  // namespace
}  // namespace tintype
