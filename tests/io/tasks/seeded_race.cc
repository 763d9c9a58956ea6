// A race on purpose, in a TaskPool's work or in LongTasks: the thread sanitizer must find both,
// although oneTBB's frames lie below them. Built with the sanitizer only.
#include <atomic>
#include <cstdio>
#include <cstring>
#include <thread>

#include "io/tasks/long_tasks.h"
#include "io/tasks/task_pool.h"

namespace {

struct Race {
  std::atomic<int> ended{0};
  long counter = 0;  // counted by all, guarded by nobody
};

}  // namespace

int main(int argc, char** argv) {
  Race race;
  if (argc > 1 && std::strcmp(argv[1], "long") == 0) {
    tintype::LongTasks tasks(2);
    for (unsigned number = 0; number < 2; ++number)
      tasks.start(
          number,
          [](void* whose, unsigned) noexcept {
            auto& its = *static_cast<Race*>(whose);
            for (int i = 0; i < 1000; ++i) ++its.counter;
            its.ended.fetch_add(1, std::memory_order_relaxed);
          },
          &race);
    while (race.ended.load(std::memory_order_relaxed) != 2) std::this_thread::yield();
  } else {
    tintype::TaskPool(2).for_each(1000, [&](std::size_t) {
      ++race.counter;
      std::this_thread::yield();
    });
  }
  std::printf("%ld\n", race.counter);
}
