// How much this process gets of cores and disks when others want them too.
#pragma once

#include "io/result.h"

namespace tintype {

struct ProcessPriority {
  int nice = 0;          // 0…19, as nice(1) counts; a disk's scheduler follows it
  bool idle_io = false;  // disks are served only when nobody else wants them
};

// For the calling thread, the threads and processes it will start, and the requests these give to
// an io_uring: so it is called before there are any. Only ever lowers.
[[nodiscard]] Result<void> lower_priority(const ProcessPriority& priority);

}  // namespace tintype
