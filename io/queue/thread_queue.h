// AsyncQueue on a pool of threads that call pread and pwrite: for places that forbid io_uring.
#pragma once

#include "io/queue/async_queue.h"

namespace tintype {

// In this thread, now: the completion's result.
[[nodiscard]] std::int32_t carry_out(const IoRequest& request);

[[nodiscard]] std::unique_ptr<AsyncQueue> make_thread_queue(unsigned in_flight_max);

}  // namespace tintype
