// Restores the image of a folder as what it is of: files, with all their metadata.
//
// They are written into TARGET.partial, which only the restoring user may enter. When all are
// whole, and synced, it gets its name: so a folder under the name that was asked for is complete.
#pragma once

#include "engine/image/read/image_reader.h"
#include "engine/monitor/job_monitor.h"
#include "engine/restore/restore_job.h"

namespace tintype {

// The target is a folder that is empty or not there; `overwrite` changes nothing of that. A damaged
// chunk, or an archive that no backup wrote, is an error with code std::errc::bad_message. What
// cannot be set of a file's metadata is in `folder_problems`.
[[nodiscard]] Result<PassOutcome> run_restore_folder(const ImageReader& image,
                                                     const RestoreOptions& options,
                                                     JobMonitor& monitor);

}  // namespace tintype
