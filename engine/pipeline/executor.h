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

// `tasks` threads that sleep while there is nothing to compute.
[[nodiscard]] std::unique_ptr<Executor> make_executor(unsigned tasks);

}  // namespace tintype
