// Threads for tasks that run long, and may sleep inside while they have nothing to do. oneTBB's
// (task_pool.cc): an idle thread of its searches for work for 200 us and more before it sleeps, and
// one that sleeps in its task costs nothing (docs/decisions/onetbb.md).
#pragma once

#include <memory>

namespace tintype {

class LongTasks {
 public:
  // For `workers` tasks at once. Fewer, down to none, should the system refuse the threads. Not in
  // a child that was forked when its parent had threads of oneTBB already.
  explicit LongTasks(unsigned workers);
  ~LongTasks();  // when none of them runs
  LongTasks(const LongTasks&) = delete;
  LongTasks& operator=(const LongTasks&) = delete;
  [[nodiscard]] unsigned workers() const noexcept { return workers_; }

  // Runs entry(whose, number) on a thread for the worker `number` < workers(), at once, whatever
  // others do. One at a time for each number.
  using Entry = void (*)(void* whose, unsigned number) noexcept;
  void start(unsigned number, Entry entry, void* whose);

 private:
  struct State;
  std::unique_ptr<State> state_;
  unsigned workers_;
};

}  // namespace tintype
