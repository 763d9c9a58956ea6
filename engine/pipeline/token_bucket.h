// A limit on bytes per second: may a request start now, and if not, when? Pure: it is told the
// time.
//
// A request starts when it is paid for, and every moment pays. So N bytes have started after
// N / rate seconds, whatever pieces they come in. Unused pay is kept for a quarter of a second:
// long enough that a thread which wakes late catches up, short enough that a stalled disk is not
// followed by a burst.
#pragma once

#include <chrono>
#include <cstdint>

namespace tintype {

class TokenBucket {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // 0: no limit. Counts from `now`; what was saved at the old rate stays, what was never limited
  // has saved nothing.
  void set_rate(std::uint64_t bytes_per_second, Time now) noexcept;
  [[nodiscard]] std::uint64_t rate() const noexcept { return rate_; }

  // Whether the request may start. If so it is paid; if not, it is the one that is saved for.
  [[nodiscard]] bool take(std::uint64_t bytes, Time now) noexcept;
  // When take() will say yes if nobody else takes: now, or later.
  [[nodiscard]] Time ready_at(std::uint64_t bytes, Time now) const noexcept;

 private:
  [[nodiscard]] double saved_at(std::uint64_t bytes, Time now) const noexcept;

  std::uint64_t rate_ = 0;
  double saved_bytes_ = 0;           // at time_
  std::uint64_t waiting_bytes_ = 0;  // of the request that was told to wait
  Time time_;
};

}  // namespace tintype
