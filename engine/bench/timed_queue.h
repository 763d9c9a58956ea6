// AsyncQueue over another one: takes the time of each request on its way through.
#pragma once

#include <chrono>
#include <vector>

#include "engine/bench/latency_histogram.h"
#include "io/async_queue.h"

namespace tintype {

class TimedQueue final : public AsyncQueue {
 public:
  // The tags are numbers below in_flight_max(), as the conductor's are.
  explicit TimedQueue(AsyncQueue& queue) : queue_(queue), started_(queue.in_flight_max()) {}

  void submit(const IoRequest& request) override {
    started_[request.tag] = Clock::now();
    queue_.submit(request);
  }
  [[nodiscard]] std::size_t wait_until(std::span<IoCompletion> completions,
                                       Deadline deadline) override {
    const std::size_t count = queue_.wait_until(completions, deadline);
    const auto now = Clock::now();
    for (const IoCompletion& completion : completions.first(count))
      if (completion.kind != IoKind::wake) latencies_.add(now - started_[completion.tag]);
    return count;
  }
  void wake() noexcept override { queue_.wake(); }
  [[nodiscard]] unsigned in_flight_max() const noexcept override { return queue_.in_flight_max(); }
  [[nodiscard]] std::string_view name() const noexcept override { return queue_.name(); }
  bool register_memory(std::span<std::byte> slab) override { return queue_.register_memory(slab); }

  [[nodiscard]] const LatencyHistogram& latencies() const noexcept { return latencies_; }

 private:
  using Clock = std::chrono::steady_clock;
  AsyncQueue& queue_;
  std::vector<Clock::time_point> started_;
  LatencyHistogram latencies_;
};

}  // namespace tintype
