// Runs work at once, on the caller's thread: a simulated pass then is a function of its seed.
#pragma once

#include "engine/pipeline/executor.h"

namespace tintype::test {

class InlineExecutor final : public Executor {
 public:
  void run(Work work) override { work(0); }
  unsigned workers() const noexcept override { return 1; }
};

}  // namespace tintype::test
