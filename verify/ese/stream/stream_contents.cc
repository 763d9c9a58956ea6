#include "verify/ese/stream/stream_contents.h"

#include <fmt/format.h>

#include <algorithm>

#include "verify/ese/ese_error.h"
#include "verify/ese/ese_stream_names.h"
#include "verify/ese/ese_text.h"

namespace tintype {

EseStreamReport StreamContents::list(const NeededLogs& needed) const {
  EseStreamReport report;
  report.base = group_.base;
  report.volume = group_.volume;
  report.log_folder = group_.base.empty() ? "" : group_.folder;
  if (group_.signature.is_set()) report.log_signature = signature_hex(group_.signature);
  report.gen_min_required = needed.min_required();
  report.gen_max_required = needed.max_required();
  report.gen_max_committed = needed.max_committed();
  list_databases(report);
  list_logs(report);
  list_checkpoint(report);
  list_flush_maps(report);
  list_attachments(report);
  return report;
}

StreamDatabase StreamContents::listed(const EseDatabaseFacts& database) const {
  const DatabaseHeader& header = database.header;
  StreamDatabase listed{
      .path = database.path,
      .state = std::string(to_string(static_cast<EseState>(header.state.value()))),
      .dirty = needs_logs(database),
      .sound = database.sound,
      .repairs = group_.repaired ? std::int64_t{header.repair_count} : 0};
  if (listed.dirty) {
    listed.gen_min_required = header.gen_min_required;
    listed.gen_max_required = header.gen_max_required;
    listed.gen_max_committed = NeededLogs::max_committed_of(header);
  }
  return listed;
}

void StreamContents::list_databases(EseStreamReport& report) const {
  for (const EseDatabaseFacts* database : group_.databases)
    report.databases.push_back(listed(*database));
  for (const EseDatabaseFacts* stranger : group_.strangers)
    report.databases.push_back(
        {.path = stranger->path,
         .state = stranger->has_header ? "of another log stream" : "header damaged",
         .dirty = needs_logs(*stranger)});
}

void StreamContents::list_logs(EseStreamReport& report) const {
  bool has_current = false;
  for (const GroupedLog& log : group_.logs) {
    report.logs.push_back({.path = log.facts->path,
                           .generation = log.generation,
                           .current = log.current,
                           .sound = log.facts->sound()});
    has_current |= log.current;
    if (log.generation == 0) continue;
    if (report.gen_lowest == 0) report.gen_lowest = log.generation;
    report.gen_lowest = std::min(report.gen_lowest, log.generation);
    report.gen_highest = std::max(report.gen_highest, log.generation);
    if (!log.current && log.generation > report.gen_last_closed) {
      report.gen_last_closed = log.generation;
      report.last_closed_created = log_time_hex(log.facts->header.create_time);
    }
    if (log.facts->has_header())
      report.circular = (log.facts->header.flags & LogHeader::kCircularNow) != 0 ||
                        (log.facts->header.environment_flags & 1) != 0;
  }
  report.current_log_missing = !group_.logs.empty() && !has_current;
}

void StreamContents::list_checkpoint(EseStreamReport& report) const {
  if (group_.checkpoint == nullptr) return;
  const auto& [volume, path, complete, reading] = *group_.checkpoint;
  if (!group_.checkpoint->usable())
    return findings_.warn(
        kErrCheckpointCorrupt,
        fmt::format("checkpoint {} cannot be used; recovery starts at the lowest log", path));
  if (group_.signature.is_set() && reading.header.log_signature != group_.signature)
    return findings_.warn(kErrBadCheckpointSignature,
                          fmt::format("checkpoint {} is of another log stream", path));
  // Of a repaired database no replay starts there.
  if (group_.repaired) return;
  report.gen_checkpoint = reading.header.checkpoint.generation;
  for (const EseProblem& problem : reading.problems) findings_.warn(problem.finding);
}

void StreamContents::list_flush_maps(EseStreamReport& report) const {
  for (const EseFlushMapFacts& map : facts_.flush_maps)
    for (const EseDatabaseFacts* database : group_.databases) {
      if (map.volume != database->volume || stem_of(map.path) != stem_of(database->path)) continue;
      for (const EseProblem& problem : map.problems) findings_.warn(problem.finding, map.path);
      const std::int64_t needs = map.header.gen_min_required;
      if (!map.header_is_sound || map.header.is_clean() || needs <= 0 ||
          !flush_map_matches(map.header, database->header))
        continue;
      auto& low = report.gen_flush_map_min_required;
      low = low == 0 ? needs : std::min(low, needs);
    }
}

// Names and folders may differ between the server and the snapshot: signatures do not.
bool StreamContents::is_here(const EseAttachment& attached) const {
  return std::ranges::any_of(facts_.databases, [&](const EseDatabaseFacts& database) {
    return database.has_header && database.header.db_signature == attached.db_signature;
  });
}

void StreamContents::list_attachments(EseStreamReport& report) const {
  const auto take = [&](const std::vector<EseAttachment>& list) {
    for (const EseAttachment& attached : list)
      if (!is_here(attached) && std::ranges::find(report.attached_elsewhere, attached.path) ==
                                    report.attached_elsewhere.end())
        report.attached_elsewhere.push_back(attached.path);
  };
  if (report.gen_checkpoint > 0) take(group_.checkpoint->reading.attached);
  // Ascending: the last one with a header is the newest.
  const auto newest = std::find_if(group_.logs.rbegin(), group_.logs.rend(),
                                   [](const GroupedLog& log) { return log.facts->has_header(); });
  if (newest != group_.logs.rend()) take(newest->facts->attached);
  if (group_.databases.empty()) return;
  for (const std::string& path : report.attached_elsewhere)
    findings_.warn(0, fmt::format("{} writes these logs too, and is not here", path));
}

}  // namespace tintype
