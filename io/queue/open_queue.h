// How open_queue() chooses, with the ring's opener as a parameter, so that a test can play a kernel
// that says no. Everybody else calls open_queue() of io/queue/async_queue.h.
#pragma once

#include "io/queue/async_queue.h"

namespace tintype {

using UringOpener = Result<std::unique_ptr<AsyncQueue>> (*)(unsigned in_flight_max);

[[nodiscard]] Result<OpenedQueue> open_queue(QueueEngine engine, unsigned in_flight_max,
                                             UringOpener open_uring);

}  // namespace tintype
