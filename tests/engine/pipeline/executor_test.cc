#include "engine/pipeline/executor.h"

#include <gtest/gtest.h>

#include <array>
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
    for (int i = 0; i < 1000; ++i) executor->run([&](unsigned) { ++ran; });
  }
  EXPECT_EQ(ran, 1000);
}

TEST(Executor, NeverRunsOnTheCallersThreadNorOnMoreThanItsTasks) {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  {
    const auto executor = make_executor(2);
    for (int i = 0; i < 200; ++i)
      executor->run([&](unsigned) {
        const std::lock_guard lock(mutex);
        threads.insert(std::this_thread::get_id());
      });
  }
  EXPECT_LE(threads.size(), 2u);
}

// What belongs to a worker needs no lock.
TEST(Executor, NoTwoWorksAreWithTheSameWorkerAtOnce) {
  std::array<std::atomic<int>, 3> working{};
  std::atomic<int> ran{0}, overlaps{0};
  {
    const auto executor = make_executor(3);
    ASSERT_EQ(executor->workers(), 3u);
    for (int i = 0; i < 2000; ++i)
      executor->run([&](unsigned worker) {
        overlaps += working.at(worker)++;
        std::this_thread::yield();
        --working.at(worker);
        ++ran;
      });
  }
  EXPECT_EQ(ran, 2000);
  EXPECT_EQ(overlaps, 0);
}

TEST(Executor, OneTaskIsEnoughWhileTheCallerOnlyWaits) {
  std::atomic<bool> ran{false};
  const auto executor = make_executor(1);
  executor->run([&](unsigned) { ran = true; });
  while (!ran) std::this_thread::yield();  // a lost task hangs here, and the test's timeout ends it
}

}  // namespace
}  // namespace tintype
