#include "verify/ese/stream/ese_log_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "verify/ese/ese_error.h"
#include "verify/ese/ese_stream_names.h"
#include "verify/ese/stream/ese_stream_words.h"
#include "verify/ese/stream/log_chain.h"
#include "verify/ese/stream/stream_contents.h"

namespace tintype {
namespace {

// One stream. The questions come in the order of the facts, and so do the findings.
class Judge {
 public:
  Judge(const StreamGroup& group, const EseSetFacts& facts) : group_(group) {
    for (const EseDatabaseFacts* database : group.databases)
      if (needs_logs(*database)) needed_.add(database->header);
    report_ = StreamContents(group, facts, findings_).list(needed_);
  }

  EseStreamReport run() && {
    judge_strangers();
    for (const EseDatabaseFacts* database : group_.databases) judge_database(*database);
    judge_page_sizes();
    const auto missing = judge_presence();
    LogChain(group_, needed_, missing, findings_).judge();
    settle();
    report_.findings = findings_.take();
    return std::move(report_);
  }

 private:
  void judge_strangers() {
    for (const EseDatabaseFacts* stranger : group_.strangers) {
      const auto name = file_name_of(stranger->path);
      if (!stranger->has_header)
        findings_.fail(
            FindingKind::header_corrupt, kErrDatabaseCorrupted,
            fmt::format("the header of {} is damaged, so nobody knows which logs it needs", name));
      else
        findings_.fail(FindingKind::state, kErrDatabaseLogSetMismatch,
                       fmt::format("{} needs the logs of another stream than the {} logs beside it",
                                   name, group_.base));
    }
  }

  void judge_database(const EseDatabaseFacts& database) {
    const auto name = file_name_of(database.path);
    const auto state = static_cast<EseState>(database.header.state.value());
    if (!restorable_by_replay(state))
      findings_.fail(FindingKind::state, 0,
                     fmt::format("{} is in state \"{}\", which log replay cannot restore", name,
                                 to_string(state)));
    else if (!database.checked)
      findings_.leave_open(fmt::format("not all pages of {} were checked", name));
    else if (!database.sound)
      findings_.fail(FindingKind::state, kErrDatabaseCorrupted,
                     fmt::format("{} has damaged pages, which no log repairs", name));
    if (needs_logs(database) && database.header.gen_min_required == 0)
      findings_.fail(
          FindingKind::state, kErrRequiredLogFilesMissing,
          fmt::format("{} was not shut down clean, but does not say which logs it needs", name));
  }

  void judge_page_sizes() {
    const auto differs = std::ranges::find_if(group_.logs, [&](const GroupedLog& log) {
      return needed_.cost_of(log.generation) == LogCost::required && log.facts->has_header() &&
             log.facts->header.page_bytes != 0 &&
             log.facts->header.page_bytes != group_.databases.front()->header.actual_page_bytes();
    });
    if (differs == group_.logs.end()) return;
    const EseDatabaseFacts& database = *group_.databases.front();
    findings_.fail(
        FindingKind::state, kErrPageSizeMismatch,
        fmt::format("{} is for databases with pages of {} bytes, {} has {}",
                    file_name_of(differs->facts->path), differs->facts->header.page_bytes.value(),
                    file_name_of(database.path), database.header.actual_page_bytes()));
  }

  std::vector<MissingLogs> judge_presence() {
    std::vector<std::int64_t> here;
    for (const GroupedLog& log : group_.logs) here.push_back(log.generation);
    auto missing = needed_.missing(std::move(here));
    for (const MissingLogs& logs : missing) tell_missing(logs);
    if (needed_.any() && report_.gen_checkpoint > 0 &&
        report_.gen_lowest > report_.gen_checkpoint &&
        report_.gen_checkpoint < needed_.min_required())
      findings_.warn(
          kErrMissingLogFile,
          fmt::format("log {} that the checkpoint names is not here; recovery has to start at {}",
                      generation_text(report_.gen_checkpoint),
                      generation_text(report_.gen_lowest)));
    return missing;
  }

  void tell_missing(const MissingLogs& logs) {
    const bool required = logs.cost == LogCost::required;
    const std::string_view what = required ? "required" : "committed";
    const std::string text =
        group_.logs.empty()
            ? fmt::format("none of the logs that {} ({}) is here{}", needing_text(group_),
                          range_text(logs.low, logs.high), besides())
        : logs.low == logs.high
            ? fmt::format("log {} (generation {}) is {} and not here", log_name(group_, logs.low),
                          generation_text(logs.low), what)
            : fmt::format("logs of generations {} are {} and not here",
                          range_text(logs.low, logs.high), what);
    if (required)
      findings_.fail(FindingKind::incomplete, kErrRequiredLogFilesMissing, text);
    else
      findings_.lose(kErrCommittedLogFilesMissing, text);
  }

  void settle() {
    const std::string replay =
        fmt::format("eseutil /r {} /l {} /d {}", group_.base.empty() ? "E00" : group_.base,
                    argument_text(group_.folder),
                    argument_text(report_.databases.empty() ? "" : folder_of(in_question().path)));
    if (!findings_.failure().empty()) {
      report_.verdict = StreamVerdict::not_recoverable;
      report_.why = findings_.failure();
      report_.next_command =
          !findings_.damaged_log().empty() ? "eseutil /ml " + argument_text(findings_.damaged_log())
          : report_.databases.empty()      ? ""
                                           : "eseutil /mh " + argument_text(in_question().path);
    } else if (!findings_.open_question().empty()) {
      report_.verdict = StreamVerdict::not_checked;
      report_.why = findings_.open_question();
    } else if (group_.databases.empty()) {
      report_.verdict = StreamVerdict::not_checked;
      report_.why = "no database that writes these logs was found";
    } else if (!findings_.loss().empty()) {
      report_.verdict = StreamVerdict::recoverable_with_loss;
      report_.why = findings_.loss() + "; what it holds would be lost";
      report_.next_command = replay + " /a";
    } else if (needed_.any()) {
      report_.verdict = StreamVerdict::recoverable;
      const std::string logs = range_text(
          needed_.min_required(), std::max(needed_.max_committed(), needed_.min_required()));
      report_.why = fmt::format("{} replay of log {}, and all of it is here and sound{}",
                                needing_text(group_), logs, besides());
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
  NeededLogs needed_;
  StreamFindings findings_;
  EseStreamReport report_;
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
