// Front door: one ESE database file by itself, as eseutil /k does.
#pragma once

#include "engine/job/job_options.h"
#include "engine/job/pass_outcome.h"
#include "io/result.h"

namespace tintype {

struct CheckOptions {
  std::string file;
  PassOptions pass;
};

// The outcome's `databases` has one report. A file that is no ESE database is an error.
[[nodiscard]] Result<PassOutcome> run_check(const CheckOptions& options, JobMonitor& monitor);

}  // namespace tintype
