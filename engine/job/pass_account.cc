#include "engine/job/pass_account.h"

#include "engine/monitor/job_recorder.h"

namespace tintype {

PassAccount::PassAccount(JobMonitor& monitor, const std::string& name, std::uint64_t volume_bytes)
    : map_(monitor.recorder == nullptr ? nullptr
                                       : monitor.recorder->begin_map(name, volume_bytes)) {
  outcome_.volume_bytes = volume_bytes;
}

void PassAccount::surveyed(const VolumeSurvey& survey, const ExtentList& data) {
  outcome_.captured_bytes = total_bytes(survey.captured);
  outcome_.filesystem = survey.probe.type;
  outcome_.label = survey.probe.label;
  outcome_.databases_not_checked = survey.not_checked;
  if (map_ != nullptr) map_->set_captured(survey.captured, data);
}

void PassAccount::planned(const VolumeSurvey& survey, const CapturePlan& plan) {
  outcome_.dry_run = true;
  outcome_.read_bytes = plan.data_bytes();
  outcome_.databases = survey.planned;
  outcome_.databases.insert(outcome_.databases.end(), survey.unchecked.begin(),
                            survey.unchecked.end());
}

void PassAccount::passed(VolumeSurvey& survey, const ExtentList& unreadable,
                         std::uint64_t zero_bytes) {
  outcome_.unreadable = name_unreadable(survey, unreadable);
  outcome_.zero_bytes = zero_bytes;
  if (map_ != nullptr) map_->add_unreadable(unreadable);
  checked(survey);
}

void PassAccount::checked(VolumeSurvey& survey) {
  outcome_.databases = finish_checks(survey);
  outcome_.databases_not_checked = survey.not_checked;
  if (map_ != nullptr) add_bad_pages(*map_, outcome_.databases);
}

}  // namespace tintype
