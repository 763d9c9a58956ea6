#include "verify/ese/stream/log_chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "verify/ese/ese_error.h"
#include "verify/ese/ese_stream_names.h"
#include "verify/ese/log/ese_log_link.h"
#include "verify/ese/stream/ese_stream_words.h"

namespace tintype {
namespace {

std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t> version_of(
    const EseLogIdentity& header) noexcept {
  return {header.version_major, header.version_minor, header.update_major, header.update_minor};
}

}  // namespace

void LogChain::judge() {
  for (const GroupedLog& log : group_.logs) judge_log(log);
  judge_links();
  for (const EseDatabaseFacts* database : group_.databases)
    if (needs_logs(*database)) judge_times(*database);
}

LogCost LogChain::cost_of(const GroupedLog& log) const noexcept {
  return needed_.cost_of(log.generation != 0 ? log.generation : last_closed_of(group_) + 1);
}

void LogChain::blame(const GroupedLog& log, int error_number, std::string text) {
  findings_.blame_log(cost_of(log), error_number, std::move(text), log.facts->path);
}

void LogChain::judge_log(const GroupedLog& log) {
  const EseLogFacts& facts = *log.facts;
  const std::string name(file_name_of(facts.path));
  if (!facts.complete || facts.not_checked) {
    if (needed_.cost_of(log.generation) != LogCost::nothing || log.generation == 0)
      findings_.leave_open(fmt::format("log {} was not checked", name));
    else
      findings_.warn(0, fmt::format("{} was not checked", name));
    return;
  }
  if (!facts.has_header()) {
    const Finding& problem = facts.problems.front().finding;
    return blame(log, problem.error_number, fmt::format("{}: {}", name, problem.text));
  }
  if (!log.current && log.generation != facts.header.generation)
    return blame(
        log, kErrLogGenerationMismatch,
        fmt::format("{} holds generation {}", name, generation_text(facts.header.generation)));
  if (facts.header.log_signature != group_.signature)
    return blame(log, kErrBadLogSignature, fmt::format("{} is of another log stream", name));
  judge_content(log, name);
}

void LogChain::judge_content(const GroupedLog& log, const std::string& name) {
  const EseLogFacts& facts = *log.facts;
  // Recovery mends the torn end of the log that was being written.
  const bool torn_end = log.current && facts.torn != 0 && facts.backup_failures <= 1;
  for (const EseProblem& problem : facts.problems) {
    std::string text = fmt::format("{}: {}", name, problem.finding.text);
    const bool mended =
        torn_end && (problem.name == "TornWrite" || problem.name == "BackupVerifyFailure");
    if (mended || is_warning(problem.finding.kind))
      findings_.warn(problem.finding.error_number, std::move(text));
    else
      blame(log, problem.finding.error_number, std::move(text));
  }
  if (!log.current && facts.header.version_major >= 8 && facts.segments_good == 0 &&
      only_warnings(facts.problems))
    blame(log, kErrLogFileCorrupt, fmt::format("{} holds no records", name));
}

bool LogChain::is_of_stream(const GroupedLog& log) const noexcept {
  const EseLogFacts& facts = *log.facts;
  return facts.has_header() && facts.header.log_signature == group_.signature &&
         facts.header.generation == log.generation;
}

void LogChain::judge_links() {
  const GroupedLog* earlier = nullptr;
  for (const GroupedLog& log : group_.logs) {
    if (!is_of_stream(log)) continue;
    if (earlier != nullptr) judge_link(*earlier, log);
    earlier = &log;
  }
}

// What a restore needs was asked for already.
bool LogChain::gap_is_told(const GroupedLog& earlier, const GroupedLog& later) const noexcept {
  if (later.generation <= earlier.generation + 1) return false;
  if (std::ranges::any_of(
          missing_, [&](const MissingLogs& logs) { return logs.high + 1 == later.generation; }))
    return true;
  return needed_.cost_of(earlier.generation) != LogCost::nothing &&
         needed_.cost_of(later.generation) != LogCost::nothing;
}

void LogChain::judge_link(const GroupedLog& earlier, const GroupedLog& later) {
  const EseLogIdentity& before = earlier.facts->header;
  const EseLogIdentity& after = later.facts->header;
  const std::string name(file_name_of(later.facts->path));
  if (version_of(after) < version_of(before))
    findings_.warn(0, fmt::format("{} is of an older format than the log before it", name));
  bool other_incarnation = false;
  for (const EseProblem& problem :
       check_ese_log_link(before, earlier.facts->accumulated_checksum, after)) {
    if (problem.name == "GenerationMissing" && gap_is_told(earlier, later)) continue;
    if (problem.name == "CreateTimeMismatch") other_incarnation = true;
    // What the sum tells of is lost in the earlier log, if they are of one stream at all.
    const bool about_earlier = problem.name == "SequenceChecksumMismatch" && !other_incarnation;
    const std::int64_t generation = about_earlier ? earlier.generation
                                    : needed_.cost_of(earlier.generation) == LogCost::nothing
                                        ? 0
                                        : later.generation;
    findings_.blame_log(needed_.cost_of(generation), problem.finding.error_number,
                        fmt::format("{}: {}", name, problem.finding.text),
                        (about_earlier ? earlier : later).facts->path);
  }
}

void LogChain::judge_times(const EseDatabaseFacts& database) {
  const DatabaseHeader& header = database.header;
  const std::int64_t required = header.gen_max_required;
  const std::int64_t committed = NeededLogs::max_committed_of(header);
  LogTime required_time = header.gen_max_required_time;
  if (!required_time.is_set() && required == committed)
    required_time = header.gen_max_committed_time;
  judge_time(database, required, required_time, kErrRequiredLogFilesMissing);
  if (committed > required)
    judge_time(database, committed, header.gen_max_committed_time, kErrCommittedLogFilesMissing);
}

// The same number is not enough: the log must be the one the database was written with.
void LogChain::judge_time(const EseDatabaseFacts& database, std::int64_t generation,
                          const LogTime& time, int error_number) {
  if (!time.is_set()) return;
  for (const GroupedLog& log : group_.logs)
    if (log.generation == generation && log.facts->has_header() &&
        log.facts->header.generation == generation && log.facts->header.create_time != time)
      findings_.blame_log(needed_.cost_of(generation), error_number,
                          fmt::format("{} was created at another time than {} says: same number, "
                                      "different log",
                                      file_name_of(log.facts->path), file_name_of(database.path)),
                          log.facts->path);
}

}  // namespace tintype
