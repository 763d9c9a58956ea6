#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include "engine/pipeline/executor.h"

namespace tintype {
namespace {

class TbbExecutor final : public Executor {
 public:
  // The submitting thread never joins the arena, so all `tasks` slots are for workers, and oneTBB
  // must be allowed one thread more than that (it counts the submitter).
  explicit TbbExecutor(unsigned tasks)
      : control_(tbb::global_control::max_allowed_parallelism, tasks + 1),
        arena_(static_cast<int>(tasks), /*reserved_for_masters=*/0) {}

  ~TbbExecutor() noexcept override {
    arena_.execute([this] { group_.wait(); });
  }

  void run(std::function<void()> work) override { arena_.enqueue(group_.defer(std::move(work))); }

 private:
  tbb::global_control control_;
  tbb::task_arena arena_;
  tbb::task_group group_;
};

}  // namespace

std::unique_ptr<Executor> make_tbb_executor(unsigned tasks) {
  return std::make_unique<TbbExecutor>(tasks);
}

std::unique_ptr<Executor> make_executor(unsigned tasks) {
#if defined(__SANITIZE_THREAD__)
  return make_thread_executor(tasks);
#else
  return make_tbb_executor(tasks);
#endif
}

}  // namespace tintype
