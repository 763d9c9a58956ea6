#include "engine/job/backup_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <filesystem>
#include <functional>
#include <set>

#include "engine/flow/backup_flow.h"
#include "engine/guard/source_guard.h"
#include "engine/guard/source_watch.h"
#include "engine/guard/target_guard.h"
#include "engine/job/backup_room.h"
#include "engine/job/pass.h"
#include "engine/job/pass_account.h"
#include "engine/job/tidy_repository.h"
#include "engine/manifest/set_name.h"
#include "engine/pipeline/pass_runner.h"
#include "engine/proof/durable_image.h"
#include "engine/repository/begun_record.h"
#include "engine/repository/repository.h"
#include "engine/repository/set_order.h"
#include "engine/survey/volume_survey.h"
#include "engine/version.h"
#include "hashing/counted.h"
#include "io/file/extent_map.h"
#include "io/folder/folder_volume.h"
#include "io/source/open_volume.h"
#include "io/storage/mounted_filesystem.h"
#include "verify/ese/ese_events.h"

namespace tintype {
namespace {

using Clock = std::chrono::system_clock;

std::string_view word(Compression compression) {
  switch (compression) {
    case Compression::automatic:
      return "auto";
    case Compression::lz4:
      return "lz4";
    case Compression::none:
      return "none";
  }
  return "";
}

constexpr std::size_t kLeftOutToldMax = 10;

bool is_folder(const VolumeSpec& source) {
  std::error_code ignored;
  return !source.is_uri && !source.partition && !source.shadow &&
         std::filesystem::is_directory(source.base, ignored);
}

// "." and ".." are no names.
std::string suggested_name(const VolumeSpec& source) {
  if (!is_folder(source)) return source.suggested_name();
  std::error_code code;
  const auto path = std::filesystem::canonical(source.base, code);
  const std::string name = path.filename().string();
  return code || name.empty() ? "folder" : name;
}

// A set that is being written would hold itself.
Result<void> refuse_part_of(const std::string& repository, const std::string& folder) {
  std::error_code code;
  const auto inner = std::filesystem::canonical(folder, code)
                         .lexically_relative(std::filesystem::canonical(repository, code));
  if (code || inner.empty() || *inner.begin() == ".." || inner == ".") return {};
  return plain_error(fmt::format("{} is a part of the repository {}", folder, repository),
                     "choose a repository elsewhere, or another folder");
}

// One name a volume, none twice: a second "disk" becomes "disk-2". Every image's name fits the
// repository's file system.
std::vector<std::string> volume_names(const BackupOptions& options, const ImageStore& store,
                                      const std::vector<VolumeSpec>& specs, JobMonitor& monitor) {
  // What is behind the volume's name while its image is written.
  const std::size_t more =
      kImageSuffix.size() + kPartialSuffix.size() + std::string("-9999").size();
  const std::size_t bytes_max = std::min(kVolumeNameBytesMax, store.name_bytes_max() - more);
  std::vector<std::string> names;
  std::set<std::string> taken;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const std::string& given = options.volumes[i].name;
    const std::string full = to_plain_name(given.empty() ? suggested_name(specs[i]) : given);
    const std::string wanted = shortened_name(full, bytes_max);
    std::string name = wanted;
    for (int n = 2; !taken.insert(name).second; ++n) name = fmt::format("{}-{}", wanted, n);
    if (wanted != full)
      monitor.warning(fmt::format("{}: too long a name for an image; in the set it is called {}",
                                  specs[i].text, name));
    names.push_back(name);
  }
  return names;
}

// That of the longest file that is going to be written.
Result<void> check_path_lengths(const Repository& repository, const std::string& set,
                                const std::vector<std::string>& names) {
  if (!repository.store()->is_local()) return {};
  std::size_t longest = 0;
  for (const std::string& name : names) longest = std::max(longest, name.size());
  const std::size_t bytes = repository.sets_path().size() + set.size() + longest +
                            std::string("/-100.partial/.tint.partial").size();
  if (bytes <= path_bytes_max()) return {};
  return plain_error(
      fmt::format("the path of the repository is too long: its files would have paths "
                  "of {} bytes, of at most {}",
                  bytes, path_bytes_max()),
      "name it from a folder nearer to it");
}

// What was typed, but with the folder that it was typed in: a restore to where it came from may be
// started anywhere. Links are kept: /dev/vg0/mail is a better name than what it leads to today.
std::string absolute_text(const VolumeSpec& source) {
  if (source.is_uri) return source.text;
  std::error_code code;
  const auto absolute = std::filesystem::absolute(source.base, code);
  return code ? source.text : absolute.string() + source.text.substr(source.base.size());
}

// Prepare → copy and verify → read back, for one volume; its image gets its name in the unfinished
// set's folder.
class VolumeBackup {
 public:
  VolumeBackup(const BackupOptions& options, const ImageStore& store, JobMonitor& monitor)
      : options_(options), store_(store), monitor_(monitor) {}

  Result<void> prepare(const VolumeSpec& source, std::string name) {
    manifest_.name = std::move(name);
    manifest_.source = absolute_text(source);
    if (is_folder(source)) {
      TINTYPE_CHECK(open_folder(source.base));
    } else {
      TINTYPE_CHECK(check_source(source, options_.allow_source_in_use, options_.repository));
      TINTYPE_TRY(auto watch, SourceWatch::begin(source));
      watch_.emplace(std::move(watch));
      TINTYPE_TRY(volume_,
                  open_volume(source, &monitor_.stop_requested,
                              [this](const std::string& line) { monitor_.warning(line); }));
      TINTYPE_CHECK(check_target_apart_from_server(source, options_.repository));
    }
    account_.emplace(monitor_, manifest_.name, volume_->size_bytes());
    TINTYPE_TRY(auto survey, survey_volume(*volume_, options_.all_blocks, options_.databases,
                                           monitor_, account_->map()));
    survey_ = std::make_unique<VolumeSurvey>(std::move(survey));
    TINTYPE_TRY(const ExtentList data, volume_->data_extents());
    plan_ = std::make_unique<CapturePlan>(volume_->size_bytes(), options_.chunk_bytes,
                                          survey_->captured, data, options_.stock);
    account_->surveyed(*survey_, data);
    return {};
  }

  // `set`: the key of the unfinished one.
  Result<void> copy(const std::string& set) {
    PassOutcome& outcome = account_->outcome();
    manifest_.image = manifest_.name + std::string(kImageSuffix);
    TINTYPE_TRY(const auto image,
                store_.create_image(set_object(set, manifest_.image), options_.permissions));
    outcome.read_back = read_back_of(options_.read_back, image->file().geometry().direct);
    const ChunkSealer& sealer = kNoSealer;
    ImageLayout layout({.volume_bytes = volume_->size_bytes(),
                        .chunk_bytes = options_.chunk_bytes,
                        .sector_bytes = volume_->sector_bytes(),
                        .stock = options_.stock,
                        .seal_bytes = sealer.seal_bytes()});
    BackupFlow flow(*volume_, *plan_, survey_->checks, layout, image->file(),
                    {options_.compression, options_.stock, options_.read_back, account_->map(),
                     stand_ins(), sealer});
    TINTYPE_CHECK(run_pass(flow, options_.pass, {manifest_.name, plan_->data_bytes(), Phase::copy},
                           monitor_, outcome));
    flow.end_volume();
    if (folder_ != nullptr) {
      outcome.folder_problems = folder_->finish([&] { return !monitor_.stop_requested; });
      if (monitor_.stop_requested) return stopped_error();
    } else {
      watch_->end(options_.allow_source_in_use, outcome.folder_problems);
      if (options_.allow_source_in_use) manifest_.source_in_use = watch_->in_use();
      if (!manifest_.source_in_use.empty())
        monitor_.warning(
            fmt::format("in use while it was read, as was allowed: {}", manifest_.source_in_use));
    }
    account_->passed(*survey_, flow);
    facts_ = survey_->streams.take_facts(manifest_.name);
    fill_manifest(layout.content_digest());
    TINTYPE_CHECK(flow.finish({.volume_name = manifest_.name,
                               .filesystem = outcome.filesystem,
                               .all_blocks = survey_->all_blocks,
                               .captured = survey_->captured,
                               .unreadable = flow.unreadable(),
                               .report_json = to_json_line(manifest_)}));
    TINTYPE_TRY(durable_, DurableImage::commit(*image, manifest_.name, outcome.read_back));
    manifest_.image_bytes = layout.file_bytes();
    outcome.written_bytes = layout.file_bytes();
    outcome.content_digest = layout.content_digest();
    return {};
  }

  [[nodiscard]] std::uint64_t data_bytes() const { return plan_->data_bytes(); }

  void plan_only() {
    account_->planned(*survey_, *plan_);
    if (folder_ != nullptr) account_->outcome().folder_problems = folder_->layout().problems;
    fill_manifest({});
  }

  [[nodiscard]] const VolumeManifest& manifest() const { return manifest_; }
  [[nodiscard]] const PassOutcome& outcome() const { return account_->outcome(); }
  [[nodiscard]] const DurableImage& durable() const { return *durable_; }  // after copy()
  [[nodiscard]] EseSetFacts take_stream_facts() { return std::move(facts_); }

 private:
  Result<void> open_folder(const std::string& path) {
    if (store_.is_local()) TINTYPE_CHECK(refuse_part_of(options_.repository, path));
    monitor_.warning(fmt::format(
        "{}: folder backup: restores as files only, not as a bootable or bit-equal volume; logs "
        "are never truncated after it",
        path));
    TINTYPE_TRY(
        auto folder,
        open_folder_volume(path, {.apart_from = store_.is_local() ? options_.repository : "",
                                  .stop = [this] { return monitor_.stop_requested.load(); }}));
    folder_ = folder.get();
    volume_ = std::move(folder);
    const FolderLayout& layout = folder_->layout();
    for (std::size_t i = 0; i < std::min(layout.left_out.kept.size(), kLeftOutToldMax); ++i)
      monitor_.warning(fmt::format("{}{}: {}", path, layout.left_out.kept[i].path,
                                   layout.left_out.kept[i].what));
    if (layout.left_out.total > kLeftOutToldMax)
      monitor_.warning(
          fmt::format("{}: {} left out: sockets, other file systems", path,
                      counted(layout.left_out.total - kLeftOutToldMax, "more was", "more were")));
    monitor_.detail(fmt::format("{}: {}, {}, {} of files, {} of headers", path,
                                counted(layout.tree.files().size(), "file"),
                                counted(layout.tree.folders().size(), "folder"),
                                counted(layout.tree.stored_total(), "byte"),
                                layout.image_bytes - layout.tree.stored_total()));
    return {};
  }

  // A folder gives zeros for what a file lost meanwhile: nothing is to be judged from them.
  [[nodiscard]] std::function<ExtentList(Extent)> stand_ins() const {
    if (folder_ == nullptr) return {};
    return [this](Extent within) { return folder_->stand_ins(within); };
  }

  void fill_manifest(const Digest128& content_digest) {
    const PassOutcome& outcome = account_->outcome();
    manifest_.filesystem = outcome.filesystem;
    manifest_.label = outcome.label;
    manifest_.volume_bytes = outcome.volume_bytes;
    manifest_.captured_bytes = outcome.captured_bytes;
    manifest_.chunk_bytes = options_.chunk_bytes;
    manifest_.all_blocks = survey_->all_blocks;
    manifest_.stock = options_.stock;
    manifest_.compression = word(options_.compression);
    manifest_.content_digest = to_hex(content_digest);
    manifest_.read_back = outcome.read_back;
    manifest_.unreadable = outcome.unreadable;
    manifest_.folder = folder_ != nullptr;
    manifest_.folder_problems = outcome.folder_problems;
    manifest_.source_watched = folder_ != nullptr || (watch_ && watch_->watched());
    manifest_.databases = outcome.databases;
    manifest_.databases_not_checked = outcome.databases_not_checked;
  }

  const BackupOptions& options_;
  const ImageStore& store_;
  JobMonitor& monitor_;
  std::unique_ptr<Volume> volume_;
  const FolderVolume* folder_ = nullptr;  // it, if it is a folder
  std::optional<SourceWatch> watch_;      // any other
  std::unique_ptr<VolumeSurvey> survey_;
  std::unique_ptr<CapturePlan> plan_;
  std::optional<PassAccount> account_;  // once the volume is open
  VolumeManifest manifest_;
  std::optional<DurableImage> durable_;
  EseSetFacts facts_;
};

std::uint64_t data_bytes_of(const std::vector<std::unique_ptr<VolumeBackup>>& volumes) {
  std::uint64_t sum = 0;
  for (const auto& volume : volumes) sum += volume->data_bytes();
  return sum;
}

Result<void> check_options(const BackupOptions& options) {
  if (options.volumes.empty()) return plain_error("no volume to back up");
  if (!std::has_single_bit(options.chunk_bytes) || options.chunk_bytes < kChunkBytesMin ||
      options.chunk_bytes > kChunkBytesMax)
    return plain_error(fmt::format("a chunk of {} bytes is not possible", options.chunk_bytes),
                       "use a power of two from 64 KiB to 4 MiB");
  return {};
}

// The pass itself has read back what it wrote: that is the first verdict on each image.
void record_read_back(const Repository& repository, const BackupOutcome& outcome,
                      std::span<const DurableImage> images, JobMonitor& monitor) {
  const VerdictStore verdicts(repository);
  const SetEntry set{.name = outcome.manifest.name,
                     .path = outcome.set_path,
                     .finished = true,
                     .manifest = outcome.manifest};
  for (const VolumeManifest& volume : set.manifest.volumes)
    for (const DurableImage& image : images)
      if (image.volume() == volume.name && image.was_read_back()) {
        Verdict verdict = verdicts.about(set, volume);
        verdict.kind = kVerdictReadBack;
        verdict.image = image.stamp();
        verdict.level = fmt::format("stored bytes, {}", to_string(image.read_back()));
        verdict.sound = true;
        keep_verdict(verdicts, verdict, monitor);
      }
}

// One set: prepared before anything is written, for most mistakes end there; begun, filled volume
// by volume, committed, and confirmed if that is asked for.
class SetBackup {
 public:
  SetBackup(const BackupOptions& options, JobMonitor& monitor)
      : options_(options), monitor_(monitor), started_(Clock::now()) {
    SetManifest& manifest = outcome_.manifest;
    manifest.program = program_version();
    manifest.host = this_host();
    manifest.type = options.type;
    manifest.all_databases = options.all_databases;
    manifest.started_utc = utc_text(started_);
  }

  Result<BackupOutcome> run() && {
    TINTYPE_TRY(std::vector<VolumeSpec> specs, parse_specs());
    TINTYPE_TRY(const Repository repository, Repository::open(options_.repository));
    TINTYPE_CHECK(prepare(repository, specs));
    const BegunRecord begun = begun_record(specs);
    tidy_repository(repository, begun, options_.dry_run, monitor_);
    if (options_.dry_run) {
      TINTYPE_CHECK(plan_only());
      return std::move(outcome_);
    }
    TINTYPE_TRY(const std::string set, begin(repository, begun));
    for (auto& volume : volumes_) {
      TINTYPE_CHECK(copy(*volume, set));
      volume.reset();
    }
    judge();
    TINTYPE_CHECK(commit(repository));
    if (options_.confirm.asked()) outcome_.confirmation = confirm(repository);
    return std::move(outcome_);
  }

 private:
  Result<std::vector<VolumeSpec>> parse_specs() const {
    std::vector<VolumeSpec> specs;
    for (const auto& source : options_.volumes) {
      TINTYPE_TRY(VolumeSpec spec, parse_volume_spec(source.path));
      spec.allowed_folders = options_.allowed_folders;
      specs.push_back(std::move(spec));
    }
    if (options_.confirm.asked() && std::ranges::any_of(specs, is_folder))
      return plain_error("a folder backup never truncates logs, nor confirms that they may go",
                         "back up the volume that the folder is on");
    return specs;
  }

  [[nodiscard]] std::string begun_name() const {
    return make_set_name(started_, outcome_.manifest.host, options_.type);
  }

  Result<void> prepare(const Repository& repository, const std::vector<VolumeSpec>& specs) {
    const ImageStore& store = *repository.store();
    const std::vector<std::string> names = volume_names(options_, store, specs, monitor_);
    TINTYPE_CHECK(check_path_lengths(repository, begun_name(), names));
    for (std::size_t i = 0; i < names.size(); ++i) {
      volumes_.push_back(std::make_unique<VolumeBackup>(options_, store, monitor_));
      TINTYPE_CHECK(volumes_.back()->prepare(specs[i], names[i]));
    }
    return {};
  }

  [[nodiscard]] BegunRecord begun_record(const std::vector<VolumeSpec>& specs) const {
    BegunRecord begun = begun_here();
    begun.started_utc = outcome_.manifest.started_utc;
    for (const VolumeSpec& spec : specs) begun.sources.push_back(absolute_text(spec));
    return begun;
  }

  Result<void> plan_only() {
    for (auto& volume : volumes_) {
      volume->plan_only();
      note(*volume);
    }
    for (const std::string& directory : options_.confirm.truncate_directories) {
      TINTYPE_TRY(auto streams, forecast_truncation(directory));
      outcome_.forecasts.push_back({directory, std::move(streams)});
    }
    return {};
  }

  // The set's key.
  Result<std::string> begin(const Repository& repository, const BegunRecord& begun) {
    SetManifest& manifest = outcome_.manifest;
    const bool full = options_.type == BackupType::full;
    monitor_.detail(fmt::format("event {}: {} backup starting",
                                full ? kEventFullBackupStarting : kEventCopyBackupStarting,
                                to_string(options_.type)));
    TINTYPE_TRY(std::vector<SetEntry> sets, repository.sets());
    manifest.sequence = next_sequence(sets);
    TINTYPE_CHECK(
        check_room(*repository.store(), data_bytes_of(volumes_), options_.compression, monitor_));
    TINTYPE_TRY(const std::string folder, repository.begin_set(begun_name(), options_.permissions));
    manifest.name = set_name_of(folder);
    sets.push_back({.name = manifest.name, .finished = true, .manifest = manifest});
    for (const std::string& line : clock_warnings(sets, started_)) monitor_.warning(line);
    monitor_.set_begun(manifest.name);
    if (!repository.is_locked(folder))
      monitor_.warning(
          fmt::format("{} has no locks: nobody can tell whether this backup runs; until it ends do "
                      "not remove its "
                      "unfinished set, and start no other of this source",
                      repository.path()));
    std::string set = manifest.name + std::string(kPartialSuffix);
    TINTYPE_CHECK(write_begun_record(*repository.store(), set, begun, options_.permissions));
    return set;
  }

  void note(const VolumeBackup& volume) {
    outcome_.manifest.volumes.push_back(volume.manifest());
    outcome_.volumes.push_back(volume.outcome());
  }

  Result<void> copy(VolumeBackup& volume, const std::string& set) {
    TINTYPE_CHECK(volume.copy(set));
    note(volume);
    images_.push_back(volume.durable());
    facts_.append(volume.take_stream_facts());
    return {};
  }

  void judge() {
    for (const EseLogFacts& log : facts_.logs)
      if (log.complete && !log.looks_like_log)
        monitor_.detail(fmt::format("{} is no ESE log: left out of the judgement", log.path));
    SetManifest& manifest = outcome_.manifest;
    manifest.streams = judge_ese_streams(facts_);
    shorten(manifest);
    manifest.sound = flaw_in(manifest).empty();
    manifest.finished_utc = utc_text(Clock::now());
    for (const GateDecision& decision : judge_set(manifest, images_))
      manifest.gates.push_back(decision.record);
  }

  Result<void> commit(const Repository& repository) {
    TINTYPE_TRY(outcome_.set_path, repository.commit_set(outcome_.manifest, options_.permissions));
    monitor_.detail(fmt::format("event {}: backup completed, set {}", kEventBackupCompleted,
                                outcome_.manifest.name));
    record_read_back(repository, outcome_, images_, monitor_);
    return {};
  }

  [[nodiscard]] ConfirmOutcome confirm(const Repository& repository) const {
    const auto committed = repository.find(outcome_.manifest.name);
    if (committed && check_usable(*committed))
      return confirm_set(repository, *committed, options_.confirm, monitor_, images_);
    return {.problem = committed ? committed->problem : committed.error().line()};
  }

  const BackupOptions& options_;
  JobMonitor& monitor_;
  const Clock::time_point started_;
  std::vector<std::unique_ptr<VolumeBackup>> volumes_;
  std::vector<DurableImage> images_;
  EseSetFacts facts_;  // of all volumes: logs and databases need not share one
  BackupOutcome outcome_;
};

}  // namespace

Result<BackupOutcome> run_backup(const BackupOptions& options, JobMonitor& monitor) {
  TINTYPE_CHECK(check_options(options));
  auto outcome = SetBackup(options, monitor).run();
  if (!outcome && !options.dry_run)
    monitor.detail(fmt::format("event {}: backup aborted", kEventBackupAborted));
  return outcome;
}

}  // namespace tintype
