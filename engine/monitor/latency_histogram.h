// How long requests took: counts in buckets that are 3 % wide, from a microsecond to hours. Fixed
// memory, whatever the number of requests.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <vector>

namespace tintype {

class LatencyHistogram {
 public:
  void add(std::chrono::nanoseconds latency) noexcept;
  void merge(const LatencyHistogram& other) noexcept;

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  // Seconds within which this part (0…1) of the requests was done; 0 if there were none.
  [[nodiscard]] double within(double part) const noexcept;

  // For drawing: eight bars a power of two, those without a request left out, ascending.
  struct Bar {
    double from_seconds = 0, to_seconds = 0;
    std::uint64_t count = 0;
  };
  [[nodiscard]] std::vector<Bar> bars() const;

 private:
  // Powers of two, each in 32 parts.
  static constexpr unsigned kPartBits = 5;
  static constexpr std::size_t kBuckets = (48u - kPartBits) << kPartBits;
  static double lower_end_seconds(std::size_t bucket) noexcept;

  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t count_ = 0;
};

}  // namespace tintype
