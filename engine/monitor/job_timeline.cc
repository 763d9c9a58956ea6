#include "engine/monitor/job_timeline.h"

#include <algorithm>

namespace tintype {
namespace {

void join(JobTimeline::Sample& to, const JobTimeline::Sample& more) noexcept {
  to.seconds += more.seconds;
  to.read_bytes += more.read_bytes;
  to.written_bytes += more.written_bytes;
  to.read_back_bytes += more.read_back_bytes;
  to.times += more.times;
}

StageTimes fitted(const StageTimes& times, double seconds) noexcept {
  StageTimes scaled;
  for (std::size_t i = 0; i < kStages; ++i) {
    const auto stage = static_cast<Stage>(i);
    scaled.add(times.share(stage) * seconds, stage);
  }
  return scaled;
}

}  // namespace

void JobTimeline::begin_pass(std::string_view name, Phase phase, double at_seconds) {
  end(at_seconds);
  last_ = {};
  ++passes_total_;
  if (passes_.size() < kPassesMax)
    passes_.push_back({.name = std::string(name),
                       .phase = phase,
                       .begin_seconds = end_seconds_,
                       .end_seconds = end_seconds_});
}

void JobTimeline::add(const PassCounters& counters, double at_seconds) {
  Sample sample{.seconds = std::max(at_seconds - end_seconds_, 0.0),
                .read_bytes = counters.read_bytes - last_.read_bytes,
                .written_bytes = counters.written_bytes - last_.written_bytes,
                .read_back_bytes = counters.read_back_bytes - last_.read_back_bytes,
                .times = counters.times.since(last_.times)};
  // The pass read its clock a little earlier than we do: the difference is nobody's here, and then
  // too much in the next sample.
  if (const double rest = sample.seconds - sample.times.seconds(); rest > 0)
    sample.times.add(rest, Stage::none);
  else
    sample.times = fitted(sample.times, sample.seconds);
  append(sample);
  end_seconds_ += sample.seconds;
  last_ = counters;
  if (passes_total_ == 0 || passes_total_ > kPassesMax) return;
  Pass& pass = passes_.back();
  pass.end_seconds = end_seconds_;
  pass.read_bytes = counters.read_bytes;
  pass.written_bytes = counters.written_bytes;
  pass.read_back_bytes = counters.read_back_bytes;
  pass.limiting = counters.times.limiting();
}

void JobTimeline::note_limits(const RateLimits& limits, double at_seconds) {
  const std::uint64_t read = limits.read_bytes_per_second.load(std::memory_order_relaxed);
  const std::uint64_t write = limits.write_bytes_per_second.load(std::memory_order_relaxed);
  if (read == read_limit_ && write == write_limit_) return;
  read_limit_ = read;
  write_limit_ = write;
  ++limits_total_;
  if (limits_.size() < kLimitsMax) limits_.push_back({at_seconds, read, write});
}

void JobTimeline::end(double at_seconds) {
  const double seconds = at_seconds - end_seconds_;
  if (seconds <= 0) return;
  Sample idle{.seconds = seconds};
  idle.times.add(seconds, Stage::none);
  append(idle);
  end_seconds_ = at_seconds;
}

void JobTimeline::append(const Sample& sample) {
  if (!samples_.empty() && samples_.back().seconds < interval_seconds_)
    return join(samples_.back(), sample);
  if (samples_.size() == kSamplesMax) halve();
  samples_.push_back(sample);
}

void JobTimeline::halve() {
  for (std::size_t i = 0; i < kSamplesMax / 2; ++i) {
    samples_[i] = samples_[2 * i];
    join(samples_[i], samples_[2 * i + 1]);
  }
  samples_.resize(kSamplesMax / 2);
  interval_seconds_ *= 2;
}

}  // namespace tintype
