#include <signal.h>
#include <unistd.h>

#include <latch>
#include <system_error>
#include <thread>
#include <vector>

#include "io/start_threads.h"
#include "io/tasks/worker_threads.h"

namespace tintype {
namespace {

// A thread that was joined counts against the limits until the kernel has taken its number away.
void wait_until_gone(pid_t thread) {
  constexpr int kYieldsMax = 100'000;  // its number may be somebody else's by now
  for (int i = 0; i < kYieldsMax && ::tgkill(::getpid(), thread, 0) == 0; ++i)
    std::this_thread::yield();
}

}  // namespace

unsigned startable_threads(unsigned wanted) {
  std::latch all_started(1);
  std::vector<pid_t> numbers(wanted);
  std::vector<std::thread> threads;
  try {
    start_threads(threads, wanted, [&](unsigned i) {
      return std::thread([&numbers, &all_started, i] {
        numbers[i] = ::gettid();
        all_started.wait();
      });
    });
  } catch (const std::system_error&) {
  }
  all_started.count_down();
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < threads.size(); ++i) wait_until_gone(numbers[i]);
  return static_cast<unsigned>(threads.size());
}

std::uint64_t process_number() noexcept {
  return static_cast<std::uint64_t>(::getpid());
}

}  // namespace tintype
