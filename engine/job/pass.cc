#include "engine/job/pass.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "engine/monitor/job_recorder.h"
#include "engine/monitor/timed_queue.h"
#include "engine/pipeline/conductor.h"
#include "engine/pipeline/serial_pass.h"
#include "hashing/counted.h"
#include "io/process/usable_cores.h"

namespace tintype {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kProgressInterval = std::chrono::milliseconds(100);

// Turns counters into progress reports, ten a second at most, into a recorder's samples, and is the
// pass's stop switch.
class ProgressMeter {
 public:
  ProgressMeter(const PassSubject& subject, JobMonitor& monitor)
      : subject_(subject),
        monitor_(monitor),
        recorder_(monitor.recorder),
        started_(Clock::now()),
        last_report_(started_) {
    if (recorder_ == nullptr) return;
    recorder_->timeline.begin_pass(subject.name, subject.phase, recorder_->seconds_at(started_));
    note_limits(started_);
  }

  bool tick(const PassCounters& now) {
    const auto time = Clock::now();
    if (monitor_.stop_requested.load(std::memory_order_relaxed)) {
      if (recorder_ != nullptr) record(now, time);  // what was done until then
      return false;
    }
    if (recorder_ != nullptr) {
      note_limits(time);
      if (recorder_->timeline.is_due(recorder_->seconds_at(time))) record(now, time);
    }
    if (time - last_report_ < kProgressInterval) return true;
    report(now, time);
    return true;
  }

  void finish(const PassCounters& now) {
    const auto time = Clock::now();
    if (recorder_ != nullptr) record(now, time);
    report(now, time);
  }

  void report(const PassCounters& now, Clock::time_point time) {
    const StageTimes times = now.times.since(last_.times);
    monitor_.progress({.phase = subject_.phase,
                       .volume = subject_.name,
                       .total_bytes = subject_.total_bytes,
                       .read_bytes = now.read_bytes,
                       .written_bytes = now.written_bytes,
                       .read_back_bytes = now.read_back_bytes,
                       .unreadable_bytes = now.unreadable_bytes,
                       .seconds = std::chrono::duration<double>(time - started_).count(),
                       .times = times,
                       .limiting = times.limiting()});
    last_ = now;
    last_report_ = time;
  }

  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(Clock::now() - started_).count();
  }

 private:
  void note_limits(Clock::time_point time) {
    recorder_->timeline.note_limits(monitor_.limits, recorder_->seconds_at(time));
  }
  void record(const PassCounters& now, Clock::time_point time) {
    recorder_->timeline.add(now, recorder_->seconds_at(time));
  }

  const PassSubject& subject_;
  JobMonitor& monitor_;
  JobRecorder* const recorder_;
  Clock::time_point started_, last_report_;
  PassCounters last_;
};

Result<PassCounters> run_overlapped(BlockFlow& flow, const PassOptions& options,
                                    JobMonitor& monitor, PassOutcome& outcome,
                                    const PassTick& tick) {
  const unsigned tasks = options.tasks != 0 ? options.tasks : usable_cores();
  const FlowShape shape = flow.shape();
  ConductorLimits limits = conductor_limits(options.io_depth, tasks, shape.writes);
  limits.rates = &monitor.limits;
  TINTYPE_TRY(auto opened, open_queue(options.queue_engine, limits.operations_max()));
  outcome.queue = opened.queue->name();
  outcome.memory_bytes = conductor_memory_bytes(limits, shape);
  if (!opened.note.empty()) monitor.detail(fmt::format("queue: {}", opened.note));
  monitor.detail(
      fmt::format("queue: {}, {}{} in flight, {}", outcome.queue, counted(limits.reads_max, "read"),
                  shape.writes ? " and " + counted(limits.writes_max, "write") : std::string(),
                  counted(tasks, "task")));
  monitor.detail(fmt::format("memory: {} buffers x {} KiB{} = {:.1f} MiB", limits.buffers(shape),
                             shape.buffer_bytes / 1024,
                             shape.read_back_bytes == 0
                                 ? std::string()
                                 : fmt::format(" + {} read-back x {} KiB", limits.read_backs_max,
                                               shape.read_back_bytes / 1024),
                             static_cast<double>(outcome.memory_bytes) / (1 << 20)));
  const auto executor = make_executor(tasks);
  if (monitor.recorder == nullptr)
    return run_conducted(flow, *opened.queue, *executor, limits, tick);
  TimedQueue timed(*opened.queue);
  auto counters = run_conducted(flow, timed, *executor, limits, tick);
  monitor.recorder->latencies.merge(timed.latencies());
  return counters;
}

}  // namespace

Result<void> run_pass(BlockFlow& flow, const PassOptions& options, const PassSubject& subject,
                      JobMonitor& monitor, PassOutcome& outcome) {
  ProgressMeter meter(subject, monitor);
  const PassTick tick = [&](const PassCounters& counters) { return meter.tick(counters); };
  Result<PassCounters> counters = tl::unexpected(Error{});
  if (options.serial) {
    const FlowShape shape = flow.shape();
    outcome.queue = "serial";
    outcome.memory_bytes = (shape.spare ? 2 : 1) * shape.buffer_bytes + shape.read_back_bytes;
    counters = run_serially(flow, tick, &monitor.limits);
  } else {
    counters = run_overlapped(flow, options, monitor, outcome, tick);
  }
  if (!counters) return tl::unexpected(std::move(counters).error());
  meter.finish(*counters);
  outcome.read_bytes += counters->read_bytes;
  outcome.reads += counters->reads;
  outcome.written_bytes += counters->written_bytes;
  outcome.read_back_bytes += counters->read_back_bytes;
  outcome.seconds += meter.seconds();
  outcome.limiting = counters->times.limiting();
  return {};
}

}  // namespace tintype
