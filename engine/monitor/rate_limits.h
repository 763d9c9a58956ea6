// How fast a pass may read its source and write its target. Any thread may change it while the pass
// runs; it takes effect within a tenth of a second.
//
// Reading back is not limited: it follows the writes, byte for byte.
#pragma once

#include <atomic>
#include <cstdint>

namespace tintype {

struct RateLimits {
  std::atomic<std::uint64_t> read_bytes_per_second{0};   // 0: no limit
  std::atomic<std::uint64_t> write_bytes_per_second{0};  // 0: no limit
};

}  // namespace tintype
