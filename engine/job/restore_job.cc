#include "engine/job/restore_job.h"

#include "engine/image/image_reader.h"
#include "engine/image/image_volume.h"
#include "engine/job/fit_partition_table.h"
#include "engine/job/job_target.h"
#include "engine/job/pass.h"
#include "engine/job/restore_folder_job.h"
#include "engine/job/source_guard.h"
#include "engine/pipeline/image_flow.h"
#include "io/filesystem/folder_map.h"

namespace tintype {

Result<PassOutcome> run_restore(const RestoreOptions& options, JobMonitor& monitor) {
  TINTYPE_CHECK(check_target_apart(options.image, options.target));
  TINTYPE_TRY(const ImageReader image, ImageReader::open(options.image));
  if (image.epilogue().filesystem == kFolderType)
    return run_restore_folder(image, options, monitor);

  PassOutcome outcome;
  outcome.volume_bytes = image.geometry().volume_bytes;
  outcome.captured_bytes = total_bytes(image.epilogue().captured);
  outcome.filesystem = image.epilogue().filesystem;
  outcome.content_digest = image.content_digest();
  ExtentList data;
  for (const ImageRecord& record : image.records())
    if ((record.flags & kRecordRun) == 0)
      data.push_back({record.volume_offset, record.plain_bytes});
  const JobTarget::Request request{options.target, outcome.volume_bytes, options.overwrite,
                                   options.file_bytes, normalized(std::move(data))};
  if (options.dry_run) {
    TINTYPE_CHECK(JobTarget::try_open(request));
    outcome.dry_run = true;
    outcome.read_bytes = image.file_bytes();
    return outcome;
  }

  TINTYPE_TRY(JobTarget target, JobTarget::open(request));
  outcome.read_back = !options.read_back                ? "none"
                      : target.file().geometry().direct ? "direct"
                                                        : "page cache";
  TargetWriter writer(target.file(), target.reads_as_zeros(), options.read_back);
  InlineChecks no_checks;
  ImageFlow flow(image, no_checks, &writer, {.decode = true, .faults_are_errors = true});
  TINTYPE_CHECK(run_pass(flow, options.pass, {options.image, image.file_bytes(), Phase::copy},
                         monitor, outcome));
  TINTYPE_CHECK(flow.finish());
  TINTYPE_TRY(outcome.target_note,
              fit_partition_table(ImageVolume(image, {.cache_bytes = kMetadataCacheBytes}), target,
                                  options.read_back));
  TINTYPE_CHECK(target.commit());
  // What the backup could not read is zeros here: the user must hear it again.
  for (const Extent& range : image.epilogue().unreadable)
    outcome.unreadable.push_back({.range = range});
  return outcome;
}

}  // namespace tintype
