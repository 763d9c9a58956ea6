// AsyncQueue over another one: takes the time of each request on its way through.
//
// A read of the file that was written to last is a read-back: no pass reads its source from there.
#pragma once

#include <chrono>
#include <vector>

#include "engine/monitor/latency_histogram.h"
#include "io/queue/async_queue.h"

namespace tintype {

struct RequestLatencies {
  LatencyHistogram reads, writes, read_backs;

  void merge(const RequestLatencies& other) noexcept {
    reads.merge(other.reads);
    writes.merge(other.writes);
    read_backs.merge(other.read_backs);
  }
};

class TimedQueue final : public AsyncQueue {
 public:
  // The tags are numbers below in_flight_max(), as the conductor's are.
  explicit TimedQueue(AsyncQueue& queue) : queue_(queue), requests_(queue.in_flight_max()) {}

  void submit(const IoRequest& request) override {
    if (request.kind == IoKind::write) written_ = request.file;
    requests_[request.tag] = {Clock::now(), request.kind == IoKind::write ? &latencies_.writes
                                            : request.file == written_    ? &latencies_.read_backs
                                                                          : &latencies_.reads};
    queue_.submit(request);
  }
  [[nodiscard]] std::size_t wait_until(std::span<IoCompletion> completions,
                                       Deadline deadline) override {
    const std::size_t count = queue_.wait_until(completions, deadline);
    const auto now = Clock::now();
    for (const IoCompletion& completion : completions.first(count))
      if (completion.kind != IoKind::wake) {
        const Request& request = requests_[completion.tag];
        request.latencies->add(now - request.started);
      }
    return count;
  }
  void wake() noexcept override { queue_.wake(); }
  [[nodiscard]] unsigned in_flight_max() const noexcept override { return queue_.in_flight_max(); }
  [[nodiscard]] std::string_view name() const noexcept override { return queue_.name(); }
  bool register_memory(std::span<std::byte> slab) override { return queue_.register_memory(slab); }

  [[nodiscard]] const RequestLatencies& latencies() const noexcept { return latencies_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Request {
    Clock::time_point started;
    LatencyHistogram* latencies = nullptr;
  };
  AsyncQueue& queue_;
  std::vector<Request> requests_;
  const File* written_ = nullptr;
  RequestLatencies latencies_;
};

}  // namespace tintype
