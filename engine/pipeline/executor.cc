#include "engine/pipeline/executor.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "io/start_threads.h"

namespace tintype {
namespace {

class ThreadExecutor final : public Executor {
 public:
  explicit ThreadExecutor(unsigned tasks) {
    start_threads(threads_, tasks,
                  [this](unsigned i) { return std::thread([this, i] { work_until_closed(i); }); });
  }

  ~ThreadExecutor() override {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

  void run(Work work) override {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(work));
    }
    changed_.notify_one();
  }

  unsigned workers() const noexcept override { return static_cast<unsigned>(threads_.size()); }

 private:
  void work_until_closed(unsigned worker) {
    for (;;) {
      Work work;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        work = std::move(waiting_.front());
        waiting_.pop_front();
      }
      work(worker);
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> waiting_;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace

std::unique_ptr<Executor> make_executor(unsigned tasks) {
  return std::make_unique<ThreadExecutor>(tasks);
}

}  // namespace tintype
