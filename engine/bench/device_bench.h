// How fast a disk reads, writes and copies, over sizes and numbers of requests: through the queue
// and the runner that a backup uses, with nothing computed.
//
// Nothing that exists is written to, except a block device that the caller asked for by name.
#pragma once

#include <string>
#include <vector>

#include "engine/bench/bench_results.h"
#include "engine/monitor/job_monitor.h"
#include "io/queue/async_queue.h"

namespace tintype {

enum class DeviceAccess : std::uint8_t { read, write, copy, random_read };
[[nodiscard]] std::string_view to_string(DeviceAccess access) noexcept;  // fio's words

struct DeviceBenchOptions {
  std::string path = ".";              // a folder: scratch files in it; else what is read
  std::vector<DeviceAccess> accesses;  // empty: all that are possible without writing to a device
  std::vector<std::uint32_t> block_bytes{64 << 10, 1 << 20};  // powers of two
  std::vector<unsigned> depths{1, 16};
  std::uint64_t bytes = 256 << 20;  // moved by each run
  unsigned runs = 5;
  bool direct = true;
  bool write_to_device = false;  // `path` is a block device, and what is on it is lost
  QueueEngine queue_engine = QueueEngine::automatic;
};

inline constexpr std::uint32_t kBenchBlockBytesMin = 4096;
inline constexpr std::uint32_t kBenchBlockBytesMax = 16 << 20;

// Every combination once a round, in an order that changes from round to round.
[[nodiscard]] Result<BenchResults> run_device_bench(const DeviceBenchOptions& options,
                                                    JobMonitor& monitor);

}  // namespace tintype
