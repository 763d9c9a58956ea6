#include "verify/ese/stream/ese_log_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

#include "verify/ese/ese_error.h"
#include "verify/ese/ese_stream_names.h"
#include "verify/ese/ese_text.h"
#include "verify/ese/log/ese_log_link.h"
#include "verify/ese/stream/ese_stream_words.h"

namespace tintype {
namespace {

// What a fault of one generation costs.
enum class Cost : std::uint8_t { nothing, committed, required };

class Judge {
 public:
  Judge(const StreamGroup& group, const EseSetFacts& facts) : group_(group), facts_(facts) {}

  EseStreamReport run() && {
    report_.base = group_.base;
    report_.volume = group_.volume;
    report_.log_folder = group_.base.empty() ? "" : group_.folder;
    if (group_.signature.is_set()) report_.log_signature = signature_hex(group_.signature);
    take_databases();
    take_logs();
    take_checkpoint();
    take_flush_maps();
    take_attachments();
    judge_databases();
    judge_presence();
    judge_logs();
    judge_links();
    for (const EseDatabaseFacts* database : group_.databases) judge_log_times(*database);
    settle();
    return std::move(report_);
  }

 private:
  void take_databases() {
    for (const EseDatabaseFacts* database : group_.databases) {
      const DatabaseHeader& header = database->header;
      StreamDatabase taken{
          .path = database->path,
          .state = std::string(to_string(static_cast<EseState>(header.state.value()))),
          .dirty = needs_logs(*database),
          .sound = database->sound,
          .repairs = group_.repaired ? std::int64_t{header.repair_count} : 0};
      if (taken.dirty) {
        dirty_ = true;
        taken.gen_min_required = header.gen_min_required;
        taken.gen_max_required = header.gen_max_required;
        // Older engines know no committed generations.
        taken.gen_max_committed =
            std::max<std::int64_t>(header.gen_max_committed, taken.gen_max_required);
        if (taken.gen_min_required > 0) {
          auto& low = report_.gen_min_required;
          low = low == 0 ? taken.gen_min_required : std::min(low, taken.gen_min_required);
        }
        report_.gen_max_required = std::max(report_.gen_max_required, taken.gen_max_required);
        report_.gen_max_committed = std::max(report_.gen_max_committed, taken.gen_max_committed);
      }
      report_.databases.push_back(std::move(taken));
    }
    for (const EseDatabaseFacts* stranger : group_.strangers)
      report_.databases.push_back(
          {.path = stranger->path,
           .state = stranger->has_header ? "of another log stream" : "header damaged",
           .dirty = needs_logs(*stranger)});
  }

  void take_logs() {
    bool has_current = false;
    for (const GroupedLog& log : group_.logs) {
      report_.logs.push_back({.path = log.facts->path,
                              .generation = log.generation,
                              .current = log.current,
                              .sound = log.facts->sound()});
      has_current |= log.current;
      if (log.generation == 0) continue;
      if (report_.gen_lowest == 0) report_.gen_lowest = log.generation;
      report_.gen_lowest = std::min(report_.gen_lowest, log.generation);
      report_.gen_highest = std::max(report_.gen_highest, log.generation);
      if (!log.current && log.generation > report_.gen_last_closed) {
        report_.gen_last_closed = log.generation;
        report_.last_closed_created = log_time_hex(log.facts->header.create_time);
      }
      if (log.facts->has_header())
        report_.circular = (log.facts->header.flags & LogHeader::kCircularNow) != 0 ||
                           (log.facts->header.environment_flags & 1) != 0;
    }
    report_.current_log_missing = !group_.logs.empty() && !has_current;
  }

  void take_checkpoint() {
    if (group_.checkpoint == nullptr) return;
    const auto& [volume, path, complete, reading] = *group_.checkpoint;
    if (!group_.checkpoint->usable())
      return warn(
          kErrCheckpointCorrupt,
          fmt::format("checkpoint {} cannot be used; recovery starts at the lowest log", path));
    if (group_.signature.is_set() && reading.header.log_signature != group_.signature)
      return warn(kErrBadCheckpointSignature,
                  fmt::format("checkpoint {} is of another log stream", path));
    // Of a repaired database no replay starts there.
    if (group_.repaired) return;
    report_.gen_checkpoint = reading.header.checkpoint.generation;
    for (const EseProblem& problem : reading.problems) warn(problem.finding);
  }

  void take_flush_maps() {
    for (const EseFlushMapFacts& map : facts_.flush_maps)
      for (const EseDatabaseFacts* database : group_.databases) {
        if (map.volume != database->volume || stem_of(map.path) != stem_of(database->path))
          continue;
        for (const EseProblem& problem : map.problems) warn(problem.finding, map.path);
        const std::int64_t needs = map.header.gen_min_required;
        if (!map.header_is_sound || map.header.is_clean() || needs <= 0 ||
            !flush_map_matches(map.header, database->header))
          continue;
        auto& low = report_.gen_flush_map_min_required;
        low = low == 0 ? needs : std::min(low, needs);
      }
  }

  // Names and folders may differ between the server and the snapshot: signatures do not.
  [[nodiscard]] bool is_here(const EseAttachment& attached) const {
    return std::ranges::any_of(facts_.databases, [&](const EseDatabaseFacts& database) {
      return database.has_header && database.header.db_signature == attached.db_signature;
    });
  }

  void take_attachments() {
    const auto take = [&](const std::vector<EseAttachment>& list) {
      for (const EseAttachment& attached : list)
        if (!is_here(attached) && std::ranges::find(report_.attached_elsewhere, attached.path) ==
                                      report_.attached_elsewhere.end())
          report_.attached_elsewhere.push_back(attached.path);
    };
    if (report_.gen_checkpoint > 0) take(group_.checkpoint->reading.attached);
    // Ascending: the last one with a header is the newest.
    const auto newest = std::find_if(group_.logs.rbegin(), group_.logs.rend(),
                                     [](const GroupedLog& log) { return log.facts->has_header(); });
    if (newest != group_.logs.rend()) take(newest->facts->attached);
    if (group_.databases.empty()) return;
    for (const std::string& path : report_.attached_elsewhere)
      warn(0, fmt::format("{} writes these logs too, and is not here", path));
  }

  [[nodiscard]] Cost cost_of(std::int64_t generation) const noexcept {
    if (!dirty_ || generation < report_.gen_min_required) return Cost::nothing;
    if (generation <= report_.gen_max_required) return Cost::required;
    return generation <= report_.gen_max_committed ? Cost::committed : Cost::nothing;
  }

  // ---- the questions, in the order of the facts ----

  void judge_databases() {
    for (const EseDatabaseFacts* stranger : group_.strangers) {
      const auto name = file_name_of(stranger->path);
      if (!stranger->has_header)
        fail(FindingKind::header_corrupt, kErrDatabaseCorrupted,
             fmt::format("the header of {} is damaged, so nobody knows which logs it needs", name));
      else
        fail(FindingKind::state, kErrDatabaseLogSetMismatch,
             fmt::format("{} needs the logs of another stream than the {} logs beside it", name,
                         group_.base));
    }
    for (const EseDatabaseFacts* database : group_.databases) {
      const auto name = file_name_of(database->path);
      const auto state = static_cast<EseState>(database->header.state.value());
      if (!restorable_by_replay(state))
        fail(FindingKind::state, 0,
             fmt::format("{} is in state \"{}\", which log replay cannot restore", name,
                         to_string(state)));
      else if (!database->checked)
        leave_open(fmt::format("not all pages of {} were checked", name));
      else if (!database->sound)
        fail(FindingKind::state, kErrDatabaseCorrupted,
             fmt::format("{} has damaged pages, which no log repairs", name));
      if (needs_logs(*database) && database->header.gen_min_required == 0)
        fail(FindingKind::state, kErrRequiredLogFilesMissing,
             fmt::format("{} was not shut down clean, but does not say which logs it needs", name));
    }
    const auto sizes_differ = [&](const GroupedLog& log) {
      return cost_of(log.generation) == Cost::required && log.facts->has_header() &&
             log.facts->header.page_bytes != 0 &&
             log.facts->header.page_bytes != group_.databases.front()->header.actual_page_bytes();
    };
    const auto differs = std::ranges::find_if(group_.logs, sizes_differ);
    if (differs != group_.logs.end())
      fail(
          FindingKind::state, kErrPageSizeMismatch,
          fmt::format("{} is for databases with pages of {} bytes, {} has {}",
                      file_name_of(differs->facts->path), differs->facts->header.page_bytes.value(),
                      file_name_of(group_.databases.front()->path),
                      group_.databases.front()->header.actual_page_bytes()));
  }

  void judge_presence() {
    std::vector<std::int64_t> here;
    for (const GroupedLog& log : group_.logs) here.push_back(log.generation);
    std::ranges::sort(here);
    here.erase(std::unique(here.begin(), here.end()), here.end());
    const auto missing = [&](std::int64_t low, std::int64_t high, int error_number,
                             std::string_view what) {
      if (low < 1) return;
      // Walks what is here, not the range, which a header may claim to be anything.
      for (auto next = std::ranges::lower_bound(here, low); low <= high; ++next) {
        const std::int64_t end = next == here.end() ? high + 1 : std::min(*next, high + 1);
        if (low < end) {
          gaps_.insert(end);
          add_gap(low, end - 1, error_number, what);
        }
        low = end + 1;
        if (next == here.end()) break;
      }
    };
    if (dirty_) {
      missing(report_.gen_min_required, report_.gen_max_required, kErrRequiredLogFilesMissing,
              "required");
      missing(std::max(report_.gen_max_required + 1, report_.gen_min_required),
              report_.gen_max_committed, kErrCommittedLogFilesMissing, "committed");
    }
    if (dirty_ && report_.gen_checkpoint > 0 && report_.gen_lowest > report_.gen_checkpoint &&
        report_.gen_checkpoint < report_.gen_min_required)
      warn(kErrMissingLogFile,
           fmt::format("log {} that the checkpoint names is not here; recovery has to start at {}",
                       generation_text(report_.gen_checkpoint),
                       generation_text(report_.gen_lowest)));
  }

  void add_gap(std::int64_t low, std::int64_t high, int error_number, std::string_view what) {
    const std::string one = fmt::format("log {}", log_name(group_, low));
    const std::string text =
        group_.logs.empty() ? fmt::format("none of the logs that {} ({}) is here{}",
                                          needing_text(group_), range_text(low, high), besides())
        : low == high
            ? fmt::format("{} (generation {}) is {} and not here", one, generation_text(low), what)
            : fmt::format("logs of generations {} are {} and not here", range_text(low, high),
                          what);
    if (error_number == kErrRequiredLogFilesMissing)
      fail(FindingKind::incomplete, error_number, text);
    else
      lose(error_number, text);
  }

  void judge_logs() {
    for (const GroupedLog& log : group_.logs) judge_log(log);
  }

  void judge_log(const GroupedLog& log) {
    const EseLogFacts& facts = *log.facts;
    const std::string name(file_name_of(facts.path));
    const auto blame = [&](int error_number, std::string text) {
      // A current log that cannot be read is what comes behind the last archived one.
      const std::int64_t generation =
          log.generation != 0 ? log.generation : report_.gen_last_closed + 1;
      blame_log(generation, error_number, std::move(text), facts.path);
    };
    if (!facts.complete || facts.not_checked) {
      if (cost_of(log.generation) != Cost::nothing || log.generation == 0)
        leave_open(fmt::format("log {} was not checked", name));
      else
        warn(0, fmt::format("{} was not checked", name));
      return;
    }
    if (!facts.has_header()) {
      const auto& problem = facts.problems.front().finding;
      return blame(problem.error_number, fmt::format("{}: {}", name, problem.text));
    }
    if (!log.current && log.generation != facts.header.generation)
      return blame(
          kErrLogGenerationMismatch,
          fmt::format("{} holds generation {}", name, generation_text(facts.header.generation)));
    if (facts.header.log_signature != group_.signature)
      return blame(kErrBadLogSignature, fmt::format("{} is of another log stream", name));
    // Recovery mends the torn end of the log that was being written.
    const bool torn_end = log.current && facts.torn != 0 && facts.backup_failures <= 1;
    for (const EseProblem& problem : facts.problems) {
      std::string text = fmt::format("{}: {}", name, problem.finding.text);
      const bool mended =
          torn_end && (problem.name == "TornWrite" || problem.name == "BackupVerifyFailure");
      if (mended || is_warning(problem.finding.kind))
        warn(problem.finding.error_number, std::move(text));
      else
        blame(problem.finding.error_number, std::move(text));
    }
    if (!log.current && facts.header.version_major >= 8 && facts.segments_good == 0 &&
        only_warnings(facts.problems))
      blame(kErrLogFileCorrupt, fmt::format("{} holds no records", name));
  }

  void blame_log(std::int64_t generation, int error_number, std::string text,
                 const std::string& path) {
    switch (cost_of(generation)) {
      case Cost::required:
        damaged_log_ = path;
        return fail(FindingKind::bad_checksum, error_number, std::move(text));
      case Cost::committed:
        return lose(error_number, std::move(text));
      case Cost::nothing:
        return warn(error_number, std::move(text));
    }
  }

  void judge_links() {
    const GroupedLog* earlier = nullptr;
    for (const GroupedLog& log : group_.logs) {
      const EseLogFacts& facts = *log.facts;
      if (!facts.has_header() || facts.header.log_signature != group_.signature ||
          facts.header.generation != log.generation)
        continue;
      if (earlier != nullptr) judge_link(*earlier, log);
      earlier = &log;
    }
  }

  void judge_link(const GroupedLog& earlier, const GroupedLog& later) {
    const EseLogIdentity& before = earlier.facts->header;
    const EseLogIdentity& after = later.facts->header;
    const std::string name(file_name_of(later.facts->path));
    const auto version = [](const EseLogIdentity& header) {
      return std::tuple(header.version_major.value(), header.version_minor.value(),
                        header.update_major.value(), header.update_minor.value());
    };
    if (version(after) < version(before))
      warn(0, fmt::format("{} is of an older format than the log before it", name));
    bool other_incarnation = false;
    for (const EseProblem& problem :
         check_ese_log_link(before, earlier.facts->accumulated_checksum, after)) {
      if (problem.name == "GenerationMissing") {
        // What a restore needs was asked for already.
        if (later.generation > earlier.generation + 1 && gaps_.contains(later.generation)) continue;
        if (later.generation > earlier.generation + 1 &&
            cost_of(earlier.generation) != Cost::nothing &&
            cost_of(later.generation) != Cost::nothing)
          continue;
      }
      if (problem.name == "CreateTimeMismatch") other_incarnation = true;
      // What the sum tells of is lost in the earlier log, if they are of one stream at all.
      const bool about_earlier = problem.name == "SequenceChecksumMismatch" && !other_incarnation;
      const std::int64_t generation = about_earlier ? earlier.generation
                                      : cost_of(earlier.generation) == Cost::nothing
                                          ? 0
                                          : later.generation;
      blame_log(generation, problem.finding.error_number,
                fmt::format("{}: {}", name, problem.finding.text),
                (about_earlier ? earlier : later).facts->path);
    }
  }

  // The same number is not enough: the log must be the one the database was written with.
  void judge_log_times(const EseDatabaseFacts& database) {
    if (!needs_logs(database)) return;
    const DatabaseHeader& header = database.header;
    const std::int64_t required = header.gen_max_required;
    const std::int64_t committed = std::max<std::int64_t>(header.gen_max_committed, required);
    LogTime required_time = header.gen_max_required_time;
    if (!required_time.is_set() && required == committed)
      required_time = header.gen_max_committed_time;
    judge_log_time(database, required, required_time, kErrRequiredLogFilesMissing);
    if (committed > required)
      judge_log_time(database, committed, header.gen_max_committed_time,
                     kErrCommittedLogFilesMissing);
  }

  void judge_log_time(const EseDatabaseFacts& database, std::int64_t generation,
                      const LogTime& time, int error_number) {
    if (!time.is_set()) return;
    for (const GroupedLog& log : group_.logs)
      if (log.generation == generation && log.facts->has_header() &&
          log.facts->header.generation == generation && log.facts->header.create_time != time)
        blame_log(generation, error_number,
                  fmt::format("{} was created at another time than {} says: same number, "
                              "different log",
                              file_name_of(log.facts->path), file_name_of(database.path)),
                  log.facts->path);
  }

  // ---- what it comes to ----

  void add(FindingKind kind, int error_number, std::string text) {
    if (report_.findings.size() < FileReport::kFindingsKeptMax)
      report_.findings.push_back(
          {.kind = kind, .error_number = error_number, .text = std::move(text)});
  }
  void fail(FindingKind kind, int error_number, std::string text) {
    if (failure_.empty()) failure_ = text;
    add(kind, error_number, std::move(text));
  }
  void lose(int error_number, std::string text) {
    if (loss_.empty()) loss_ = text;
    add(FindingKind::incomplete, error_number, std::move(text));
  }
  void leave_open(std::string text) {
    if (open_.empty()) open_ = text;
    add(FindingKind::not_checked, 0, std::move(text));
  }
  void warn(int error_number, std::string text) {
    add(FindingKind::stream_warning, error_number, std::move(text));
  }
  void warn(const Finding& finding, std::string_view path = {}) {
    warn(finding.error_number,
         path.empty() ? finding.text : fmt::format("{}: {}", path, finding.text));
  }

  void settle() {
    const std::string needed = range_text(
        report_.gen_min_required, std::max(report_.gen_max_committed, report_.gen_min_required));
    const std::string replay =
        fmt::format("eseutil /r {} /l {} /d {}", group_.base.empty() ? "E00" : group_.base,
                    argument_text(group_.folder),
                    argument_text(report_.databases.empty() ? "" : folder_of(in_question().path)));
    if (!failure_.empty()) {
      report_.verdict = StreamVerdict::not_recoverable;
      report_.why = failure_;
      report_.next_command = !damaged_log_.empty() ? "eseutil /ml " + argument_text(damaged_log_)
                             : report_.databases.empty()
                                 ? ""
                                 : "eseutil /mh " + argument_text(in_question().path);
    } else if (!open_.empty()) {
      report_.verdict = StreamVerdict::not_checked;
      report_.why = open_;
    } else if (group_.databases.empty()) {
      report_.verdict = StreamVerdict::not_checked;
      report_.why = "no database that writes these logs was found";
    } else if (!loss_.empty()) {
      report_.verdict = StreamVerdict::recoverable_with_loss;
      report_.why = loss_ + "; what it holds would be lost";
      report_.next_command = replay + " /a";
    } else if (dirty_) {
      report_.verdict = StreamVerdict::recoverable;
      report_.why = fmt::format("{} replay of log {}, and all of it is here and sound{}",
                                needing_text(group_), needed, besides());
      report_.next_command = replay;
    } else {
      report_.verdict = StreamVerdict::sound;
      report_.why = all_clean_text(group_);
    }
  }
  // The database a command is about: one that needs logs, if any does.
  [[nodiscard]] const StreamDatabase& in_question() const {
    const auto dirty = std::ranges::find(report_.databases, true, &StreamDatabase::dirty);
    return dirty == report_.databases.end() ? report_.databases.front() : *dirty;
  }
  // What is to be said of the others, where some need logs.
  [[nodiscard]] std::string besides() const {
    const std::string clean = clean_text(group_);
    return clean.empty() ? "" : "; " + clean;
  }

  const StreamGroup& group_;
  const EseSetFacts& facts_;
  EseStreamReport report_;
  bool dirty_ = false;
  std::set<std::int64_t> gaps_;  // first generations behind reported gaps
  std::string failure_, loss_, open_, damaged_log_;
};

}  // namespace

void EseSetFacts::append(EseSetFacts&& more) {
  // Those of one volume may be of tens of thousands of logs: the first are taken as they are.
  const auto take = [](auto& to, auto& from) {
    if (to.empty()) return to.swap(from);
    std::ranges::move(from, std::back_inserter(to));
  };
  take(databases, more.databases);
  logs.splice(logs.end(), more.logs);
  take(checkpoints, more.checkpoints);
  take(flush_maps, more.flush_maps);
}

std::vector<EseStreamReport> judge_ese_streams(const EseSetFacts& facts) {
  std::vector<EseStreamReport> reports;
  for (const StreamGroup& group : group_ese_streams(facts))
    reports.push_back(Judge(group, facts).run());
  return reports;
}

bool spoils_backup(const EseStreamReport& report) noexcept {
  return !report.databases.empty() && report.verdict != StreamVerdict::sound &&
         report.verdict != StreamVerdict::recoverable;
}

bool is_own_finding(const EseStreamReport& report) noexcept {
  return spoils_backup(report) && std::ranges::all_of(report.databases, &StreamDatabase::sound);
}

}  // namespace tintype
