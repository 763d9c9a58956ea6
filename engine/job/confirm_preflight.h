// What keeps logs from going whatever a backup finds, and is known before its pass: hours later it
// would be told all the same.
#pragma once

#include "engine/job/confirm_job.h"
#include "io/result.h"

namespace tintype {

// Whether each live log directory is there and its files can be deleted.
[[nodiscard]] Result<void> check_live_logs(const ConfirmOptions& options);

}  // namespace tintype
