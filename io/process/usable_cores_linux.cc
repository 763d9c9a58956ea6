#include <sched.h>

#include <algorithm>

#include "io/process/usable_cores.h"

namespace tintype {

unsigned usable_cores() noexcept {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<unsigned>(std::max(CPU_COUNT(&set), 1));
}

}  // namespace tintype
