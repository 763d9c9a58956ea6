#include "io/tasks/task_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <vector>

namespace tintype {
namespace {

TEST(TaskPool, EveryIndexIsMetOnce) {
  for (const unsigned workers : {0u, 1u, 3u}) {
    for (const std::size_t count : {0, 1, 2, 5000}) {
      std::vector<int> met(count);
      TaskPool(workers).for_each(count, [&](std::size_t i) { ++met[i]; });
      EXPECT_EQ(std::ranges::count(met, 1), static_cast<std::ptrdiff_t>(count));
    }
  }
}

// Nothing but the pool orders what the caller and the tasks write: the thread sanitizer looks on.
TEST(TaskPool, WhatWasWrittenBeforeIsSeenInAndWhatWasWrittenInIsSeenAfter) {
  long total = 0;
  for (int pass = 0; pass < 50; ++pass) {
    TaskPool pool(3);
    std::vector<std::vector<int>> rows(40, std::vector<int>(100, pass));
    std::vector<long> sums(rows.size());
    pool.for_each(rows.size(), [&](std::size_t i) {
      sums[i] = std::accumulate(rows[i].begin(), rows[i].end(), 0L);
      rows[i].clear();
    });
    for (const long sum : sums) total += sum;
  }
  EXPECT_EQ(total, 49L * 50 / 2 * 4000);
}

TEST(TaskPool, WhatABodyThrowsReachesTheCaller) {
  TaskPool pool(2);
  EXPECT_THROW(pool.for_each(100,
                             [](std::size_t i) {
                               if (i == 70) throw std::runtime_error("seventy");
                             }),
               std::runtime_error);
}

}  // namespace
}  // namespace tintype
