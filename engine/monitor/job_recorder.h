// What a report of a job is made of, collected while the job runs: its timeline, the times of its
// requests, a map of each volume. A job whose monitor has no recorder collects nothing.
//
// Belongs to the thread that runs the job.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "engine/monitor/job_timeline.h"
#include "engine/monitor/timed_queue.h"
#include "engine/monitor/volume_map.h"
#include "verify/verify_report.h"

namespace tintype {

class JobRecorder {
 public:
  using Clock = std::chrono::steady_clock;
  // Of all maps; beyond it they become coarser. Volumes beyond the last have no map.
  static constexpr std::size_t kCellsMax = 16 * 1024;
  static constexpr std::size_t kMapsMax = 256;

  JobRecorder() : begun_(Clock::now()) {}

  [[nodiscard]] double seconds_at(Clock::time_point time) const noexcept {
    return std::chrono::duration<double>(time - begun_).count();
  }
  [[nodiscard]] double seconds() const noexcept { return seconds_at(Clock::now()); }

  // Null if there are too many. It stays where it is.
  [[nodiscard]] VolumeMap* begin_map(const std::string& name, std::uint64_t volume_bytes);
  [[nodiscard]] const std::vector<std::unique_ptr<VolumeMap>>& maps() const noexcept {
    return maps_;
  }
  [[nodiscard]] std::uint64_t volumes_total() const noexcept { return volumes_total_; }

  JobTimeline timeline;
  RequestLatencies latencies;

 private:
  Clock::time_point begun_;
  std::vector<std::unique_ptr<VolumeMap>> maps_;
  std::uint64_t volumes_total_ = 0;
};

// The pages that findings are about, where they begin on the volume.
void add_bad_pages(VolumeMap& map, std::span<const FileReport> databases);

}  // namespace tintype
