// One long task a worker, which sleeps while there is nothing to compute: see
// io/tasks/long_tasks.h.
#include "engine/pipeline/executor.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>

#include "io/tasks/long_tasks.h"

namespace tintype {
namespace {

class TaskExecutor final : public Executor {
 public:
  explicit TaskExecutor(unsigned tasks) : tasks_(tasks), working_(tasks_.workers()) {
    if (workers() == 0)
      throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
    for (unsigned worker = 0; worker < workers(); ++worker)
      tasks_.start(
          worker,
          [](void* self, unsigned number) noexcept {
            static_cast<TaskExecutor*>(self)->work_until_closed(number);
          },
          this);
  }

  ~TaskExecutor() override {
    std::unique_lock lock(mutex_);
    closed_ = true;
    changed_.notify_all();
    ended_.wait(lock, [this] { return working_ == 0; });
  }

  void run(Work work) override {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(work));
    }
    changed_.notify_one();
  }

  unsigned workers() const noexcept override { return tasks_.workers(); }

 private:
  void work_until_closed(unsigned worker) {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
      if (waiting_.empty()) break;
      Work work = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      work(worker);
      work = nullptr;
      lock.lock();
    }
    // Under the lock: the executor may be gone as soon as it is given back.
    if (--working_ == 0) ended_.notify_all();
  }

  LongTasks tasks_;
  std::mutex mutex_;
  std::condition_variable changed_, ended_;
  std::deque<Work> waiting_;
  unsigned working_;  // workers that have not ended
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<Executor> make_executor(unsigned tasks) {
  return std::make_unique<TaskExecutor>(tasks);
}

}  // namespace tintype
