#include "engine/job/check_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "engine/flow/copy_flow.h"
#include "engine/guard/source_watch.h"
#include "engine/image/chunk_bytes.h"
#include "engine/job/pass.h"
#include "engine/survey/stream_survey.h"
#include "io/volume/joined_volume.h"
#include "io/volume/raw_volume.h"
#include "verify/ese/ese_stream_names.h"
#include "verify/ese/format/ese_format.h"

namespace tintype {
namespace {

// Files of one pass: two handles each, out of the 1024 that a process is usually given.
constexpr std::size_t kFilesInPassMax = 200;

class Check {
 public:
  Check(const CheckOptions& options, CheckFiles found, JobMonitor& monitor)
      : options_(options), found_(std::move(found)), monitor_(monitor) {
    outcome_.subject = found_.subject;
    outcome_.base = found_.base;
    outcome_.pass.reads = found_.reads;
    outcome_.pass.read_back = ReadBack::none;
  }

  Result<CheckOutcome> run() && {
    std::vector<const CheckFile*> files;
    for (const CheckFile& file : found_.files) {
      by_path_[file.path] = &file;
      if (passes_by(file)) continue;
      files.push_back(&file);
    }
    for (std::size_t at = 0; at < files.size(); at += kFilesInPassMax)
      TINTYPE_CHECK(
          check(std::span(files).subspan(at, std::min(kFilesInPassMax, files.size() - at))));
    settle();
    return std::move(outcome_);
  }

 private:
  [[nodiscard]] bool alone() const { return found_.subject == CheckSubject::file; }

  // What no pass is needed for.
  bool passes_by(const CheckFile& file) {
    if (!file.problem.empty()) {
      unchecked(file, file.problem);
    } else if (file.kind == EseFileKind::spare_log) {
      outcome_.stream_files.push_back(
          {.kind = file.kind, .report = {.path = file.path, .format = "ESE spare log"}});
    } else if (file.kind != EseFileKind::database &&
               file.file_bytes > EseUnitCheck::kFileBytesMax) {
      unchecked(file, fmt::format("a {} of {} bytes is larger than any can be",
                                  to_string(file.kind), file.file_bytes));
    } else {
      return false;
    }
    return true;
  }

  void unchecked(const CheckFile& file, std::string_view why) {
    FileReport report;
    report.path = file.path;
    report.format = fmt::format("{} {}", file.database != nullptr ? file.database->name() : "ESE",
                                to_string(file.kind));
    report.add({.kind = FindingKind::not_checked, .text = fmt::format("not checked: {}", why)});
    if (file.kind == EseFileKind::database) {
      if (is_ese(report)) facts_.databases.push_back({.path = file.path});
      outcome_.pass.databases.push_back(std::move(report));
      return;
    }
    if (file.kind == EseFileKind::log)
      facts_.logs.push_back(
          {.path = file.path, .file_bytes = file.file_bytes, .not_checked = true});
    outcome_.stream_files.push_back({.kind = file.kind, .report = std::move(report)});
  }

  // One pass over the files, one behind the other: no chunk holds two of them.
  Result<void> check(std::span<const CheckFile* const> files) {
    std::vector<std::unique_ptr<Volume>> parts;
    std::vector<const CheckFile*> opened;
    std::vector<StorageStamp> stamps;  // of those
    for (const CheckFile* file : files) {
      if (file->file_bytes == 0) {
        empty(*file);
        continue;
      }
      const StorageStamp stamp = stamp_of_file(file->path);
      auto part = open_raw_volume(file->path);
      if (!part && alone()) return tl::unexpected(std::move(part).error());
      if (!part) {  // gone since it was found
        unchecked(*file, part.error().line());
        continue;
      }
      parts.push_back(*std::move(part));
      opened.push_back(file);
      stamps.push_back(stamp);
    }
    if (parts.empty()) return {};

    const JoinedVolume volume(options_.file, std::move(parts), kChunkBytesDefault);
    InlineChecks checks;
    StreamSurvey survey;
    ExtentList captured;
    for (std::size_t i = 0; i < opened.size(); ++i)
      TINTYPE_CHECK(add(*opened[i], volume, i, checks, survey, captured));
    checks.seal();
    TINTYPE_TRY(const ExtentList data, volume.data_extents());
    CapturePlan plan(volume.size_bytes(), kChunkBytesDefault, normalized(captured), data);
    CopyFlow flow(volume, plan, checks, nullptr);
    PassOptions pass = options_.pass;
    pass.serial |= volume.size_bytes() <= kChunkBytesDefault;  // one block: nothing can overlap
    TINTYPE_CHECK(run_pass(flow, pass, {options_.file, plan.data_bytes(), Phase::copy}, monitor_,
                           outcome_.pass));
    TINTYPE_CHECK(flow.finish());
    for (std::size_t i = 0; i < opened.size(); ++i)
      if (const std::string change = change_between(stamps[i], stamp_of_file(opened[i]->path));
          !change.empty())
        outcome_.pass.folder_problems.add(problem_path(opened[i]->path), change);
    outcome_.pass.volume_bytes += total_bytes(captured);
    outcome_.pass.captured_bytes += total_bytes(captured);
    for (const Extent& range : flow.unreadable()) {
      const std::size_t part = volume.part_at(range.offset);
      const std::uint64_t file_offset = range.offset - volume.place_of(part).offset;
      outcome_.pass.unreadable.push_back(
          {{file_offset, range.length}, opened[part]->path, file_offset});
    }
    take_reports(checks.finish(), survey);
    return {};
  }

  Result<void> add(const CheckFile& file, const JoinedVolume& volume, std::size_t part,
                   InlineChecks& checks, StreamSurvey& survey, ExtentList& captured) {
    const Extent place = volume.place_of(part);
    const std::vector<FileRun> runs{{0, place.offset, place.length}};
    if (file.kind != EseFileKind::database) {
      survey.add(file.kind,
                 {.path = file.path,
                  .size_bytes = place.length,
                  .valid_bytes = place.length,
                  .runs = runs},
                 checks, true);
      captured.push_back(place);
      return {};
    }
    std::vector<std::byte> front(std::min<std::uint64_t>(place.length, kDatabaseFrontBytes));
    TINTYPE_CHECK(volume.part(part).read(0, front));
    ++outcome_.pass.reads;
    OpenedDatabase opened = found_.databases.open(*file.database, file.path, place.length, front);
    if (opened.check == nullptr && alone())
      return plain_error(fmt::format("{} {}", file.path, opened.passed_by), opened.why);
    if (opened.check == nullptr) {
      monitor_.detail(fmt::format("{} {}", file.path, opened.passed_by));
      return {};
    }
    survey.add_database(*file.database, file.path, front);
    checks.add(std::move(opened.check), place.length, runs, opened.listed);
    captured.push_back(place);
    return {};
  }

  // A file without a byte has no header, and no part in a pass.
  void empty(const CheckFile& file) {
    StreamSurvey survey;
    InlineChecks checks;
    if (file.kind == EseFileKind::database) {
      survey.add_database(*file.database, file.path, {});
      if (OpenedDatabase opened = found_.databases.open(*file.database, file.path, 0, {});
          opened.check != nullptr)
        checks.add(std::move(opened.check), 0, {}, opened.listed);
    } else {
      survey.add(file.kind, {.path = file.path}, checks, true);
    }
    take_reports(checks.finish(), survey);
  }

  void take_reports(std::vector<FileReport> reports, StreamSurvey& survey) {
    survey.finish(reports);
    EseSetFacts facts = survey.take_facts("");
    std::map<std::string, const EseLogFacts*> logs;
    for (const EseLogFacts& log : facts.logs) logs[log.path] = &log;
    for (FileReport& report : reports) {
      // A place on the volume that was made up for the pass says nothing.
      for (Finding& finding : report.findings) finding.volume_offset = Finding::kNowhere;
      const EseFileKind kind = by_path_.at(report.path)->kind;
      if (kind == EseFileKind::database) {
        outcome_.pass.databases.push_back(std::move(report));
        continue;
      }
      CheckedStreamFile& file = outcome_.stream_files.emplace_back();
      file.kind = kind;
      if (kind == EseFileKind::log) file.log = *logs.at(report.path);
      file.report = std::move(report);
    }
    facts_.append(std::move(facts));
  }

  // By path; but the current log is the last of its folder, as it is of its stream.
  void settle() {
    found_.databases.settle(outcome_.pass.databases);
    std::ranges::sort(outcome_.pass.databases, {}, &FileReport::path);
    std::ranges::sort(outcome_.stream_files, {}, [](const CheckedStreamFile& file) {
      const std::string& path = file.report.path;
      const auto name = parse_ese_stream_name(file_name_of(path));
      const bool current = name && name->kind == EseStreamFileKind::current_log;
      return std::tuple(std::string(folder_of(path)), current, path);
    });
    if (alone()) return;
    outcome_.streams = judge_ese_streams(facts_);
    // Without a database that could do without them, whatever breaks the chain of logs counts.
    for (EseStreamReport& stream : outcome_.streams)
      for (Finding& finding : stream.findings)
        if (stream.databases.empty() && finding.error_number != 0)
          finding.kind = FindingKind::incomplete;
  }

  const CheckOptions& options_;
  CheckFiles found_;
  JobMonitor& monitor_;
  std::map<std::string, const CheckFile*> by_path_;
  EseSetFacts facts_;
  CheckOutcome outcome_;
};

}  // namespace

bool passes_check(const FileReport& report) noexcept {
  return report.sound() && report.pages.bad_checksum == 0;
}

bool spoils_check(const EseStreamReport& stream) noexcept {
  if (!stream.databases.empty()) return spoils_backup(stream);
  return std::ranges::any_of(stream.findings,
                             [](const Finding& finding) { return !is_warning(finding.kind); });
}

bool CheckOutcome::sound() const noexcept {
  return pass.unreadable.empty() && pass.folder_problems.total == 0 &&
         std::ranges::all_of(pass.databases, passes_check) &&
         std::ranges::all_of(stream_files,
                             [](const CheckedStreamFile& file) {
                               return file.kind == EseFileKind::spare_log ||
                                      passes_check(file.report);
                             }) &&
         std::ranges::none_of(streams, spoils_check);
}

Result<CheckOutcome> run_check(const CheckOptions& options, JobMonitor& monitor) {
  // They wait for the disk: as many as a pass has reads in flight.
  const unsigned at_once = options.pass.serial ? 1 : options.pass.io_depth;
  TINTYPE_TRY(CheckFiles found, find_check_files(options.file, options.formats, monitor, at_once));
  return Check(options, std::move(found), monitor).run();
}

}  // namespace tintype
