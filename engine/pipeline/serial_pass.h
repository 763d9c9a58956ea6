// The serial twin of the conductor: one block at a time, plain reads and writes. It is the
// definition of what a pass does, and every overlapped result is compared with it.
#pragma once

#include "engine/monitor/rate_limits.h"
#include "engine/pipeline/pass_runner.h"

namespace tintype {

// Null: as fast as it goes.
[[nodiscard]] Result<PassCounters> run_serially(BlockFlow& flow, const PassTick& tick,
                                                const RateLimits* rates = nullptr);

}  // namespace tintype
