#include "engine/monitor/latency_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace tintype {
namespace {

using std::chrono::nanoseconds;

// The slow twin: all latencies, sorted.
double exactly_within(std::vector<std::int64_t> latencies, double part) {
  std::sort(latencies.begin(), latencies.end());
  const auto rank = static_cast<std::size_t>(
      std::max(1.0, std::ceil(part * static_cast<double>(latencies.size()))));
  return static_cast<double>(latencies[rank - 1]) * 1e-9;
}

TEST(LatencyHistogram, AgreesWithASortedListToThreePercent) {
  std::mt19937_64 random(5);
  std::vector<std::int64_t> all;
  LatencyHistogram histogram, half;
  for (int i = 0; i < 20'000; ++i) {
    // From nanoseconds to an hour.
    const auto latency = static_cast<std::int64_t>(random() >> (22 + random() % 40));
    all.push_back(latency);
    (i % 2 == 0 ? histogram : half).add(nanoseconds(latency));
  }
  histogram.merge(half);
  EXPECT_EQ(histogram.count(), all.size());
  for (const double part : {0.0, 0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const double exact = exactly_within(all, part);
    EXPECT_NEAR(histogram.within(part), exact, exact * 0.033 + 2e-9) << part;
    EXPECT_GE(histogram.within(part), exact) << "never told shorter than it was";
  }
}

TEST(LatencyHistogram, TakesWhatIsAbsurd) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.within(0.5), 0);
  histogram.add(nanoseconds(-5));
  histogram.add(nanoseconds(0));
  histogram.add(nanoseconds::max());
  EXPECT_EQ(histogram.count(), 3u);
  EXPECT_GT(histogram.within(1), 1e4);
}

TEST(LatencyHistogram, BarsHoldEveryRequestWhereItBelongs) {
  LatencyHistogram histogram;
  EXPECT_TRUE(histogram.bars().empty());
  std::mt19937_64 random(9);
  std::vector<double> all;
  for (int i = 0; i < 5'000; ++i) {
    const auto latency = static_cast<std::int64_t>(random() >> (22 + random() % 40));
    histogram.add(nanoseconds(latency));
    all.push_back(static_cast<double>(latency) * 1e-9);
  }
  std::sort(all.begin(), all.end());
  const auto bars = histogram.bars();
  std::size_t taken = 0;
  double last_end = 0;
  for (const LatencyHistogram::Bar& bar : bars) {
    EXPECT_GE(bar.from_seconds, last_end);
    EXPECT_LE(bar.to_seconds, std::max(bar.from_seconds * 1.13, bar.from_seconds + 4.1e-9));
    for (std::uint64_t i = 0; i < bar.count; ++i, ++taken) {
      ASSERT_LT(taken, all.size());
      EXPECT_GE(all[taken], bar.from_seconds - 1e-15);
      EXPECT_LT(all[taken], bar.to_seconds);
    }
    last_end = bar.to_seconds;
  }
  EXPECT_EQ(taken, all.size());
}

}  // namespace
}  // namespace tintype
