// The computations that a copied byte goes through, each beside memcpy of the same bytes, on one
// core: out of the second-level cache, where a block is that was just read, and out of memory.
//
// bench/kernels_bench.cc (Google Benchmark) is the finer tool, for who works on a kernel.
#pragma once

#include "engine/bench/bench_results.h"
#include "engine/monitor/job_monitor.h"

namespace tintype {

struct KernelBenchOptions {
  unsigned runs = 5;
  std::uint64_t memory_bytes = 0;  // of the working set out of memory; 0: beyond all caches
  double seconds_per_run = 0.03;
};

// Methods are called "xxh3_128 L2" and "xxh3_128 memory".
[[nodiscard]] Result<BenchResults> run_kernel_bench(const KernelBenchOptions& options,
                                                    JobMonitor& monitor);

}  // namespace tintype
