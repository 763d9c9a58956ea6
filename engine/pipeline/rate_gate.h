// What a runner asks before it starts a read of the source or a write of the target.
#pragma once

#include "engine/monitor/rate_limits.h"
#include "engine/pipeline/token_bucket.h"
#include "io/queue/async_queue.h"

namespace tintype {

class RateGate {
 public:
  using Time = TokenBucket::Time;

  // Null: nothing is ever held back.
  explicit RateGate(const RateLimits* limits) : limits_(limits) {}

  // Whether an operation of this size may start now; if so it is counted.
  [[nodiscard]] bool lets_through(IoKind kind, std::uint64_t bytes);
  // When to ask again after a no. Never far away, for the limit may be lifted, or the pass stopped.
  [[nodiscard]] Time ask_again_at() const noexcept { return ask_again_at_; }

 private:
  const RateLimits* limits_;
  TokenBucket reads_, writes_;
  Time ask_again_at_;
};

}  // namespace tintype
