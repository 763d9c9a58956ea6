// The machine that a bench runs on, and the processor time it has used.
#pragma once

#include "engine/bench/bench_results.h"

namespace tintype {

[[nodiscard]] BenchMachine describe_machine();
// User and system seconds of this process up to now, all threads.
[[nodiscard]] double process_cpu_seconds() noexcept;
// Bytes of the largest second-level cache of a core, and of the largest last one; guesses where the
// system does not tell.
struct CacheSizes {
  std::size_t second_bytes = 512 << 10, last_bytes = 32 << 20;
};
[[nodiscard]] CacheSizes cache_sizes() noexcept;

}  // namespace tintype
