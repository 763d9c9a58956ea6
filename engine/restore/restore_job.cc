#include "engine/restore/restore_job.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/flow/compare_flow.h"
#include "engine/flow/image_flow.h"
#include "engine/guard/fit_partition_table.h"
#include "engine/guard/job_target.h"
#include "engine/guard/target_guard.h"
#include "engine/image/read/image_volume.h"
#include "engine/job/pass.h"
#include "engine/pipeline/pass_runner.h"
#include "engine/restore/restore_folder_job.h"
#include "io/file/extent_map.h"
#include "io/folder/folder_map.h"

namespace tintype {
namespace {

// One call that makes zeros may keep a device busy for minutes: between pieces a stop is heard.
constexpr std::uint64_t kZeroPieceBytes = std::uint64_t{128} << 20;

// Another try may get over it: a full disk, a medium error, a stop. Not so a damaged image, or a
// medium that gives back other bytes than it was given.
bool is_worth_resuming(const Error& error) {
  return error.code && error.code != std::errc::bad_message;
}

class Restore {
 public:
  Restore(const RestoreOptions& options, const ImagePart& part, JobMonitor& monitor)
      : options_(options), image_(part.image()), part_(part), monitor_(monitor) {
    const ImageEpilogue& epilogue = image_.epilogue();
    outcome_.volume_bytes = part_.range().length;
    outcome_.captured_bytes = total_bytes(part_.moved(epilogue.captured));
    if (!options.partition) {
      outcome_.filesystem = epilogue.filesystem;
      outcome_.content_digest = image_.content_digest();
    }
    // What the backup could not read is zeros here: the user must hear it again.
    for (const Extent& range : part_.moved(epilogue.unreadable))
      outcome_.unreadable.push_back({.range = range});
  }

  Result<PassOutcome> plan() {
    outcome_.dry_run = true;
    TINTYPE_CHECK(JobTarget::try_open(request()));
    if (const std::string kept = JobTarget::kept_path(request()); !kept.empty()) {
      TINTYPE_TRY(const File file, File::open_source(kept, Caching::direct_if_possible));
      TINTYPE_CHECK(compare(file, std::max(options_.file_bytes, outcome_.volume_bytes)));
    }
    outcome_.read_bytes = part_.stored_bytes(only());
    return std::move(outcome_);
  }

  Result<PassOutcome> run() {
    TINTYPE_TRY(JobTarget target, JobTarget::open(request()));
    if (target.keeps_content()) TINTYPE_CHECK(compare(target.file(), target.size_bytes()));
    if (auto written = write(target); !written) {
      Error error = std::move(written).error();
      if (options_.keep_unfinished && is_worth_resuming(error)) {
        target.keep_unfinished();
        error.hint += fmt::format("{}--resume goes on from here", error.hint.empty() ? "" : "; ");
      }
      return target.broken_off(std::move(error));
    }
    return std::move(outcome_);
  }

 private:
  [[nodiscard]] JobTarget::Request request() const {
    return {.path = options_.target,
            .volume_bytes = outcome_.volume_bytes,
            .overwrite = options_.overwrite,
            .in_place = options_.in_place,
            .file_bytes = options_.file_bytes,
            .keep_content = options_.only_different,
            .resume = options_.resume,
            .permissions = options_.permissions,
            .alignment = part_.alignment()};
  }

  // Which chunks are to be written; null: all.
  [[nodiscard]] const std::vector<bool>* only() const {
    return difference_ ? &difference_->chunks : nullptr;
  }

  // `end`: the size that a file is going to have. What lies behind the volume on a device is not
  // touched by any restore.
  Result<void> compare(const File& file, std::uint64_t end) {
    TINTYPE_TRY(ExtentList data, data_extents(file));
    const CompareFlow::Target target{&file, std::move(data),
                                     file.geometry().block_device ? outcome_.volume_bytes : end};
    CompareFlow flow(part_, target);
    PassOutcome pass;
    TINTYPE_CHECK(run_pass(flow, options_.pass, {file.path(), flow.bytes_to_read(), Phase::compare},
                           monitor_, pass));
    difference_ = flow.take_difference();
    outcome_.compared = true;
    outcome_.compared_bytes = pass.read_bytes;
    outcome_.equal_bytes = difference_->equal_bytes;
    outcome_.different_bytes = total_bytes(difference_->data) + total_bytes(difference_->zeros);
    return {};
  }

  Result<void> make_zeros(const File& file, const ExtentList& ranges) {
    const TargetWriter writer(file, false, false);
    for (const Extent& range : ranges)
      for (std::uint64_t at = range.offset; at < range.end(); at += kZeroPieceBytes) {
        if (monitor_.stop_requested.load(std::memory_order_relaxed)) return stopped_error();
        monitor_.progress({.phase = Phase::prepare, .volume = options_.target});
        TINTYPE_CHECK(writer.zero({at, std::min(kZeroPieceBytes, range.end() - at)}));
      }
    return {};
  }

  Result<void> write(JobTarget& target) {
    TINTYPE_CHECK(target.begin(difference_ ? difference_->data : part_.data()));
    outcome_.read_back = read_back_of(options_.read_back, target.file().geometry().direct);
    if (difference_)
      TINTYPE_CHECK(make_zeros(target.file(), difference_->zeros));
    else if (!target.reads_as_zeros())
      TINTYPE_CHECK(make_zeros(target.file(), part_.zeros()));
    TargetWriter writer(target.file(), /*reads_as_zeros=*/true, options_.read_back);
    InlineChecks no_checks;
    ImageFlow flow(part_, no_checks, &writer,
                   {.decode = true, .faults_are_errors = true, .only = only()});
    TINTYPE_CHECK(run_pass(flow, options_.pass,
                           {options_.image.path, part_.stored_bytes(only()), Phase::copy}, monitor_,
                           outcome_));
    TINTYPE_CHECK(flow.finish());
    if (!options_.partition) {
      TINTYPE_TRY(outcome_.target_note,
                  fit_partition_table(ImageVolume(image_, {.cache_bytes = kMetadataCacheBytes}),
                                      target, options_.read_back));
    }
    return target.commit();
  }

  const RestoreOptions& options_;
  const ImageReader& image_;
  const ImagePart& part_;
  JobMonitor& monitor_;
  PassOutcome outcome_;
  std::optional<CompareFlow::Difference> difference_;
};

}  // namespace

Result<PassOutcome> run_restore(const RestoreOptions& options, JobMonitor& monitor) {
  TINTYPE_CHECK(check_target_apart(options.image.path, options.target));
  TINTYPE_TRY(const ImageReader image, ImageReader::open(options.image));
  if (image.epilogue().filesystem == kFolderType) {
    if (options.only_different || options.resume || options.partition)
      return plain_error(fmt::format("{} is the backup of a folder: it is restored whole, into a "
                                     "folder that is new or empty",
                                     options.image.path),
                         "tintype extract gives single files of it");
    return run_restore_folder(image, options, monitor);
  }
  TINTYPE_TRY(const ImagePart part, ImagePart::find(image, options.partition));
  Restore restore(options, part, monitor);
  return options.dry_run ? restore.plan() : restore.run();
}

}  // namespace tintype
