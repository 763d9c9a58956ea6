#include "engine/job/copy_job.h"

#include <fmt/format.h>

#include "engine/flow/copy_flow.h"
#include "engine/guard/fit_partition_table.h"
#include "engine/guard/job_target.h"
#include "engine/guard/source_guard.h"
#include "engine/guard/source_watch.h"
#include "engine/guard/target_guard.h"
#include "engine/job/pass.h"
#include "engine/job/pass_account.h"
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
  PassAccount account(monitor, options.source, volume->size_bytes());
  TINTYPE_TRY(VolumeSurvey survey, survey_volume(*volume, options.all_blocks, options.databases,
                                                 monitor, account.map()));
  TINTYPE_TRY(const ExtentList data, volume->data_extents());
  CapturePlan plan(volume->size_bytes(), options.chunk_bytes, survey.captured, data);
  account.surveyed(survey, data);

  const JobTarget::Request request{.path = options.target,
                                   .volume_bytes = volume->size_bytes(),
                                   .overwrite = options.overwrite,
                                   .in_place = options.in_place,
                                   .permissions = options.permissions};
  if (options.dry_run) {
    TINTYPE_CHECK(JobTarget::try_open(request));
    account.planned(survey, plan);
    return account.outcome();
  }
  PassOutcome& outcome = account.outcome();

  TINTYPE_TRY(JobTarget target, JobTarget::open(request));
  outcome.read_back = read_back_of(options.read_back, target.file().geometry().direct);
  TargetWriter writer(target.file(), target.reads_as_zeros(), options.read_back);
  CopyFlow flow(*volume, plan, survey.checks, &writer, account.map());
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
  account.passed(survey, flow);
  outcome.content_digest = flow.content_digest();
  return std::move(outcome);
}

}  // namespace tintype
