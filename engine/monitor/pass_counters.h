// What a pass has moved so far, and where its time went.
#pragma once

#include <cstdint>

#include "engine/monitor/stage_times.h"

namespace tintype {

// Counters of a pass, by its one thread.
struct PassCounters {
  std::uint64_t read_bytes = 0;  // asked for and got, or given up
  std::uint64_t reads = 0;       // requests that they came in
  std::uint64_t written_bytes = 0;
  std::uint64_t read_back_bytes = 0;
  std::uint64_t unreadable_bytes = 0;
  StageTimes times;
};

}  // namespace tintype
