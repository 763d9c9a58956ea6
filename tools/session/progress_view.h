// Progress for people: two lines redrawn in place on a terminal, plain lines elsewhere.
#pragma once

#include <deque>
#include <optional>
#include <ostream>
#include <string>

#include "engine/monitor/job_monitor.h"
#include "tools/cli/progress_mode.h"
#include "tools/session/tool_env.h"

namespace tintype {

// Rate and remaining time over the last seconds of one phase of one volume.
class ProgressMeter {
 public:
  struct Reading {
    std::uint64_t done_bytes = 0, total_bytes = 0;
    double fraction = 0;          // 0…1
    double bytes_per_second = 0;  // over the window
    std::optional<double> seconds_left;
    std::string_view word;  // what is being done: "copy", "verify"…
  };
  Reading read(const Progress& progress, double now);

 private:
  static constexpr double kWindowSeconds = 5;
  struct Sample {
    double time;
    std::uint64_t bytes;
  };
  std::deque<Sample> samples_;
  Phase phase_ = Phase::prepare;
  std::string volume_;
};

class ProgressView {
 public:
  struct Options {
    ProgressMode mode = ProgressMode::automatic;
    std::string_view copying = "copy";  // what this command calls the copy phase
    bool shares = false;                // -vv: what part of the time blocks spend in each stage
  };
  ProgressView(ToolEnv& env, Options options);
  ~ProgressView() { clear(); }
  ProgressView(const ProgressView&) = delete;
  ProgressView& operator=(const ProgressView&) = delete;

  void update(const Progress& progress);
  void print_status();                     // SIGUSR1: a plain line now, whatever the mode
  void print_line(std::string_view line);  // a line of its own above the bar
  void clear();                            // takes the bar off the screen

 private:
  void draw(const Progress& progress, const ProgressMeter::Reading& reading);

  ToolEnv& env_;
  ProgressMode mode_;
  std::string_view copying_;
  bool shares_;
  ProgressMeter meter_;
  std::string status_line_;  // the latest, for SIGUSR1
  std::string volume_;       // of the latest update
  Phase phase_ = Phase::prepare;
  bool drawn_ = false;
  double drawn_at_ = -1;
  double lined_at_ = -1;
  int lined_tenth_ = 0;
};

// The pure renderings. All fit in `width` columns.
[[nodiscard]] std::string status_line(const Progress& progress,
                                      const ProgressMeter::Reading& reading);
[[nodiscard]] std::string bar_line(const Progress& progress, const ProgressMeter::Reading& reading,
                                   std::size_t width);
[[nodiscard]] std::string facts_line(const Progress& progress,
                                     const ProgressMeter::Reading& reading, bool shares,
                                     std::size_t width);

}  // namespace tintype
