// An AsyncQueue whose behaviour is a function of a seed: requests are carried out late, complete in
// random order, move fewer bytes than asked, and fail where the test says. Real files underneath.
//
// If the test has failed by the time the queue is destroyed, the seed is printed.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <random>
#include <vector>

#include "io/extent.h"
#include "io/queue/async_queue.h"

namespace tintype::test {

// A request of this kind that touches the range fails whole, moving nothing.
struct SimFault {
  const File* file = nullptr;  // null: any file
  Extent range;
  int error_number = 0;  // EIO, ENOSPC…
  IoKind kind = IoKind::read;
};

struct SimOptions {
  unsigned in_flight_max = 16;
  unsigned short_percent = 20;  // of transfers that move only some of their sectors
  std::vector<SimFault> faults;
  std::uint64_t fail_operation = 0;  // the N-th submitted request, counted from 1; 0: none
  int fail_error_number = 5;         // EIO
  // Sees every request as it is carried out, in that order, with its result.
  std::function<void(const IoRequest&, std::int32_t result)> observer;
};

class SimQueue final : public AsyncQueue {
 public:
  explicit SimQueue(std::uint64_t seed, SimOptions options = {});
  ~SimQueue() override;

  void submit(const IoRequest& request) override;
  [[nodiscard]] std::size_t wait_until(std::span<IoCompletion> completions,
                                       Deadline deadline) override;
  void wake() noexcept override;
  [[nodiscard]] unsigned in_flight_max() const noexcept override { return options_.in_flight_max; }
  [[nodiscard]] std::string_view name() const noexcept override { return "simulated"; }

  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }
  [[nodiscard]] std::uint64_t operations() const noexcept { return operations_; }  // submitted

 private:
  struct Pending {
    IoRequest request;
    int error_number = 0;    // decided at submission
    std::size_t length = 0;  // bytes to move: all, or fewer
  };

  [[nodiscard]] std::uint64_t random_below(std::uint64_t bound);
  [[nodiscard]] IoCompletion carry_out_any();

  const std::uint64_t seed_;
  const SimOptions options_;
  std::mt19937_64 random_;
  std::uint64_t operations_ = 0;
  std::vector<Pending> pending_;

  std::mutex mutex_;  // guards woken_: everything else belongs to the owner
  std::condition_variable wakes_;
  bool woken_ = false;
};

}  // namespace tintype::test
