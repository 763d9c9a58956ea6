// How long the jobs take that users run: copies and backups of one volume in every mode, the real
// ones, alternating.
#pragma once

#include <string>

#include "engine/bench/bench_results.h"
#include "engine/job/job_options.h"
#include "engine/monitor/job_monitor.h"

namespace tintype {

struct CopyBenchOptions {
  std::string volume;
  std::string folder;  // what is written goes to a new folder in it, which is removed
  std::string only;    // modes whose name holds this; "": all
  unsigned runs = 5;
  bool allow_source_in_use = false;
  std::vector<std::string> allowed_folders;  // VolumeSpec's
  PassOptions pass;
};

// The modes' names, as bench/copy_bench.py has them.
[[nodiscard]] std::vector<std::string> copy_bench_modes();

// Each mode once a round, in an order that changes from round to round. A job that fails ends it.
[[nodiscard]] Result<BenchResults> run_copy_bench(const CopyBenchOptions& options,
                                                  JobMonitor& monitor);

}  // namespace tintype
