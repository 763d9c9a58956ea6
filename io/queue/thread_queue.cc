#include "io/queue/thread_queue.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "io/invariant.h"
#include "io/start_threads.h"

namespace tintype {
namespace {

// More threads than this gain nothing: a disk that wants more in flight is one for io_uring.
constexpr unsigned kThreadsMax = 16;

class ThreadQueue final : public AsyncQueue {
 public:
  explicit ThreadQueue(unsigned in_flight_max) : in_flight_max_(in_flight_max) {
    invariant(in_flight_max > 0, "a queue of depth 0 was asked for");
    start_threads(threads_, std::min(in_flight_max, kThreadsMax),
                  [this](unsigned) { return std::jthread([this] { serve(); }); });
  }

  ~ThreadQueue() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    work_.notify_all();
    threads_.clear();  // joins; each leaves only when nothing is pending
  }

  void submit(const IoRequest& request) override {
    invariant(in_flight_ < in_flight_max_, "more requests in flight than the queue allows");
    invariant(is_sound(request), "a request without a file, too large, or of kind wake");
    ++in_flight_;
    {
      const std::lock_guard lock(mutex_);
      pending_.push_back(request);
    }
    work_.notify_one();
  }

  std::size_t wait_until(std::span<IoCompletion> completions, Deadline deadline) override {
    invariant(!completions.empty(), "a wait without room for a completion");
    std::unique_lock lock(mutex_);
    const auto has_news = [this] { return woken_ || !done_.empty(); };
    if (deadline == kNoDeadline)  // which the library would turn into a time of another clock
      news_.wait(lock, has_news);
    else if (!news_.wait_until(lock, deadline, has_news))
      return 0;
    std::size_t count = 0;
    if (std::exchange(woken_, false)) completions[count++] = {};
    for (; count < completions.size() && !done_.empty(); ++count, --in_flight_) {
      completions[count] = done_.front();
      done_.pop_front();
    }
    return count;
  }

  void wake() noexcept override {
    // Told under the lock: once it is free, the owner may return from wait() and go away with
    // the queue.
    const std::lock_guard lock(mutex_);
    woken_ = true;
    news_.notify_one();
  }

  unsigned in_flight_max() const noexcept override { return in_flight_max_; }
  std::string_view name() const noexcept override { return "threads"; }

 private:
  void serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
      work_.wait(lock, [this] { return stopping_ || !pending_.empty(); });
      if (pending_.empty()) return;
      const IoRequest request = pending_.front();
      pending_.pop_front();
      lock.unlock();
      const IoCompletion completion = {
          .kind = request.kind, .result = carry_out(request), .tag = request.tag};
      lock.lock();
      done_.push_back(completion);
      news_.notify_one();
    }
  }

  const unsigned in_flight_max_;
  unsigned in_flight_ = 0;  // the owner's: submitted and not yet returned

  std::mutex mutex_;  // guards all below but threads_
  std::condition_variable work_;
  std::condition_variable news_;
  std::deque<IoRequest> pending_;
  std::deque<IoCompletion> done_;
  bool woken_ = false;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace

std::int32_t carry_out(const IoRequest& request) {
  const auto failed = [](const Error& error) { return -error.code.value(); };
  if (request.kind == IoKind::read) {
    const auto got = request.file->read_at(request.offset, request.bytes);
    return got ? static_cast<std::int32_t>(*got) : failed(got.error());
  }
  const auto put = request.file->write_at(request.offset, request.bytes);
  return put ? static_cast<std::int32_t>(request.bytes.size()) : failed(put.error());
}

std::unique_ptr<AsyncQueue> make_thread_queue(unsigned in_flight_max) {
  return std::make_unique<ThreadQueue>(in_flight_max);
}

}  // namespace tintype
