// A JobMonitor that remembers what it was told.
#pragma once

#include <string>
#include <vector>

#include "engine/monitor/job_monitor.h"

namespace tintype::test {

class RecordingMonitor final : public JobMonitor {
 public:
  void progress(const Progress& progress) override {
    last = progress;
    limiting.push_back(progress.limiting);
  }
  void detail(std::string_view line) override { details.emplace_back(line); }
  void warning(std::string_view line) override { warnings.emplace_back(line); }

  Progress last;
  std::vector<Stage> limiting;  // as each report of progress said
  std::vector<std::string> details, warnings;
};

}  // namespace tintype::test
