// Pools of threads that make do with what the system gives.
#pragma once

#include <system_error>
#include <vector>

namespace tintype {

// Puts `count` threads that start(i) makes into `threads`. Should the system refuse one, those it
// gave do all the work; if it gives none at all, std::system_error is thrown.
template <class Thread, class Start>
void start_threads(std::vector<Thread>& threads, unsigned count, Start start) {
  threads.reserve(count);
  for (unsigned i = 0; i < count; ++i) try {
      threads.push_back(start(i));
    } catch (const std::system_error&) {
      if (threads.empty()) throw;
      return;
    }
}

}  // namespace tintype
