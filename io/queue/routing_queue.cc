#include "io/queue/routing_queue.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>
#include <vector>

#include "io/file/remote_reader.h"
#include "io/invariant.h"

namespace tintype {
namespace {

class RoutingQueue final : public AsyncQueue, private ReadSink {
 public:
  explicit RoutingQueue(std::unique_ptr<AsyncQueue> local) : local_(std::move(local)) {
    // read_done() is noexcept: it must never have to ask for memory.
    inbox_.reserve(local_->in_flight_max());
    arrived_.reserve(local_->in_flight_max());
  }

  ~RoutingQueue() override {
    std::array<IoCompletion, 16> ignored;
    while (in_flight_ > 0) static_cast<void>(wait(ignored));
    // The last read_done() may still be leaving its lock.
    const std::lock_guard lock(mutex_);
  }

  void submit(const IoRequest& request) override {
    invariant(in_flight_ < local_->in_flight_max(),
              "more requests in flight than the queue allows");
    const bool is_remote = request.kind == IoKind::read && request.file != nullptr &&
                           request.file->remote() != nullptr;
    ++in_flight_;
    if (!is_remote) {  // a write to a remote file too: it has no handle, and ends in EBADF
      local_->submit(request);
      return;
    }
    invariant(is_sound(request), "a request without a file, too large, or of kind wake");
    request.file->remote()->start_read(request.offset, request.bytes, *this, request.tag);
  }

  std::size_t wait_until(std::span<IoCompletion> completions, Deadline deadline) override {
    invariant(!completions.empty(), "a wait without room for a completion");
    for (;;) {
      // What had no room last time must not wait for news; but the queue beneath is asked all the
      // same, for what was submitted goes on its way there.
      if (!arrived_.empty()) local_->wake();
      const auto got = completions.first(local_->wait_until(completions, deadline));
      // The wake beneath says "look here": wake() was called, or remote reads are done, or both.
      const auto wake = std::ranges::find(got, IoKind::wake, &IoCompletion::kind);
      std::size_t count = got.size();
      if (wake != got.end()) {
        std::rotate(wake, wake + 1, got.end());
        --count;
        if (take_news()) completions[count++] = {};
      }
      in_flight_ -= static_cast<unsigned>(std::ranges::count_if(
          completions.first(count),
          [](const IoCompletion& completion) { return completion.kind != IoKind::wake; }));
      const std::size_t room = std::min(completions.size() - count, arrived_.size());
      std::copy_n(arrived_.begin(), room, completions.begin() + static_cast<std::ptrdiff_t>(count));
      arrived_.erase(arrived_.begin(), arrived_.begin() + static_cast<std::ptrdiff_t>(room));
      in_flight_ -= static_cast<unsigned>(room);
      if (count + room > 0 || got.empty()) return count + room;
    }
  }

  void wake() noexcept override {
    // Under the lock: once it is free, the owner may return from wait() and go away with the queue.
    const std::lock_guard lock(mutex_);
    woken_ = true;
    local_->wake();
  }

  unsigned in_flight_max() const noexcept override { return local_->in_flight_max(); }
  std::string_view name() const noexcept override { return local_->name(); }
  bool register_memory(std::span<std::byte> slab) override { return local_->register_memory(slab); }

 private:
  void read_done(std::uint64_t ticket, std::int32_t result) noexcept override {
    const std::lock_guard lock(mutex_);
    inbox_.push_back({.kind = IoKind::read, .result = result, .tag = ticket});
    if (inbox_.size() == 1) local_->wake();
  }

  // Empties the inbox; whether wake() was called.
  bool take_news() {
    const std::lock_guard lock(mutex_);
    arrived_.insert(arrived_.end(), inbox_.begin(), inbox_.end());
    inbox_.clear();
    return std::exchange(woken_, false);
  }

  const std::unique_ptr<AsyncQueue> local_;
  unsigned in_flight_ = 0;             // of both ways: submitted and not yet returned
  std::vector<IoCompletion> arrived_;  // the owner's: remote reads that had no room yet

  std::mutex mutex_;  // guards what is below
  std::vector<IoCompletion> inbox_;
  bool woken_ = false;
};

}  // namespace

std::unique_ptr<AsyncQueue> make_routing_queue(std::unique_ptr<AsyncQueue> local) {
  return std::make_unique<RoutingQueue>(std::move(local));
}

}  // namespace tintype
