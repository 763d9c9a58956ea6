// Where process() runs. Threads wait, tasks compute: an executor never does I/O.
#pragma once

#include <functional>
#include <memory>

namespace tintype {

class Executor {
 public:
  // Which of the workers() works: no two works are with the same one at once.
  using Work = std::function<void(unsigned worker)>;

  virtual ~Executor() = default;  // waits for what was given to run
  // Runs `work` some time, on some thread; returns at once.
  virtual void run(Work work) = 0;
  [[nodiscard]] virtual unsigned workers() const noexcept = 0;
};

// On `tasks` threads, fewer should the system refuse some; std::system_error if it refuses all.
// They sleep while there is nothing to compute.
[[nodiscard]] std::unique_ptr<Executor> make_executor(unsigned tasks);

}  // namespace tintype
