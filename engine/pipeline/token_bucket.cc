#include "engine/pipeline/token_bucket.h"

#include <algorithm>

namespace tintype {
namespace {

constexpr double kKeptSeconds = 0.25;

double seconds(TokenBucket::Time::duration duration) noexcept {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

void TokenBucket::set_rate(std::uint64_t bytes_per_second, Time now) noexcept {
  saved_bytes_ = rate_ == 0 ? 0 : saved_at(waiting_bytes_, now);
  time_ = now;
  rate_ = bytes_per_second;
}

// The request that waits may save up all it needs, however slow the rate.
double TokenBucket::saved_at(std::uint64_t bytes, Time now) const noexcept {
  const double rate = static_cast<double>(rate_);
  const double most = std::max(saved_bytes_, static_cast<double>(bytes) + rate * kKeptSeconds);
  return std::min(most, saved_bytes_ + rate * std::max(0.0, seconds(now - time_)));
}

bool TokenBucket::take(std::uint64_t bytes, Time now) noexcept {
  if (rate_ == 0) return true;
  const double saved = saved_at(bytes, now);
  // A thousandth of a byte: the time told by ready_at() is rounded.
  if (saved + 1e-3 < static_cast<double>(bytes)) {
    waiting_bytes_ = bytes;
    return false;
  }
  waiting_bytes_ = 0;
  saved_bytes_ = saved - static_cast<double>(bytes);
  time_ = std::max(time_, now);
  return true;
}

TokenBucket::Time TokenBucket::ready_at(std::uint64_t bytes, Time now) const noexcept {
  if (rate_ == 0) return now;
  const double missing = static_cast<double>(bytes) - saved_at(bytes, now);
  if (missing <= 0) return now;
  // A wait longer than a day is told as one: the caller asks again.
  const double wait = std::min(missing / static_cast<double>(rate_), 86400.0);
  return now + std::chrono::ceil<Time::duration>(std::chrono::duration<double>(wait));
}

}  // namespace tintype
