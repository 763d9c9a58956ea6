#include "engine/completion/completion_gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "engine/completion/generation_text.h"
#include "hashing/counted.h"
#include "verify/ese/ese_events.h"
#include "verify/ese/ese_stream_names.h"

namespace tintype {
namespace {

class Judge {
 public:
  Judge(const EseStreamReport& stream, const GateInputs& inputs) : stream_(stream), in_(inputs) {
    for (const StreamLog& log : stream.logs) (log.current ? current_ : archived_).push_back(&log);
    for (Logs* logs : {&archived_, &current_})
      std::ranges::stable_sort(*logs, {}, &StreamLog::generation);
  }

  std::vector<GatePrecondition> preconditions() {
    backup_type();
    whole_volumes();
    source_unchanged();
    verdict();
    databases();
    databases_elsewhere();
    required_logs();
    all_logs();
    images_durable();
    images_read_back();
    circular_logging();
    checkpoint();
    return std::move(list_);
  }

  // X, and what decides it. Only called when every precondition holds.
  [[nodiscard]] std::pair<std::int64_t, std::string> limit() const {
    std::pair<std::int64_t, std::string> least{stream_.gen_last_closed, "the last closed log"};
    const auto consider = [&](std::int64_t generation, std::string what) {
      if (generation < least.first) least = {generation, std::move(what)};
    };
    if (stream_.gen_flush_map_min_required > 0)
      consider(stream_.gen_flush_map_min_required, "the flush map");
    for (const StreamDatabase& database : stream_.databases)
      if (database.dirty)
        consider(database.gen_min_required,
                 fmt::format("what {} still needs", file_name_of(database.path)));
    // On a tie the checkpoint is named: admins know it.
    if (stream_.gen_checkpoint <= least.first) least = {stream_.gen_checkpoint, "the checkpoint"};
    return least;
  }

  [[nodiscard]] std::int64_t lowest() const {
    return archived_.empty() ? 0 : archived_.front()->generation;
  }

  // Holds: all_logs() was met, so there is one log a generation.
  [[nodiscard]] std::vector<TruncationPermit::Log> logs_below(std::int64_t below) const {
    std::vector<TruncationPermit::Log> logs;
    for (const StreamLog* log : archived_)
      if (log->generation < below)
        logs.push_back({log->generation, std::string(file_name_of(log->path))});
    return logs;
  }

 private:
  using Logs = std::vector<const StreamLog*>;  // ascending; tens of thousands

  void add(std::string name, bool met, std::string why) {
    list_.push_back({std::move(name), met, std::move(why)});
  }

  void backup_type() {
    const bool full = in_.type == BackupType::full;
    add("backup type", full,
        full ? "full" : fmt::format("{}: only a full backup truncates", to_string(in_.type)));
  }

  void whole_volumes() {
    add("whole volumes", in_.whole_volumes,
        in_.whole_volumes ? "volumes were copied whole"
                          : "a folder was copied: it restores as files only");
  }

  void source_unchanged() {
    add("source unchanged", in_.source_changed.empty(),
        in_.source_changed.empty() ? "nothing changed while it was read" : in_.source_changed);
  }

  void verdict() {
    const bool met =
        stream_.verdict == StreamVerdict::sound || stream_.verdict == StreamVerdict::recoverable;
    std::string why(to_string(stream_.verdict));
    if (!stream_.why.empty()) why += ": " + stream_.why;
    add("stream verdict", met, std::move(why));
  }

  void databases() {
    if (stream_.databases.empty())
      return add("databases", false, "no database of the stream is in this backup");
    for (const StreamDatabase& database : stream_.databases) {
      if (!database.sound ||
          std::ranges::find(in_.sound_databases, database.path) == in_.sound_databases.end())
        return add("databases", false,
                   fmt::format("{}: not every page was seen and sound", database.path));
      if (database.repairs > 0)
        return add(
            "databases", false,
            fmt::format("{} was repaired (count {}): logs of before a repair are not its own",
                        database.path, database.repairs));
    }
    add("databases", true,
        fmt::format("{} in this backup, every page seen and sound", stream_.databases.size()));
  }

  void databases_elsewhere() {
    if (!in_.all_databases_known)
      return add("other databases", false,
                 "nobody said that every database of the stream is in this backup: another one may "
                 "need the logs (--all-databases says it)");
    if (!stream_.attached_elsewhere.empty())
      return add(
          "other databases", false,
          fmt::format("{}{} writes these logs and is not in this backup: it may need them",
                      stream_.attached_elsewhere.front(),
                      stream_.attached_elsewhere.size() == 1
                          ? ""
                          : fmt::format(" (and {} more)", stream_.attached_elsewhere.size() - 1)));
    add("other databases", true,
        "none outside this backup, as the caller asserted and checkpoint and logs agree");
  }

  // Archived or current: a generation is there if either file holds it.
  [[nodiscard]] bool is_sound(std::int64_t generation) const {
    for (const Logs* logs : {&archived_, &current_}) {
      const auto first = std::ranges::lower_bound(*logs, generation, {}, &StreamLog::generation);
      const auto last = std::ranges::upper_bound(*logs, generation, {}, &StreamLog::generation);
      if (first != last) return std::all_of(first, last, std::mem_fn(&StreamLog::sound));
    }
    return false;
  }

  void required_logs() {
    std::int64_t first = stream_.gen_min_required;
    std::int64_t last = std::max(stream_.gen_max_required, stream_.gen_max_committed);
    for (const StreamDatabase& database : stream_.databases) {
      if (!database.dirty) continue;
      if (database.gen_min_required <= 0 || database.gen_max_required < database.gen_min_required)
        return add("required logs", false,
                   fmt::format("{} is dirty and does not say which logs it needs", database.path));
      first = first > 0 ? std::min(first, database.gen_min_required) : database.gen_min_required;
      last = std::max({last, database.gen_max_required, database.gen_max_committed});
    }
    if (first <= 0) return add("required logs", true, "none are required: shut down clean");
    // Ends at the first that is missing: however wild the numbers, no more steps than logs.
    for (std::int64_t generation = first; generation <= last; ++generation)
      if (!is_sound(generation))
        return add("required logs", false,
                   fmt::format("generation {} is missing or damaged", hex_generation(generation)));
    add("required logs", true,
        fmt::format("{} present and sound", generation_range_text(first, last + 1)));
  }

  void all_logs() {
    const auto fail = [&](std::string why) { add("all logs", false, std::move(why)); };
    if (archived_.empty()) {
      if (stream_.gen_last_closed > 0) return fail("logs were counted but none is listed");
      return add("all logs", true, "there are no archived logs");
    }
    std::int64_t expected = lowest();
    const std::string base = upper_ascii(stream_.base);
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
    if (expected - 1 != stream_.gen_last_closed)
      return fail(fmt::format("the last closed log is {}, the list ends with {}",
                              hex_generation(stream_.gen_last_closed),
                              hex_generation(expected - 1)));
    add("all logs", true,
        fmt::format("{} verified and stored", generation_range_text(lowest(), expected)));
  }

  [[nodiscard]] const DurableImage* image_of(const std::string& volume) const {
    for (const DurableImage& image : in_.images)
      if (image.volume() == volume) return &image;
    return nullptr;
  }

  void images_durable() {
    if (std::find(in_.volumes.begin(), in_.volumes.end(), stream_.volume) == in_.volumes.end())
      return add("images durable", false,
                 fmt::format("volume {} is not in this backup", stream_.volume));
    for (const std::string& volume : in_.volumes)
      if (image_of(volume) == nullptr)
        return add(
            "images durable", false,
            fmt::format("the image of {} does not stand whole under its final name", volume));
    add("images durable", true,
        fmt::format("{} synced, under {}", counted(in_.volumes.size(), "image"),
                    word_for(in_.volumes.size(), "its final name", "final names")));
  }

  void images_read_back() {
    ReadBack how = ReadBack::unsaid;
    for (const DurableImage& image : in_.images) {
      if (!image.was_read_back())
        return add("read back", false,
                   fmt::format("the image of {} was not read back", image.volume()));
      if (how != ReadBack::page_cache) how = image.read_back();  // the weaker one is told
    }
    // No image at all is the precondition before this one.
    add("read back", true,
        how == ReadBack::unsaid ? "no image to read back"
                                : fmt::format("equal, {}", to_string(how)));
  }

  void circular_logging() {
    add("circular logging", !stream_.circular,
        stream_.circular ? "on: the engine recycles its logs itself" : "off");
  }

  void checkpoint() {
    const bool met = stream_.gen_checkpoint > 0;
    add("checkpoint", met,
        met ? fmt::format("generation {}", hex_generation(stream_.gen_checkpoint))
            : "no usable checkpoint file: nobody can tell where replay starts");
  }

  const EseStreamReport& stream_;
  const GateInputs& in_;
  Logs archived_, current_;
  std::vector<GatePrecondition> list_;
};

std::string refusal(const GateRecord& record) {
  std::string names;
  for (const GatePrecondition& precondition : record.preconditions)
    if (!precondition.met) names += (names.empty() ? "" : ", ") + precondition.name;
  return fmt::format("logs stay: {}", names);
}

}  // namespace

GateDecision judge_completion(const EseStreamReport& stream, const GateInputs& inputs) {
  GateDecision decision;
  GateRecord& record = decision.record;
  record.base = stream.base;
  record.volume = stream.volume;
  record.log_folder = stream.log_folder;
  Judge judge(stream, inputs);
  record.preconditions = judge.preconditions();
  if (!record.open()) {
    record.summary = refusal(record);
    return decision;
  }
  auto [below, limit] = judge.limit();
  const std::int64_t from = judge.lowest();
  record.limit = std::move(limit);
  if (from == 0 || below <= from) {
    record.event = kEventNothingToTruncate;
    record.summary = from == 0
                         ? "no log files can be truncated: there are none"
                         : fmt::format("no log files can be truncated: {} holds generation {}",
                                       record.limit, hex_generation(below));
    return decision;
  }
  record.truncate_from = from;
  record.truncate_below = below;
  record.event = kEventDeletingLogs;
  record.summary = fmt::format("log files {} may be deleted, up to {}",
                               generation_range_text(from, below), record.limit);
  TruncationPermit permit;
  permit.base_ = stream.base;
  permit.volume_ = stream.volume;
  permit.log_folder_ = stream.log_folder;
  permit.log_signature_ = stream.log_signature;
  permit.last_closed_ = stream.gen_last_closed;
  permit.last_closed_created_ = stream.last_closed_created;
  permit.from_ = from;
  permit.below_ = below;
  permit.logs_ = judge.logs_below(below);
  decision.permit = std::move(permit);
  return decision;
}

}  // namespace tintype
