// AsyncQueue on io_uring: one ring, one thread, fixed buffers where they were registered.
#pragma once

#include "io/queue/async_queue.h"

namespace tintype {

// Fails with the kernel's errno where io_uring is forbidden or missing.
[[nodiscard]] Result<std::unique_ptr<AsyncQueue>> open_uring_queue(unsigned in_flight_max);

}  // namespace tintype
