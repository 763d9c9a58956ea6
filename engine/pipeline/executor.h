// Where process() runs. Threads wait, tasks compute: an executor never does I/O.
#pragma once

#include <functional>
#include <memory>

namespace tintype {

class Executor {
 public:
  virtual ~Executor() = default;  // waits for what was given to run
  // Runs `work` some time, on some thread; returns at once.
  virtual void run(std::function<void()> work) = 0;
};

// oneTBB, the one for production.
[[nodiscard]] std::unique_ptr<Executor> make_tbb_executor(unsigned tasks);
// Plain threads: for the thread sanitizer, which cannot see into the system's oneTBB.
[[nodiscard]] std::unique_ptr<Executor> make_thread_executor(unsigned tasks);
// The first, or the second in a build under the thread sanitizer.
[[nodiscard]] std::unique_ptr<Executor> make_executor(unsigned tasks);

}  // namespace tintype
