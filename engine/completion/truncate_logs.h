// Deletes the logs of a permit from the live log directory: second check, journal, then ascending
// and contiguous, one by one, stopping at the first that will not go. Current, temporary and
// reserve logs and the checkpoint are never touched: a permit does not name them.
//
// May be killed at any point and run again: it then finishes, or finds everything finished.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/completion/truncation_permit.h"
#include "engine/monitor/job_monitor.h"
#include "engine/store/image_store.h"
#include "io/result.h"

namespace tintype {

struct TruncateOptions {
  std::string directory;  // the live log directory, mounted and writable
  std::shared_ptr<const ImageStore> store;
  std::string set;         // key of the finished set, which is the journal's home
  std::size_t stream = 1;  // which of the set's streams, counted from 1
  bool dry_run = false;    // all checks, but nothing is written or deleted
};

struct TruncationOutcome {
  std::vector<std::string> deleted;  // names, ascending; dry run: what would go
  std::uint64_t already_missing = 0;
  bool found_finished = false;  // an earlier run completed it; nothing was done now
};

// An error says what was deleted before, and the rest stays. Uses the permit up.
[[nodiscard]] Result<TruncationOutcome> truncate_logs(TruncationPermit permit,
                                                      const TruncateOptions& options,
                                                      JobMonitor& monitor);

}  // namespace tintype
