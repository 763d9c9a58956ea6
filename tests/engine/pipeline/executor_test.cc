#include "engine/pipeline/executor.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
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

// Workers that sleep in one executor are no workers of the other.
TEST(Executor, TwoAtOnceBothHaveTheirWorkers) {
  using namespace std::chrono_literals;
  std::atomic<int> ran{0}, inside{0};
  const auto first = make_executor(8);
  for (int i = 0; i < 20; ++i) first->run([&](unsigned) { ++ran; });
  while (ran < 20) std::this_thread::yield();
  for (const unsigned tasks : {1u, 2u, 3u}) {
    const auto second = make_executor(tasks);
    ASSERT_EQ(second->workers(), tasks);
    inside = 0;
    const auto begun = std::chrono::steady_clock::now();
    // They wait for one another: so many workers there are.
    for (unsigned i = 0; i < tasks; ++i)
      second->run([&](unsigned) {
        for (++inside; inside < static_cast<int>(tasks);) std::this_thread::yield();
      });
    while (inside < static_cast<int>(tasks)) std::this_thread::yield();
    // Those of the first are asleep for a second.
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 800ms);
    first->run([&](unsigned) { ++ran; });
  }
}

TEST(Executor, IsThereAfterItHadNothingToDoForLong) {
  const auto executor = make_executor(3);
  for (int round = 0; round < 2; ++round) {
    std::array<std::atomic<int>, 3> met{};
    std::atomic<int> inside{0}, ended{0};
    for (int i = 0; i < 3; ++i)
      executor->run([&](unsigned worker) {
        for (++inside; inside < 3;) std::this_thread::yield();  // all three, or the test's timeout
        ++met.at(worker);
        ++ended;
      });
    while (ended < 3) std::this_thread::yield();
    for (const auto& times : met) EXPECT_EQ(times, 1);
    std::this_thread::sleep_for(std::chrono::milliseconds(1300));
  }
}

TEST(Executor, ManyThatLiveShortlyLeaveNeitherThreadsNorMemoryBehind) {
  const auto threads = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
  };
  const auto resident_pages = [] {
    long size = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> size >> resident;
    return resident;
  };
  std::atomic<int> ran{0};
  const auto live_shortly = [&](int times) {
    for (int i = 0; i < times; ++i) {
      const auto executor = make_executor(1 + static_cast<unsigned>(i) % 3);
      for (int k = 0; k < i % 5; ++k) executor->run([&](unsigned) { ++ran; });
    }
  };
  live_shortly(50);
  const auto threads_before = threads();
  const long pages_before = resident_pages();
  live_shortly(250);
  EXPECT_EQ(ran, 600);
  EXPECT_LE(threads(), threads_before);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr long kPagesMax = 100'000;  // they keep what was freed
#else
  constexpr long kPagesMax = 250;  // one for each that lived
#endif
  EXPECT_LT(resident_pages() - pages_before, kPagesMax);
}

// However many cores there are.
TEST(Executor, HasAsManyWorkersAsItIsAskedFor) {
  std::atomic<int> inside{0};
  const auto executor = make_executor(40);
  ASSERT_EQ(executor->workers(), 40u);
  for (int i = 0; i < 40; ++i)
    executor->run([&](unsigned) {
      for (++inside; inside < 40;) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
}

}  // namespace
}  // namespace tintype
