#include "engine/bench/statistics.h"

#include <algorithm>
#include <cmath>

#include "io/invariant.h"

namespace tintype {
namespace {

constexpr double kTail = 0.025;  // on either side of a 95 % interval
constexpr double kNormalQuantile = 1.959964;
constexpr std::size_t kExactPairsMax = 2500;

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// Of two samples without any difference: how probable it is that in at most u of the pairs the
// second one is the smaller, for u = 0, 1, ...
std::vector<double> rank_distribution(std::size_t m, std::size_t n) {
  // ways[j][s]: of the ranks seen so far, choices of j whose sum exceeds the smallest possible by
  // s.
  const std::size_t pairs = m * n;
  std::vector<std::vector<double>> ways(m + 1, std::vector<double>(pairs + 1, 0.0));
  ways[0][0] = 1;
  for (std::size_t rank = 0; rank < m + n; ++rank)
    for (std::size_t j = std::min(rank + 1, m); j > 0; --j) {
      const std::size_t excess = rank - (j - 1);
      for (std::size_t s = excess; s <= pairs; ++s) ways[j][s] += ways[j - 1][s - excess];
    }
  double sum = 0;
  for (const double count : ways[m]) sum += count;
  double below = 0;
  for (double& count : ways[m]) count = (below += count) / sum;
  return ways[m];
}

// How many quotients on either side are outside of the interval, and its confidence.
struct Cut {
  std::size_t outside;
  double confidence;
};
Cut cut_of(std::size_t m, std::size_t n) {
  const std::size_t pairs = m * n;
  if (pairs > kExactPairsMax) {
    const auto product = static_cast<double>(pairs);
    const double deviation = std::sqrt(product * static_cast<double>(m + n + 1) / 12);
    return {static_cast<std::size_t>(std::max(0.0, product / 2 - kNormalQuantile * deviation)),
            RatioEstimate::kConfidence};
  }
  const std::vector<double> at_most = rank_distribution(m, n);
  // Nothing left out is the widest interval there is, whatever its confidence.
  std::size_t outside = 0;
  while (2 * (outside + 1) < pairs && at_most[outside + 1] < kTail) ++outside;
  return {outside, std::max(0.0, 1 - 2 * at_most[outside])};
}

}  // namespace

SampleSummary summarise(std::span<const double> values) {
  invariant(!values.empty(), "nothing to summarise");
  SampleSummary summary;
  summary.median = median_of({values.begin(), values.end()});
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  summary.min = *min;
  summary.max = *max;
  summary.spread = summary.median > 0 ? (*max - *min) / summary.median : 0;
  std::vector<double> distances;
  for (const double value : values) distances.push_back(std::abs(value - summary.median));
  // For normally distributed values this is their standard deviation.
  const double deviation = median_of(distances) / 0.6745;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values.size() >= 5 && distances[i] > 3.5 * deviation && distances[i] > summary.median / 20)
      summary.outliers.push_back(i);
  return summary;
}

RatioEstimate ratio_of(std::span<const double> a, std::span<const double> b) {
  invariant(!a.empty() && !b.empty(), "a ratio of nothing");
  std::vector<double> logs;  // of the quotients: they are symmetric about that of the true ratio
  logs.reserve(a.size() * b.size());
  for (const double below : a)
    for (const double above : b) logs.push_back(std::log(above / below));
  std::sort(logs.begin(), logs.end());
  const Cut cut = cut_of(a.size(), b.size());
  return {.ratio = std::exp(median_of(logs)),
          .low = std::exp(logs[cut.outside]),
          .high = std::exp(logs[logs.size() - 1 - cut.outside]),
          .confidence = cut.confidence};
}

}  // namespace tintype
