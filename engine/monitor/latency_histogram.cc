#include "engine/monitor/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tintype {

void LatencyHistogram::add(std::chrono::nanoseconds latency) noexcept {
  // The first 32 nanoseconds have a bucket each; from there on a bucket is a 32nd of its power.
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(latency.count(), 0));
  const unsigned width = std::max(static_cast<unsigned>(std::bit_width(value)), kPartBits + 1);
  const unsigned shift = width - (kPartBits + 1);
  const std::uint64_t bucket =
      value < (1u << kPartBits) ? value : (std::uint64_t{shift} << kPartBits) + (value >> shift);
  ++counts_[std::min<std::uint64_t>(bucket, kBuckets - 1)];
  ++count_;
}

void LatencyHistogram::merge(const LatencyHistogram& other) noexcept {
  for (std::size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
}

double LatencyHistogram::within(double part) const noexcept {
  if (count_ == 0) return 0;
  const auto wanted = std::max<std::uint64_t>(
      static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(count_))), 1);
  std::uint64_t seen = 0;
  std::size_t bucket = 0;
  while (bucket + 1 < kBuckets && (seen += counts_[bucket]) < wanted) ++bucket;
  return lower_end_seconds(bucket + 1);
}

double LatencyHistogram::lower_end_seconds(std::size_t bucket) noexcept {
  constexpr std::size_t kParts = std::size_t{1} << kPartBits;
  const std::size_t power = bucket < 2 * kParts ? 0 : bucket / kParts - 1;
  return std::ldexp(static_cast<double>(bucket - power * kParts), static_cast<int>(power)) * 1e-9;
}

std::vector<LatencyHistogram::Bar> LatencyHistogram::bars() const {
  constexpr std::size_t kBucketsPerBar = 4;
  std::vector<Bar> bars;
  for (std::size_t first = 0; first < kBuckets; first += kBucketsPerBar) {
    Bar bar{lower_end_seconds(first), lower_end_seconds(first + kBucketsPerBar), 0};
    for (std::size_t i = first; i < first + kBucketsPerBar; ++i) bar.count += counts_[i];
    if (bar.count != 0) bars.push_back(bar);
  }
  return bars;
}

}  // namespace tintype
