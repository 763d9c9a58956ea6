#include "engine/monitor/job_timeline.h"

#include <gtest/gtest.h>

#include <random>

namespace tintype {
namespace {

constexpr Stage kStagesAll[] = {Stage::none,       Stage::read,      Stage::compute,
                                Stage::write,      Stage::read_back, Stage::read_limit,
                                Stage::write_limit};

struct Sums {
  double seconds = 0;
  std::uint64_t read = 0, written = 0, read_back = 0;
};
Sums sums_of(const JobTimeline& timeline) {
  Sums sums;
  for (const JobTimeline::Sample& sample : timeline.samples()) {
    sums.seconds += sample.seconds;
    sums.read += sample.read_bytes;
    sums.written += sample.written_bytes;
    sums.read_back += sample.read_back_bytes;
  }
  return sums;
}

TEST(JobTimeline, MemoryIsBoundedAndNothingIsLost) {
  for (const std::size_t count : {1u, 2u, 599u, 600u, 601u, 1200u, 1201u, 100'000u}) {
    JobTimeline timeline;
    std::mt19937_64 random(count);
    PassCounters counters;
    double now = 0.5;
    timeline.begin_pass("disk", Phase::copy, now);
    for (std::size_t i = 0; i < count; ++i) {
      const double step = 0.001 + static_cast<double>(random() % 1000) * 1e-4;
      now += step;
      counters.read_bytes += random() % 1'000'000;
      counters.written_bytes += random() % 1'000'000;
      counters.read_back_bytes += random() % 1'000;
      counters.times.add(step, kStagesAll[random() % std::size(kStagesAll)]);
      timeline.add(counters, now);
    }
    timeline.end(now + 1);
    EXPECT_LE(timeline.samples().size(), JobTimeline::kSamplesMax);
    const Sums sums = sums_of(timeline);
    EXPECT_EQ(sums.read, counters.read_bytes);
    EXPECT_EQ(sums.written, counters.written_bytes);
    EXPECT_EQ(sums.read_back, counters.read_back_bytes);
    EXPECT_NEAR(sums.seconds, now + 1, 1e-6 * now);
    for (const JobTimeline::Sample& sample : timeline.samples()) {
      double shares = 0;
      for (const Stage stage : kStagesAll) shares += sample.times.share(stage);
      EXPECT_NEAR(shares, 1, 1e-9);
      EXPECT_NEAR(sample.times.seconds(), sample.seconds, 1e-6 * now);
    }
    // What is kept is fine enough: at least half of the room is used once it was full.
    if (count > 1200) {
      EXPECT_GE(timeline.samples().size(), JobTimeline::kSamplesMax / 2);
    }
  }
}

TEST(JobTimeline, TimeBetweenPassesIsNobodys) {
  JobTimeline timeline;
  timeline.begin_pass("a", Phase::copy, 2);
  PassCounters first{.read_bytes = 100};
  first.times.add(1, Stage::read);
  timeline.add(first, 3);
  timeline.begin_pass("b", Phase::copy, 5);
  PassCounters second{.read_bytes = 40, .written_bytes = 7};
  second.times.add(1, Stage::write);
  timeline.add(second, 6);
  timeline.end(10);
  ASSERT_EQ(timeline.samples().size(), 5u);
  const double seconds[] = {2, 1, 2, 1, 4};
  const double idle[] = {1, 0, 1, 0, 1};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_DOUBLE_EQ(timeline.samples()[i].seconds, seconds[i]) << i;
    EXPECT_DOUBLE_EQ(timeline.samples()[i].times.share(Stage::none), idle[i]) << i;
  }
  EXPECT_EQ(timeline.samples()[3].read_bytes, 40u) << "each pass counts from zero";
  ASSERT_EQ(timeline.passes().size(), 2u);
  EXPECT_EQ(timeline.passes()[0].name, "a");
  EXPECT_DOUBLE_EQ(timeline.passes()[0].begin_seconds, 2);
  EXPECT_DOUBLE_EQ(timeline.passes()[0].end_seconds, 3);
  EXPECT_EQ(timeline.passes()[0].limiting, Stage::read);
  EXPECT_DOUBLE_EQ(timeline.passes()[1].begin_seconds, 5);
  EXPECT_DOUBLE_EQ(timeline.passes()[1].end_seconds, 6);
  EXPECT_EQ(timeline.passes()[1].written_bytes, 7u);
  EXPECT_EQ(timeline.passes()[1].limiting, Stage::write);
}

TEST(JobTimeline, LimitsStandWhereTheyChange) {
  JobTimeline timeline;
  RateLimits limits;
  timeline.note_limits(limits, 0);
  EXPECT_TRUE(timeline.limits().empty()) << "none is no change";
  limits.read_bytes_per_second = 5;
  timeline.note_limits(limits, 1);
  timeline.note_limits(limits, 2);
  limits.write_bytes_per_second = 7;
  timeline.note_limits(limits, 3);
  limits.read_bytes_per_second = 0;
  timeline.note_limits(limits, 4);
  ASSERT_EQ(timeline.limits().size(), 3u);
  const JobTimeline::Limits expected[] = {{1, 5, 0}, {3, 5, 7}, {4, 0, 7}};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_DOUBLE_EQ(timeline.limits()[i].at_seconds, expected[i].at_seconds) << i;
    EXPECT_EQ(timeline.limits()[i].read, expected[i].read) << i;
    EXPECT_EQ(timeline.limits()[i].write, expected[i].write) << i;
  }
}

TEST(JobTimeline, ChangesOfLimitsAreBoundedAndCounted) {
  JobTimeline timeline;
  RateLimits limits;
  const std::size_t count = JobTimeline::kLimitsMax + 5;
  for (std::size_t i = 1; i <= count; ++i) {
    limits.read_bytes_per_second = i;
    timeline.note_limits(limits, static_cast<double>(i));
  }
  EXPECT_EQ(timeline.limits().size(), JobTimeline::kLimitsMax);
  EXPECT_EQ(timeline.limits_total(), count);
}

TEST(JobTimeline, PassesThatNoStageWorkedInAreIdle) {
  JobTimeline timeline;
  timeline.begin_pass("empty", Phase::copy, 0.25);
  timeline.add({}, 0.25);
  timeline.add({}, 0.75);
  double seconds = 0;
  for (const JobTimeline::Sample& sample : timeline.samples()) {
    seconds += sample.seconds;
    EXPECT_DOUBLE_EQ(sample.times.share(Stage::none), 1);
  }
  EXPECT_DOUBLE_EQ(seconds, 0.75);
}

TEST(JobTimeline, NamesOfPassesAreBoundedTheirSamplesCountAllTheSame) {
  JobTimeline timeline;
  const std::size_t count = JobTimeline::kPassesMax + 500;
  for (std::size_t i = 0; i < count; ++i) {
    timeline.begin_pass("image", Phase::copy, static_cast<double>(i));
    timeline.add({.read_bytes = 3}, static_cast<double>(i) + 0.5);
  }
  EXPECT_EQ(timeline.passes().size(), JobTimeline::kPassesMax);
  EXPECT_EQ(timeline.passes_total(), count);
  EXPECT_EQ(timeline.passes().back().read_bytes, 3u);
  EXPECT_EQ(sums_of(timeline).read, 3 * count);
  EXPECT_LE(timeline.samples().size(), JobTimeline::kSamplesMax);
}

TEST(JobTimeline, IsDueAtTheIntervalThatItHasComeTo) {
  JobTimeline timeline;
  timeline.begin_pass("disk", Phase::copy, 0);
  EXPECT_FALSE(timeline.is_due(JobTimeline::kFirstIntervalSeconds * 0.9));
  EXPECT_TRUE(timeline.is_due(JobTimeline::kFirstIntervalSeconds));
  double now = 0;
  for (std::size_t i = 0; i < 3 * JobTimeline::kSamplesMax; ++i)
    timeline.add({}, now += JobTimeline::kFirstIntervalSeconds * 1.01);
  EXPECT_GT(timeline.interval_seconds(), 2 * JobTimeline::kFirstIntervalSeconds);
  EXPECT_FALSE(timeline.is_due(now + JobTimeline::kFirstIntervalSeconds));
  EXPECT_TRUE(timeline.is_due(now + 1.001 * timeline.interval_seconds()));
}

}  // namespace
}  // namespace tintype
