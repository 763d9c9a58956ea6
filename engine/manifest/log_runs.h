// The logs of a stream as the manifest lists them. There are tens of thousands, each named by its
// generation: those that follow one another, and are alike, are one entry with a count.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "verify/ese/stream/ese_stream_report.h"

namespace tintype {

struct LogRun {
  StreamLog first;
  std::uint64_t count = 1;  // generations from first.generation on
};

[[nodiscard]] std::vector<LogRun> runs_of(std::span<const StreamLog> logs);
// The logs of a run, behind those that are there. False, and none, if its name does not carry its
// generation and so cannot be counted on, or there would be more than `logs_max`.
[[nodiscard]] bool append_run(const LogRun& run, std::size_t logs_max,
                              std::vector<StreamLog>& logs);

}  // namespace tintype
