// How a running job talks to its caller: phases, progress, remarks; and how it is told to stop.
//
// All calls come from one thread, the one that runs the job, at most about ten times a second.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "engine/monitor/rate_limits.h"
#include "engine/monitor/stage_times.h"

namespace tintype {

class JobRecorder;

enum class Phase : std::uint8_t { prepare, compare, copy, read_back, commit, done };
[[nodiscard]] std::string_view to_string(Phase phase) noexcept;

struct Progress {
  Phase phase = Phase::prepare;
  std::string_view volume;        // name of the volume, image or file at work
  std::uint64_t total_bytes = 0;  // to be read in this pass
  std::uint64_t read_bytes = 0;   // so far
  std::uint64_t written_bytes = 0;
  std::uint64_t read_back_bytes = 0;
  std::uint64_t unreadable_bytes = 0;  // so far
  double seconds = 0;                  // since the pass began
  StageTimes times;                    // since the last report
  Stage limiting = Stage::none;        // of that time
};

class JobMonitor {
 public:
  virtual ~JobMonitor() = default;
  virtual void progress(const Progress& progress) { static_cast<void>(progress); }
  // The backup set that is being written has this name.
  virtual void set_begun(std::string_view name) { static_cast<void>(name); }
  // One line for -v: engine chosen, memory taken, what was found.
  virtual void detail(std::string_view line) { static_cast<void>(line); }
  // One line that the user must see even without -v: "not checked" and its like.
  virtual void warning(std::string_view line) { static_cast<void>(line); }

  // Set from a signal handler or another thread; the job stops at the next block.
  std::atomic<bool> stop_requested{false};
  // Followed by every pass of the job.
  RateLimits limits;
  // Where the job notes what a report is made of; null: nobody asked for one.
  JobRecorder* recorder = nullptr;
};

}  // namespace tintype
