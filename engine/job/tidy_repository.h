// Before a new set is begun: what dead backups of the same host and source left gives its place up,
// or every later night would fail on a disk that the first one filled.
#pragma once

#include "engine/monitor/job_monitor.h"
#include "engine/repository/begun_record.h"
#include "engine/repository/repository.h"

namespace tintype {

// Removes what `run` takes the place of, and names, as warnings, what it removed and what of this
// host stays. No failure of it ends the backup. A dry run only tells.
void tidy_repository(const Repository& repository, const BegunRecord& run, bool dry_run,
                     JobMonitor& monitor);

}  // namespace tintype
