#include "engine/pipeline/recent_average.h"

#include <gtest/gtest.h>

namespace tintype {
namespace {

TEST(RecentAverage, IsNothingAtFirstAndTheValueInTheEnd) {
  RecentAverage average(0.25);
  EXPECT_EQ(average.value(), 0);
  average.add(8, 0);
  EXPECT_EQ(average.value(), 0) << "it had that value for no time";
  average.add(8, 100);
  EXPECT_NEAR(average.value(), 8, 1e-9);
}

TEST(RecentAverage, ForgetsTwoThirdsInItsTime) {
  RecentAverage average(0.25);
  average.add(10, 100);
  average.add(0, 0.25);
  EXPECT_NEAR(average.value(), 10 / 2.718281828, 1e-6);
}

TEST(RecentAverage, DoesNotMindHowOftenItIsTold) {
  RecentAverage often(0.25), once(0.25);
  for (int i = 0; i < 1000; ++i) often.add(4, 0.0003);
  once.add(4, 0.3);
  EXPECT_NEAR(often.value(), once.value(), 1e-9);
}

TEST(RecentAverage, ABurstIsLostAmongWhatLasts) {
  RecentAverage average(0.25);
  for (int i = 0; i < 100; ++i) {
    average.add(1, 0.099);
    average.add(20, 0.001);
  }
  EXPECT_LT(average.value(), 1.5);
}

}  // namespace
}  // namespace tintype
