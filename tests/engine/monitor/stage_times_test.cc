#include "engine/monitor/stage_times.h"

#include <gtest/gtest.h>

namespace tintype {
namespace {

TEST(StageTimes, WhereBlocksPileUpIsWhatLimits) {
  EXPECT_EQ(StageTimes().limiting(), Stage::none);
  StageTimes times;
  times.add(1, {.reading = 14, .computing = 1, .writing = 1});
  EXPECT_EQ(times.limiting(), Stage::read);
  times.add(1, {.reading = 1, .computing = 20, .writing = 2});
  times.add(1, {.reading = 0, .computing = 28});
  EXPECT_EQ(times.limiting(), Stage::compute);
  times.add(4, {.reading = 4, .computing = 1, .writing = 16});
  EXPECT_EQ(times.limiting(), Stage::write);
}

// A short time with many blocks must not outvote a long one with few.
TEST(StageTimes, SecondsCountAndNotBlocks) {
  StageTimes times;
  times.add(1, {.reading = 16});
  times.add(2, {.reading = 0, .computing = 0, .writing = 1});
  EXPECT_EQ(times.limiting(), Stage::write);
  EXPECT_NEAR(times.share(Stage::read), 1.0 / 3, 1e-9);
}

TEST(StageTimes, ReadingBackGetsWhatNobodyElseWants) {
  StageTimes times;
  times.add(1, {.reading = 1, .reading_back = 4});
  EXPECT_EQ(times.limiting(), Stage::read);
  EXPECT_EQ(times.share(Stage::read_back), 0);
  times.add(2, {.reading_back = 1});
  EXPECT_EQ(times.limiting(), Stage::read_back);
}

TEST(StageTimes, WhatALimitHoldsBackIsTheLimits) {
  StageTimes times;
  times.add(1, {.reading = 16, .writing = 1, .reads_held = true});
  EXPECT_EQ(times.limiting(), Stage::read_limit);
  EXPECT_EQ(times.share(Stage::read), 0);
  EXPECT_NEAR(read_share(times), 16.0 / 17, 1e-9);
  times.add(2, {.writing = 16, .writes_held = true});
  EXPECT_EQ(times.limiting(), Stage::write_limit);
}

TEST(StageTimes, AMomentCanBeTakenOut) {
  StageTimes times;
  times.add(10, {.reading = 1});
  const StageTimes before = times;
  times.add(1, Stage::compute);
  EXPECT_EQ(times.since(before).limiting(), Stage::compute);
  EXPECT_NEAR(times.since(before).share(Stage::compute), 1, 1e-9);
  EXPECT_EQ(times.since(times).limiting(), Stage::none);
  EXPECT_EQ(times.since(times).share(Stage::read), 0);
}

TEST(StageTimes, IdleTimeLimitsNothing) {
  StageTimes times;
  times.add(5, {});
  times.add(1, {.writing = 1});
  EXPECT_EQ(times.limiting(), Stage::write);
}

}  // namespace
}  // namespace tintype
