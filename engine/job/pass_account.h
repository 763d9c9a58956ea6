// What a job tells of a volume that was surveyed and then read, noted once: in the job's outcome,
// and in the map of the run's report, if it has one.
#pragma once

#include <string>

#include "engine/flow/capture_plan.h"
#include "engine/job/pass_outcome.h"
#include "engine/monitor/job_monitor.h"
#include "engine/survey/volume_survey.h"

namespace tintype {

class PassAccount {
 public:
  PassAccount(JobMonitor& monitor, const std::string& name, std::uint64_t volume_bytes);

  [[nodiscard]] VolumeMap* map() const noexcept { return map_; }  // the recorder's; may be null
  [[nodiscard]] PassOutcome& outcome() noexcept { return outcome_; }
  [[nodiscard]] const PassOutcome& outcome() const noexcept { return outcome_; }

  // Before the pass: what the volume is, and which of its bytes can be other than zero.
  void surveyed(const VolumeSurvey& survey, const ExtentList& data);
  // Instead of a pass: what it would read and check.
  void planned(const VolumeSurvey& survey, const CapturePlan& plan);
  // After it: `flow` tells what it could not read (unreadable()) and what was zero (zero_bytes()).
  template <class Flow>
  void passed(VolumeSurvey& survey, const Flow& flow) {
    passed(survey, flow.unreadable(), flow.zero_bytes());
  }
  // The part of it that a pass over an image has, too: the checks are finished, once.
  void checked(VolumeSurvey& survey);

 private:
  void passed(VolumeSurvey& survey, const ExtentList& unreadable, std::uint64_t zero_bytes);

  VolumeMap* map_;
  PassOutcome outcome_;
};

}  // namespace tintype
