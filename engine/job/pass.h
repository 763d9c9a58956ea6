// Runs a flow with the runner, queue and executor that the options ask for, and keeps the monitor
// told. Used by every job.
#pragma once

#include <string>

#include "engine/job/job_options.h"
#include "engine/job/pass_outcome.h"
#include "engine/monitor/job_monitor.h"
#include "engine/pipeline/block_flow.h"

namespace tintype {

struct PassSubject {
  std::string_view name;          // for progress
  std::uint64_t total_bytes = 0;  // to be read
  Phase phase = Phase::copy;
};

// Fills read, written and read-back bytes, seconds, limiting stage, queue and memory of `outcome`.
[[nodiscard]] Result<void> run_pass(BlockFlow& flow, const PassOptions& options,
                                    const PassSubject& subject, JobMonitor& monitor,
                                    PassOutcome& outcome);

}  // namespace tintype
