// What a handful of measurements says, and what it does not. Pure.
//
// Times on a shared machine are not normally distributed: they have a floor and a long tail. So
// medians instead of means, ranks instead of variances.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tintype {

struct SampleSummary {
  double median = 0, min = 0, max = 0;
  double spread = 0;  // (max - min) / median
  // Of five values and more, the numbers of those that are far from the others: by more than 3.5
  // times what the median distance lets expect (modified z-score, Iglewicz and Hoaglin 1993), and
  // by more than a twentieth of the median.
  std::vector<std::size_t> outliers;
};
// `values` are not empty.
[[nodiscard]] SampleSummary summarise(std::span<const double> values);

struct RatioEstimate {
  static constexpr double kConfidence = 0.95;
  double ratio = 0;          // of b to a: the median of all quotients (Hodges and Lehmann)
  double low = 0, high = 0;  // an interval around it that contains the true ratio...
  double confidence = 0;     // ...so often: 0.95, or what so few values allow
  // Whether the interval leaves out 1: the two differ.
  [[nodiscard]] bool shows_difference() const noexcept {
    return confidence >= kConfidence && (low > 1 || high < 1);
  }
};
// Positive values, none of the two empty, measured independently. The interval is that of the
// Mann-Whitney test: exact up to 2500 pairs, by the normal approximation beyond.
[[nodiscard]] RatioEstimate ratio_of(std::span<const double> a, std::span<const double> b);

}  // namespace tintype
