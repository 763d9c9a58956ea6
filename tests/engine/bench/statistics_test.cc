// Known answers: R 4.2.2, wilcox.test(log(b), log(a), conf.int = TRUE, exact = TRUE) and pwilcox().
#include "engine/bench/statistics.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

namespace tintype {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Values = std::vector<double>;

TEST(Statistics, MediansAndSpread) {
  const SampleSummary odd = summarise(Values{3, 1, 2});
  EXPECT_EQ(odd.median, 2);
  EXPECT_EQ(odd.min, 1);
  EXPECT_EQ(odd.max, 3);
  EXPECT_EQ(odd.spread, 1);
  EXPECT_EQ(summarise(Values{4, 1, 2, 9}).median, 3);
  EXPECT_EQ(summarise(Values{5}).median, 5);
  EXPECT_EQ(summarise(Values{0, 0}).spread, 0);
}

TEST(Statistics, OutliersAreFarFromTheOthersAndMatter) {
  EXPECT_THAT(summarise(Values{1.0, 1.1, 0.9, 1.05, 3.0}).outliers, ElementsAre(4u));
  EXPECT_THAT(summarise(Values{0.2, 1.0, 1.1, 0.9, 1.05, 1.02}).outliers, ElementsAre(0u));
  EXPECT_THAT(summarise(Values{1, 2, 3, 4, 5}).outliers, IsEmpty());
  EXPECT_THAT(summarise(Values{1.000, 1.001, 1.001, 1.002, 1.04}).outliers, IsEmpty())
      << "far by their measure, but of no consequence";
  EXPECT_THAT(summarise(Values{1, 1, 9}).outliers, IsEmpty())
      << "too few to say who is the odd one";
  EXPECT_THAT(summarise(Values{1, 1, 1, 1, 9}).outliers, ElementsAre(4u)) << "no distance at all";
}

TEST(Statistics, RatiosAsRHasThem) {
  const RatioEstimate five =
      ratio_of(Values{1.91, 2.03, 1.97, 2.12, 1.95}, Values{2.21, 2.35, 2.19, 2.28, 2.90});
  EXPECT_NEAR(five.ratio, 1.157068063, 1e-9);
  EXPECT_NEAR(five.low, 1.075471698, 1e-9);
  EXPECT_NEAR(five.high, 1.472081218, 1e-9);
  EXPECT_NEAR(five.confidence, 0.9682539683, 1e-9);
  EXPECT_TRUE(five.shows_difference());

  const RatioEstimate same = ratio_of(Values{3.1, 2.9, 3.3, 3.05, 2.95, 3.2, 3.15},
                                      Values{3.0, 3.12, 2.88, 3.4, 3.02, 2.97, 3.22, 3.07});
  EXPECT_NEAR(same.ratio, 0.9903993826, 1e-9);
  EXPECT_NEAR(same.low, 0.9428571429, 1e-9);
  EXPECT_NEAR(same.high, 1.0576271186, 1e-9);
  EXPECT_NEAR(same.confidence, 0.9599067599, 1e-9);
  EXPECT_FALSE(same.shows_difference());
}

TEST(Statistics, TooFewValuesSaySo) {
  const RatioEstimate three = ratio_of(Values{1.0, 1.1, 1.2}, Values{2.0, 2.3, 2.1});
  EXPECT_NEAR(three.ratio, 1.916666667, 1e-9);
  EXPECT_NEAR(three.low, 1.666666667, 1e-9);
  EXPECT_NEAR(three.high, 2.3, 1e-9);
  EXPECT_NEAR(three.confidence, 0.9, 1e-9);
  EXPECT_FALSE(three.shows_difference());
  const RatioEstimate one = ratio_of(Values{2}, Values{3});
  EXPECT_EQ(one.ratio, 1.5);
  EXPECT_EQ(one.confidence, 0);
}

TEST(Statistics, ManyValuesAgreeWithTheExactCountAndWithTheApproximation) {
  Values a, b;
  for (int i = 0; i < 50; ++i) {
    a.push_back(std::exp(0.3 * i / 49));
    b.push_back(std::exp(0.05 + 0.31 * i / 49));
  }
  const RatioEstimate exact = ratio_of(a, b);
  EXPECT_NEAR(exact.confidence, 0.9504522764, 1e-9);
  EXPECT_NEAR(exact.ratio, 1.0565, 1e-3);
  EXPECT_NEAR(exact.low, 1.0172, 1e-3);
  EXPECT_NEAR(exact.high, 1.0973, 1e-3);
  a.push_back(a[25]);  // 2550 pairs
  const RatioEstimate approximate = ratio_of(a, b);
  EXPECT_NEAR(approximate.low, exact.low, 2e-3);
  EXPECT_NEAR(approximate.high, exact.high, 2e-3);
}

// The promise itself: in so many of a thousand experiments the interval holds the true ratio.
TEST(Statistics, TheIntervalHoldsWhatItPromises) {
  std::mt19937_64 random(11);
  std::lognormal_distribution<double> tail(0, 0.3);
  int held = 0;
  for (int experiment = 0; experiment < 1000; ++experiment) {
    Values a, b;
    for (int i = 0; i < 6; ++i) {
      a.push_back(2 * tail(random));
      b.push_back(3 * tail(random));
    }
    const RatioEstimate ratio = ratio_of(a, b);
    held += ratio.low <= 1.5 && 1.5 <= ratio.high ? 1 : 0;
  }
  EXPECT_GE(held, 935);
  EXPECT_LE(held, 980);
}

TEST(Statistics, TheRatioTheOtherWayRoundIsTheInverse) {
  const Values a{1.2, 3.4, 2.2, 2.9}, b{1.1, 4.4, 2.1, 5.2, 0.7};
  const RatioEstimate there = ratio_of(a, b), back = ratio_of(b, a);
  EXPECT_NEAR(there.ratio * back.ratio, 1, 1e-12);
  EXPECT_NEAR(there.low * back.high, 1, 1e-12);
  EXPECT_EQ(there.confidence, back.confidence);
}

}  // namespace
}  // namespace tintype
