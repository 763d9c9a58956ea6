#include "io/tasks/long_tasks.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "io/tasks/task_pool.h"

namespace tintype {
namespace {

using namespace std::chrono_literals;

// Tasks that run until they are let go.
struct Held {
  std::atomic<int> begun{0}, ended{0};
  std::atomic<bool> let_go{false};

  void start(LongTasks& tasks, unsigned number) {
    tasks.start(
        number,
        [](void* whose, unsigned) noexcept {
          auto& all = *static_cast<Held*>(whose);
          ++all.begun;
          while (!all.let_go) std::this_thread::sleep_for(1ms);
          ++all.ended;
        },
        this);
  }
  // Or the test's timeout ends it.
  void wait_until_begun(int count) const {
    while (begun < count) std::this_thread::sleep_for(1ms);
  }
  void end(int count) {
    let_go = true;
    while (ended < count) std::this_thread::sleep_for(1ms);
  }
};

TEST(LongTasks, AllRunAtOnceWhateverOthersDo) {
  Held some, others;
  LongTasks four(4), three(3);
  ASSERT_EQ(four.workers(), 4u);
  ASSERT_EQ(three.workers(), 3u);
  some.start(four, 0);
  some.start(four, 2);
  some.wait_until_begun(2);
  for (unsigned number = 0; number < 3; ++number) others.start(three, number);
  others.wait_until_begun(3);
  some.start(four, 3);
  some.wait_until_begun(3);
  // Two that wait for one another need two threads: the caller and another.
  std::atomic<int> inside{0};
  TaskPool(1).for_each(2, [&](std::size_t) {
    for (++inside; inside < 2;) std::this_thread::sleep_for(1ms);
  });
  others.end(3);
  some.end(3);
}

// A thread stays a while where its task was, searching for more: longer than anybody likes to wait,
// if the machine has much else to do.
TEST(LongTasks, DoNotWaitForTheThreadsOfThoseBefore) {
  int late = 0;
  for (int i = 0; i < 100; ++i) {
    Held held;
    LongTasks tasks(2);
    const auto begun = std::chrono::steady_clock::now();
    held.start(tasks, 0);
    held.start(tasks, 1);
    held.wait_until_begun(2);
    late += std::chrono::steady_clock::now() - begun > 400ms;
    held.end(2);
  }
  EXPECT_LT(late, 5);
}

TEST(LongTasksDeathTest, AreNothingForAChildWhoseParentHadSome) {
  LongTasks(1);
  EXPECT_DEATH(LongTasks(1), "tasks after a fork");  // in a child, says GoogleTest
}

}  // namespace
}  // namespace tintype
