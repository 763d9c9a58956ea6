#include "engine/completion/ese_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "engine/completion/completion_gate.h"
#include "engine/completion/generation_text.h"
#include "verify/ese/ese_events.h"
#include "verify/ese/ese_stream_names.h"

namespace tintype {

EseStream::EseStream(const EseStreamReport& report) : report_(report) {
  for (const StreamLog& log : report.logs) (log.current ? current_ : archived_).push_back(&log);
  for (Logs* logs : {&archived_, &current_})
    std::ranges::stable_sort(*logs, {}, &StreamLog::generation);
}

ApplicationStream::Identity EseStream::identity() const {
  return {.base = report_.base,
          .volume = report_.volume,
          .log_folder = report_.log_folder,
          .log_signature = report_.log_signature,
          .last_closed_created = report_.last_closed_created,
          .last_closed = report_.gen_last_closed};
}

std::vector<GatePrecondition> EseStream::held(const GateInputs& inputs) const {
  return {verdict(), databases(inputs), databases_elsewhere(inputs), required_logs(), all_logs()};
}

std::vector<GatePrecondition> EseStream::releasable() const {
  const bool has_checkpoint = report_.gen_checkpoint > 0;
  return {{"circular logging", !report_.circular,
           report_.circular ? "on: the engine recycles its logs itself" : "off"},
          {"checkpoint", has_checkpoint,
           has_checkpoint ? fmt::format("generation {}", hex_generation(report_.gen_checkpoint))
                          : "no usable checkpoint file: nobody can tell where replay starts"}};
}

ApplicationStream::Release EseStream::release() const {
  // X, and what decides it.
  std::pair<std::int64_t, std::string> least{report_.gen_last_closed, "the last closed log"};
  const auto consider = [&](std::int64_t generation, std::string what) {
    if (generation < least.first) least = {generation, std::move(what)};
  };
  if (report_.gen_flush_map_min_required > 0)
    consider(report_.gen_flush_map_min_required, "the flush map");
  for (const StreamDatabase& database : report_.databases)
    if (database.dirty)
      consider(database.gen_min_required,
               fmt::format("what {} still needs", file_name_of(database.path)));
  // On a tie the checkpoint is named: admins know it.
  if (report_.gen_checkpoint <= least.first) least = {report_.gen_checkpoint, "the checkpoint"};

  Release release{.from = archived_.empty() ? 0 : archived_.front()->generation,
                  .below = least.first,
                  .limit = std::move(least.second)};
  if (release.from == 0 || release.below <= release.from) {
    release.event = kEventNothingToTruncate;
    release.summary = release.from == 0
                          ? "no log files can be truncated: there are none"
                          : fmt::format("no log files can be truncated: {} holds generation {}",
                                        release.limit, hex_generation(release.below));
    release.from = release.below = 0;
    return release;
  }
  release.event = kEventDeletingLogs;
  release.summary = fmt::format("log files {} may be deleted, up to {}",
                                generation_range_text(release.from, release.below), release.limit);
  // all_logs() was met, so there is one log a generation.
  for (const StreamLog* log : archived_)
    if (log->generation < release.below)
      release.logs.push_back({log->generation, std::string(file_name_of(log->path))});
  return release;
}

GatePrecondition EseStream::verdict() const {
  const bool met =
      report_.verdict == StreamVerdict::sound || report_.verdict == StreamVerdict::recoverable;
  std::string why(to_string(report_.verdict));
  if (!report_.why.empty()) why += ": " + report_.why;
  return {"stream verdict", met, std::move(why)};
}

GatePrecondition EseStream::databases(const GateInputs& inputs) const {
  if (report_.databases.empty())
    return {"databases", false, "no database of the stream is in this backup"};
  for (const StreamDatabase& database : report_.databases) {
    if (!database.sound ||
        std::ranges::find(inputs.sound_databases, database.path) == inputs.sound_databases.end())
      return {"databases", false,
              fmt::format("{}: not every page was seen and sound", database.path)};
    if (database.repairs > 0)
      return {"databases", false,
              fmt::format("{} was repaired (count {}): logs of before a repair are not its own",
                          database.path, database.repairs)};
  }
  return {"databases", true,
          fmt::format("{} in this backup, every page seen and sound", report_.databases.size())};
}

GatePrecondition EseStream::databases_elsewhere(const GateInputs& inputs) const {
  if (!inputs.all_databases_known)
    return {"other databases", false,
            "nobody said that every database of the stream is in this backup: another one may "
            "need the logs (--all-databases says it)"};
  if (!report_.attached_elsewhere.empty())
    return {
        "other databases", false,
        fmt::format("{}{} writes these logs and is not in this backup: it may need them",
                    report_.attached_elsewhere.front(),
                    report_.attached_elsewhere.size() == 1
                        ? ""
                        : fmt::format(" (and {} more)", report_.attached_elsewhere.size() - 1))};
  return {"other databases", true,
          "none outside this backup, as the caller asserted and checkpoint and logs agree"};
}

// Archived or current: a generation is there if either file holds it.
bool EseStream::is_sound(std::int64_t generation) const {
  for (const Logs* logs : {&archived_, &current_}) {
    const auto first = std::ranges::lower_bound(*logs, generation, {}, &StreamLog::generation);
    const auto last = std::ranges::upper_bound(*logs, generation, {}, &StreamLog::generation);
    if (first != last) return std::all_of(first, last, std::mem_fn(&StreamLog::sound));
  }
  return false;
}

GatePrecondition EseStream::required_logs() const {
  std::int64_t first = report_.gen_min_required;
  std::int64_t last = std::max(report_.gen_max_required, report_.gen_max_committed);
  for (const StreamDatabase& database : report_.databases) {
    if (!database.dirty) continue;
    if (database.gen_min_required <= 0 || database.gen_max_required < database.gen_min_required)
      return {"required logs", false,
              fmt::format("{} is dirty and does not say which logs it needs", database.path)};
    first = first > 0 ? std::min(first, database.gen_min_required) : database.gen_min_required;
    last = std::max({last, database.gen_max_required, database.gen_max_committed});
  }
  if (first <= 0) return {"required logs", true, "none are required: shut down clean"};
  // Ends at the first that is missing: however wild the numbers, no more steps than logs.
  for (std::int64_t generation = first; generation <= last; ++generation)
    if (!is_sound(generation))
      return {"required logs", false,
              fmt::format("generation {} is missing or damaged", hex_generation(generation))};
  return {"required logs", true,
          fmt::format("{} present and sound", generation_range_text(first, last + 1))};
}

GatePrecondition EseStream::all_logs() const {
  const auto fail = [](std::string why) {
    return GatePrecondition{"all logs", false, std::move(why)};
  };
  if (archived_.empty()) {
    if (report_.gen_last_closed > 0) return fail("logs were counted but none is listed");
    return {"all logs", true, "there are no archived logs"};
  }
  const std::int64_t lowest = archived_.front()->generation;
  std::int64_t expected = lowest;
  const std::string base = upper_ascii(report_.base);
  for (std::size_t i = 0; i < archived_.size(); ++i) {
    const auto& [path, generation, current, sound] = *archived_[i];
    if (generation != expected)
      return fail(fmt::format("generation {} is missing", hex_generation(expected)));
    if (i + 1 < archived_.size() && archived_[i + 1]->generation == generation)
      return fail(fmt::format("two files hold generation {}", hex_generation(generation)));
    if (!sound) return fail(fmt::format("{} is damaged or was not checked", path));
    const auto name = parse_ese_stream_name(file_name_of(path));
    if (!name || name->kind != EseStreamFileKind::archived_log || name->base != base ||
        name->generation != generation)
      return fail(
          fmt::format("{} is not the name of generation {}", path, hex_generation(generation)));
    ++expected;
  }
  if (expected - 1 != report_.gen_last_closed)
    return fail(fmt::format("the last closed log is {}, the list ends with {}",
                            hex_generation(report_.gen_last_closed), hex_generation(expected - 1)));
  return {"all logs", true,
          fmt::format("{} verified and stored", generation_range_text(lowest, expected))};
}

}  // namespace tintype
