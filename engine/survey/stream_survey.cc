#include "engine/survey/stream_survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "hashing/counted.h"
#include "io/extent_gaps.h"
#include "verify/ese/ese_stream_names.h"
#include "verify/ese/format/ese_format.h"

namespace tintype {
namespace {

constexpr std::uint64_t kSmallFileBytesMax = 1 << 20;  // of a checkpoint: it has 8192

}  // namespace

bool lies_in(const FileEntry& file, const ExtentList& captured) {
  return std::ranges::all_of(file.runs, [&](const FileRun& run) {
    return gaps_within(captured, {run.volume_offset, run.length}).empty();
  });
}

void StreamSurvey::add_database(const DatabaseFormat& format, const std::string& path,
                                std::span<const std::byte> front) {
  if (&format == &ese_format()) add_database(path, read_ese_header(front));
}

void StreamSurvey::add_database(const std::string& path, const EseHeaderReading& header) {
  using Status = EseHeaderReading::Status;
  facts_.databases.push_back(
      {.path = path,
       .has_header = header.status != Status::corrupt && header.status != Status::refused,
       .header = header.header});
}

void StreamSurvey::add_file(FileEntry&& file, const ExtentList& captured, InlineChecks& checks) {
  const auto name = parse_ese_stream_name(file_name_of(file.path));
  if (!name || file.size_bytes < kEseLogHeaderBytes ||
      file.size_bytes > EseUnitCheck::kFileBytesMax)
    return;
  // Bytes that do not lie on the volume as they are cannot be checked while it streams by.
  const bool streamed =
      file.storage == FileStorage::runs && file.problem.empty() && lies_in(file, captured);
  switch (name->kind) {
    case EseStreamFileKind::archived_log:
    case EseStreamFileKind::current_log:
      if (streamed)
        add(EseFileKind::log, std::move(file), checks, false);
      else
        facts_.logs.push_back(
            {.path = std::move(file.path), .file_bytes = file.size_bytes, .not_checked = true});
      return;
    case EseStreamFileKind::checkpoint:
      if (streamed && file.size_bytes <= kSmallFileBytesMax)
        add(EseFileKind::checkpoint, std::move(file), checks, false);
      return;
    case EseStreamFileKind::flush_map:
      if (streamed) add(EseFileKind::flush_map, std::move(file), checks, false);
      return;
    case EseStreamFileKind::temp_log:
    case EseStreamFileKind::reserve_log:
      return;
  }
}

void StreamSurvey::add(EseFileKind kind, FileEntry&& file, InlineChecks& checks, bool listed) {
  const auto take = [&](auto check, auto& list) {
    list.push_back(check.get());
    checks.add(std::move(check), file.size_bytes, std::move(file.runs), listed);
  };
  switch (kind) {
    case EseFileKind::log:
      ++logs_to_check_;
      checks.add(
          std::make_unique<EseLogCheck>(std::move(file.path), file.size_bytes, budget_, *logs_),
          file.size_bytes, std::move(file.runs), listed);
      return;
    case EseFileKind::checkpoint:
      return take(
          std::make_unique<EseCheckpointCheck>(std::move(file.path), file.size_bytes, budget_),
          checkpoints_);
    case EseFileKind::flush_map:
      return take(
          std::make_unique<EseFlushMapCheck>(std::move(file.path), file.size_bytes, budget_),
          flush_maps_);
    case EseFileKind::database:
    case EseFileKind::spare_log:
    case EseFileKind::none:
      return;
  }
}

std::string StreamSurvey::summary() const {
  if (logs_to_check_ == 0 && checkpoints_.empty() && flush_maps_.empty()) return {};
  return fmt::format("checking in-line what may be {}, {}, {}", counted(logs_to_check_, "log"),
                     counted(checkpoints_.size(), "checkpoint"),
                     counted(flush_maps_.size(), "flush map"));
}

void StreamSurvey::finish(std::span<const FileReport> databases) {
  for (EseDatabaseFacts& database : facts_.databases)
    for (const FileReport& report : databases)
      if (report.path == database.path) {
        database.sound = report.sound();
        database.checked = report.checked();
      }
  facts_.logs.splice(facts_.logs.end(), *logs_);
  for (const EseCheckpointCheck* check : checkpoints_) facts_.checkpoints.push_back(check->facts());
  for (const EseFlushMapCheck* check : flush_maps_) facts_.flush_maps.push_back(check->facts());
  checkpoints_.clear();
  flush_maps_.clear();
}

EseSetFacts StreamSurvey::take_facts(const std::string& volume) {
  EseSetFacts facts = std::move(facts_);
  facts_ = {};
  for (auto& database : facts.databases) database.volume = volume;
  for (auto& log : facts.logs) log.volume = volume;
  for (auto& checkpoint : facts.checkpoints) checkpoint.volume = volume;
  for (auto& map : facts.flush_maps) map.volume = volume;
  return facts;
}

}  // namespace tintype
