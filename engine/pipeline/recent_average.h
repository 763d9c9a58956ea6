// A quantity that changes by steps, averaged over the last moments: what counts is how long it had
// each value, and the longer ago, the less.
#pragma once

#include <cmath>

namespace tintype {

class RecentAverage {
 public:
  // After this time an older value counts a third (1/e) of what it did.
  explicit RecentAverage(double memory_seconds) noexcept : memory_seconds_(memory_seconds) {}

  // It was `value` for the last `seconds`.
  void add(double value, double seconds) noexcept {
    value_ += (value - value_) * -std::expm1(-seconds / memory_seconds_);
  }
  [[nodiscard]] double value() const noexcept { return value_; }  // 0 at first

 private:
  double memory_seconds_;
  double value_ = 0;
};

}  // namespace tintype
