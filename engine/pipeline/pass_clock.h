// Whose time the time of an overlapped pass was: its stages', by the blocks that were in them.
#pragma once

#include <chrono>

#include "engine/monitor/stage_times.h"
#include "engine/pipeline/recent_average.h"

namespace tintype {

class PassClock {
 public:
  // The time since the last call, or since the clock was made, was spent with this.
  void add(const StageTimes::Blocks& blocks, StageTimes& times) noexcept {
    const auto now = Clock::now();
    const double seconds = std::chrono::duration<double>(now - last_).count();
    last_ = now;
    computing_.add(blocks.computing, seconds);
    writing_.add(blocks.writing, seconds);
    times.add(seconds, blocks);
  }
  // Blocks computing and writing, over the last moments.
  [[nodiscard]] double computing_recently() const noexcept { return computing_.value(); }
  [[nodiscard]] double writing_recently() const noexcept { return writing_.value(); }

 private:
  using Clock = std::chrono::steady_clock;
  // Longer than a burst of a throttled disk, shorter than what a user would call a phase.
  static constexpr double kRecentSeconds = 0.25;

  Clock::time_point last_ = Clock::now();
  RecentAverage computing_{kRecentSeconds}, writing_{kRecentSeconds};
};

}  // namespace tintype
