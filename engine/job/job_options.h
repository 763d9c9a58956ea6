// Options that several jobs share, with their defaults and limits.
#pragma once

#include <cstdint>

#include "io/queue/async_queue.h"

namespace tintype {

inline constexpr unsigned kIoDepthMax = 64;

// How a pass over the data runs. None of these changes a byte of the result (but `automatic`
// compression, which decides by what waits for what).
struct PassOptions {
  unsigned io_depth = 16;  // reads in flight, 1…kIoDepthMax; as many writes
  unsigned tasks = 0;      // blocks computed at once; 0 = one a core
  QueueEngine queue_engine = QueueEngine::automatic;
  bool serial = false;  // the reference twin: one block at a time
};

}  // namespace tintype
