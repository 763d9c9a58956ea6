#include "engine/pipeline/rate_gate.h"

#include <algorithm>

namespace tintype {
namespace {

constexpr auto kAskAgain = std::chrono::milliseconds(100);

}  // namespace

bool RateGate::lets_through(IoKind kind, std::uint64_t bytes) {
  if (limits_ == nullptr) return true;
  const bool reads = kind == IoKind::read;
  TokenBucket& bucket = reads ? reads_ : writes_;
  const std::uint64_t rate =
      (reads ? limits_->read_bytes_per_second : limits_->write_bytes_per_second)
          .load(std::memory_order_relaxed);
  if (rate == 0 && bucket.rate() == 0) return true;
  const Time now = std::chrono::steady_clock::now();
  if (rate != bucket.rate()) bucket.set_rate(rate, now);
  if (bucket.take(bytes, now)) return true;
  const Time ready = std::min(bucket.ready_at(bytes, now), now + kAskAgain);
  // Of two lanes held back at once, the sooner.
  ask_again_at_ = ask_again_at_ > now ? std::min(ask_again_at_, ready) : ready;
  return false;
}

}  // namespace tintype
