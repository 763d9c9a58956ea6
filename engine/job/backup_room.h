// Whether a repository's disk can hold what is about to be written, as far as anybody can know that
// before the pass: zeros are not stored, and most data shrinks.
#pragma once

#include <cstdint>

#include "engine/image/compression.h"
#include "engine/monitor/job_monitor.h"
#include "engine/store/image_store.h"
#include "io/result.h"

namespace tintype {

// An error if not even an empty set has room; a warning if it would be a surprise if `data_bytes`
// had.
[[nodiscard]] Result<void> check_room(const ImageStore& repository, std::uint64_t data_bytes,
                                      Compression compression, JobMonitor& monitor);

}  // namespace tintype
