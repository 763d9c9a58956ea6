#include "engine/job/copy_job.h"

#include <fmt/format.h>

#include "engine/flow/copy_flow.h"
#include "engine/guard/fit_partition_table.h"
#include "engine/guard/job_target.h"
#include "engine/guard/source_guard.h"
#include "engine/guard/source_watch.h"
#include "engine/guard/target_guard.h"
#include "engine/job/pass.h"
#include "engine/monitor/job_recorder.h"
#include "engine/survey/volume_survey.h"
#include "io/source/open_volume.h"

namespace tintype {

Result<PassOutcome> run_copy(const CopyOptions& options, JobMonitor& monitor) {
  TINTYPE_TRY(VolumeSpec source, parse_volume_spec(options.source));
  source.allowed_folders = options.allowed_folders;
  TINTYPE_CHECK(check_source(source, options.allow_source_in_use, options.target));
  TINTYPE_TRY(auto watch, SourceWatch::begin(source));
  TINTYPE_TRY(const auto volume,
              open_volume(source, &monitor.stop_requested,
                          [&](const std::string& line) { monitor.warning(line); }));
  TINTYPE_TRY(const std::string doubt, check_target_apart_from_server(source, options.target));
  if (!doubt.empty()) monitor.warning(doubt);
  VolumeMap* const map = monitor.recorder == nullptr
                             ? nullptr
                             : monitor.recorder->begin_map(options.source, volume->size_bytes());
  TINTYPE_TRY(VolumeSurvey survey,
              survey_volume(*volume, options.all_blocks, options.databases, monitor, map));
  TINTYPE_TRY(const ExtentList data, volume->data_extents());
  CapturePlan plan(volume->size_bytes(), options.chunk_bytes, survey.captured, data);
  if (map != nullptr) map->set_captured(survey.captured, data);

  PassOutcome outcome;
  outcome.volume_bytes = volume->size_bytes();
  outcome.captured_bytes = total_bytes(survey.captured);
  outcome.filesystem = survey.probe.type;
  outcome.label = survey.probe.label;
  outcome.databases_not_checked = survey.not_checked;
  const JobTarget::Request request{.path = options.target,
                                   .volume_bytes = volume->size_bytes(),
                                   .overwrite = options.overwrite,
                                   .in_place = options.in_place,
                                   .permissions = options.permissions};
  if (options.dry_run) {
    TINTYPE_CHECK(JobTarget::try_open(request));
    outcome.dry_run = true;
    outcome.read_bytes = plan.data_bytes();
    outcome.databases = survey.planned;
    outcome.databases.insert(outcome.databases.end(), survey.unchecked.begin(),
                             survey.unchecked.end());
    return outcome;
  }

  TINTYPE_TRY(JobTarget target, JobTarget::open(request));
  outcome.read_back = read_back_of(options.read_back, target.file().geometry().direct);
  TargetWriter writer(target.file(), target.reads_as_zeros(), options.read_back);
  CopyFlow flow(*volume, plan, survey.checks, &writer, map);
  const auto write = [&]() -> Result<void> {
    TINTYPE_CHECK(target.begin(intersection(survey.captured, data)));
    TINTYPE_CHECK(run_pass(flow, options.pass, {options.source, plan.data_bytes(), Phase::copy},
                           monitor, outcome));
    watch.end(options.allow_source_in_use, outcome.folder_problems);
    TINTYPE_CHECK(flow.finish());
    TINTYPE_TRY(outcome.target_note, fit_partition_table(*volume, target, options.read_back));
    return target.commit();
  };
  if (auto written = write(); !written) return target.broken_off(std::move(written).error());
  if (options.allow_source_in_use && !watch.in_use().empty())
    monitor.warning(fmt::format("in use while it was read, as was allowed: {}", watch.in_use()));
  outcome.databases = finish_checks(survey);
  outcome.unreadable = name_unreadable(survey, flow.unreadable());
  outcome.zero_bytes = flow.zero_bytes();
  if (map != nullptr) {
    map->add_unreadable(flow.unreadable());
    add_bad_pages(*map, outcome.databases);
  }
  outcome.content_digest = flow.content_digest();
  return outcome;
}

}  // namespace tintype
