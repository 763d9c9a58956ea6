// The overlapped runner. One thread, the caller's, owns the queue and every mutable state; tasks
// compute on one block each. Reads, computing, writes and read-back of different blocks go on at
// the same time, and only place() is in order.
//
//   free → reading → computing → waiting for its turn → writing → free
//
// Memory is fixed at start: a buffer for each block, and a spare one for each worker of the
// executor if the flow asks for it. The block whose turn it is never waits for a later one: each
// block has a buffer from the start to the end, and nobody holds a spare one longer than process()
// takes.
#pragma once

#include "engine/monitor/rate_limits.h"
#include "engine/pipeline/executor.h"
#include "engine/pipeline/pass_runner.h"
#include "io/queue/async_queue.h"

namespace tintype {

struct ConductorLimits {
  unsigned reads_max = 16;            // blocks reading
  unsigned writes_max = 16;           // blocks writing
  unsigned tasks_max = 2;             // blocks computing at once
  unsigned read_backs_max = 4;        // blocks in the read-back lane
  unsigned blocks_max = 0;            // in all, read-back lane not counted
  const RateLimits* rates = nullptr;  // null: as fast as it goes
  // Every operation that can be in flight at once.
  [[nodiscard]] unsigned operations_max() const noexcept {
    return reads_max + writes_max + read_backs_max;
  }
  // One for each block, and a spare one for each task if the flow asks for it; read-back lane not
  // counted.
  [[nodiscard]] unsigned buffers(const FlowShape& shape) const noexcept {
    return blocks_max + (shape.spare ? tasks_max : 0);
  }
};
// The limits for a depth and a task count. Blocks for as many reads, and writes if there are any;
// two for each task, one computing and one that comes next; and half the depth, which wait for
// their turn.
[[nodiscard]] ConductorLimits conductor_limits(unsigned io_depth, unsigned tasks,
                                               bool writes = true) noexcept;
// Bytes of all buffers: the pass's memory, said before it is taken.
[[nodiscard]] std::uint64_t conductor_memory_bytes(const ConductorLimits& limits,
                                                   const FlowShape& shape) noexcept;

// `queue` takes at least limits.operations_max() requests. Returns when every block is retired and
// read back, or with the first error after everything in flight has come home.
[[nodiscard]] Result<PassCounters> run_conducted(BlockFlow& flow, AsyncQueue& queue,
                                                 Executor& executor, const ConductorLimits& limits,
                                                 const PassTick& tick);

}  // namespace tintype
