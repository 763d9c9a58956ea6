// What a job did from moment to moment: bytes moved and where the time went, in bounded memory.
//
// Samples follow one another without a gap and begin with the job: what lies before, between and
// behind its passes (preparing, writing an index, syncing) is time of no stage. When there are too
// many, neighbours are joined and from then on a sample lasts twice as long, so the oldest hour of
// a long job is kept as finely as its newest.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/monitor/job_monitor.h"
#include "engine/monitor/pass_counters.h"

namespace tintype {

class JobTimeline {
 public:
  static constexpr std::size_t kSamplesMax = 600;  // even: they are joined two by two
  static constexpr std::size_t kPassesMax = 1000;  // those beyond have samples, but no name
  static constexpr std::size_t kLimitsMax = 1000;  // changes of the limits beyond are only counted
  static constexpr double kFirstIntervalSeconds = 0.005;

  struct Sample {
    double seconds = 0;  // how long it lasted
    std::uint64_t read_bytes = 0, written_bytes = 0, read_back_bytes = 0;
    StageTimes times;  // add up to `seconds`
  };
  struct Pass {
    std::string name;  // of the volume, image or file
    Phase phase{};
    double begin_seconds = 0, end_seconds = 0;  // since the job began
    std::uint64_t read_bytes = 0, written_bytes = 0, read_back_bytes = 0;
    Stage limiting = Stage::none;
  };

  // The limits that hold from here on, bytes a second; 0: none.
  struct Limits {
    double at_seconds = 0;  // since the job began
    std::uint64_t read = 0, write = 0;
  };

  // All times are seconds since the job began and never decrease. The counters are those of the
  // pass, from zero.
  void begin_pass(std::string_view name, Phase phase, double at_seconds);
  [[nodiscard]] bool is_due(double at_seconds) const noexcept {
    return at_seconds - end_seconds_ >= interval_seconds_;
  }
  void add(const PassCounters& counters, double at_seconds);
  // The limits as they are; as often as one likes.
  void note_limits(const RateLimits& limits, double at_seconds);
  // The job is over: what came after its last pass.
  void end(double at_seconds);

  [[nodiscard]] const std::vector<Sample>& samples() const noexcept { return samples_; }
  [[nodiscard]] const std::vector<Pass>& passes() const noexcept { return passes_; }
  [[nodiscard]] std::uint64_t passes_total() const noexcept { return passes_total_; }
  // Where they changed: empty if there never was a limit.
  [[nodiscard]] const std::vector<Limits>& limits() const noexcept { return limits_; }
  [[nodiscard]] std::uint64_t limits_total() const noexcept { return limits_total_; }
  [[nodiscard]] double interval_seconds() const noexcept { return interval_seconds_; }

 private:
  void append(const Sample& sample);
  void halve();

  std::vector<Sample> samples_;
  std::vector<Pass> passes_;
  std::uint64_t passes_total_ = 0;
  std::vector<Limits> limits_;
  std::uint64_t limits_total_ = 0;
  std::uint64_t read_limit_ = 0, write_limit_ = 0;  // the last that were noted
  double interval_seconds_ = kFirstIntervalSeconds;
  double end_seconds_ = 0;  // of the last sample
  PassCounters last_;       // of the pass that runs
};

}  // namespace tintype
