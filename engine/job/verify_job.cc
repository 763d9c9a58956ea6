#include "engine/job/verify_job.h"

#include <optional>

#include "engine/flow/image_flow.h"
#include "engine/image/read/image_reader.h"
#include "engine/image/read/image_volume.h"
#include "engine/job/pass.h"
#include "engine/job/pass_account.h"
#include "engine/store/image_stamp.h"
#include "engine/survey/volume_survey.h"
#include "io/file/page_cache.h"

namespace tintype {
namespace {

// What the image's index says of the volume: runs are what was not captured, or zeros.
void fill_map(VolumeMap& map, const ImageReader& image) {
  ExtentList runs;
  for (const ImageRecord& record : image.records())
    if ((record.flags & kRecordRun) != 0 && (record.flags & kRecordUnreadable) == 0)
      runs.push_back({record.volume_offset, record.plain_bytes});
  const ExtentList& captured = image.epilogue().captured;
  map.set_captured(captured, captured);
  map.add_zeros(intersection(captured, normalized(std::move(runs))));
  map.add_unreadable(intersection(captured, image.epilogue().unreadable));
}

}  // namespace

Result<VerifyOutcome> run_verify(const VerifyOptions& options, JobMonitor& monitor) {
  const ImageSource& source = options.image;
  const std::optional<Result<FileStamp>> named =
      source.stamp ? std::optional(source.stamp()) : std::nullopt;
  TINTYPE_TRY(const ImageReader image, ImageReader::open(source));
  // Where direct I/O is not to be had: what the medium holds, not what the kernel remembers.
  for (const File* const file : image.chunks().files())
    if (!file->geometry().direct) forget_cached(*file);
  VerifyOutcome outcome;
  outcome.image = options.image.path;
  TINTYPE_TRY(outcome.stamp, named ? *named : image_stamp(image.file()));
  PassAccount account(monitor, options.image.path, image.geometry().volume_bytes);
  VolumeMap* const map = account.map();
  if (map != nullptr) fill_map(*map, image);
  PassOutcome& pass = account.outcome();
  pass.captured_bytes = total_bytes(image.epilogue().captured);
  pass.filesystem = image.epilogue().filesystem;
  pass.content_digest = image.content_digest();

  // The file system inside the image tells where the databases lie, as it did on the volume.
  VolumeSurvey survey;
  std::optional<ImageVolume> volume;
  if (options.pages) {
    volume.emplace(image, ImageVolume::Options{.cache_bytes = kMetadataCacheBytes});
    TINTYPE_TRY(survey,
                survey_volume(*volume, /*all_blocks=*/false, options.databases, monitor, map));
  }

  const ImagePart whole(image);
  ImageFlow flow(whole, survey.checks, nullptr,
                 {.decode = options.decode || options.pages, .faults_are_errors = false});
  TINTYPE_CHECK(run_pass(flow, options.pass, {options.image.path, image.file_bytes(), Phase::copy},
                         monitor, pass));
  TINTYPE_CHECK(flow.finish());
  outcome.faults = flow.faults();
  for (const ImageRecord& record : image.records())
    if ((record.flags & kRecordRun) == 0) ++outcome.chunks;
  if (options.pages) account.checked(survey);
  if (map != nullptr)
    for (const ImageFault& fault : outcome.faults) map->add_bad(fault.volume_range);
  for (const Extent& range : image.epilogue().unreadable)
    pass.unreadable.push_back({.range = range});
  outcome.level = "structure, stored bytes";
  if (options.decode || options.pages) outcome.level += ", plain bytes";
  outcome.pages = options.pages && survey.not_checked.empty() && !pass.databases.empty();
  if (outcome.pages) outcome.level += ", database pages";
  const auto now = source.stamp ? source.stamp() : image_stamp(image.file());
  if (!now || *now != outcome.stamp) outcome.stamp = {};
  outcome.pass = std::move(pass);
  return outcome;
}

}  // namespace tintype
