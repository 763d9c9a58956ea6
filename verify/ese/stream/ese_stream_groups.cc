#include "verify/ese/stream/ese_stream_groups.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "verify/ese/ese_stream_names.h"

namespace tintype {
namespace {

using Key = std::tuple<std::string, std::string, std::string>;  // volume, folder, base

// Case does not matter in a base, in a folder it may.
std::string spelled_base(std::string_view path) {
  return std::string(file_name_of(path).substr(0, 3));
}

void add_log(StreamGroup& group, const EseLogFacts& log, const EseStreamName& name) {
  const bool current = name.kind == EseStreamFileKind::current_log;
  const std::int64_t generation = !current           ? name.generation
                                  : log.has_header() ? std::int64_t{log.header.generation}
                                                     : 0;
  group.logs.push_back({&log, generation, current});
}

// Whether anything in the group is ESE's own: text files happen to fit the names.
bool is_ese(const StreamGroup& group) {
  if (group.checkpoint != nullptr && group.checkpoint->usable()) return true;
  return std::ranges::any_of(group.logs,
                             [](const GroupedLog& log) { return log.facts->looks_like_log; });
}

// The signature most logs bear; of two, the one of the later logs.
void settle_signature(StreamGroup& group) {
  std::size_t most = 0;
  std::vector<std::pair<Signature, std::size_t>> counts;
  for (const GroupedLog& log : group.logs) {
    if (!log.facts->has_header()) continue;
    const Signature& signature = log.facts->header.log_signature;
    auto count = std::ranges::find_if(counts, [&](const auto& c) { return c.first == signature; });
    if (count == counts.end()) count = counts.insert(counts.end(), {signature, 0});
    if (++count->second >= most) {
      most = count->second;
      group.signature = signature;
    }
  }
  if (most == 0 && group.checkpoint != nullptr && group.checkpoint->usable())
    group.signature = group.checkpoint->reading.header.log_signature;
}

// How well a group serves a database whose signature it bears: logs may lie about in copies.
std::tuple<std::size_t, bool, std::int64_t> fitness(const StreamGroup& group,
                                                    const EseDatabaseFacts& database) {
  const std::int64_t low = database.header.gen_min_required;
  const std::int64_t high =
      std::max<std::uint32_t>(database.header.gen_max_required, database.header.gen_max_committed);
  const auto needed = std::ranges::count_if(group.logs, [&](const GroupedLog& log) {
    return log.generation >= low && log.generation <= high;
  });
  return {static_cast<std::size_t>(needed), group.volume == database.volume,
          group.logs.empty() ? 0 : group.logs.back().generation};
}

bool is_beside(const StreamGroup& group, const EseDatabaseFacts& database) {
  return group.volume == database.volume && group.folder == folder_of(database.path) &&
         !group.base.empty();
}

void place_database(std::vector<StreamGroup>& groups, const EseDatabaseFacts& database) {
  StreamGroup* best = nullptr;
  StreamGroup* beside = nullptr;
  for (StreamGroup& group : groups) {
    if (is_beside(group, database)) beside = &group;
    if (!database.has_header || !group.signature.is_set() ||
        database.header.log_signature != group.signature)
      continue;
    if (best == nullptr || fitness(group, database) > fitness(*best, database)) best = &group;
  }
  if (best != nullptr) {
    best->databases.push_back(&database);
    return;
  }
  if (!database.has_header || needs_logs(database)) {
    if (beside != nullptr) {
      beside->strangers.push_back(&database);
      return;
    }
  }
  if (!database.has_header || !database.header.log_signature.is_set()) return;
  StreamGroup& alone = groups.emplace_back();
  alone.volume = database.volume;
  alone.folder = folder_of(database.path);
  alone.signature = database.header.log_signature;
  alone.databases.push_back(&database);
}

// Names it as attached: a file's own header forgets its logs when it is repaired, they do not.
bool is_attached_to(const StreamGroup& group, const EseDatabaseFacts& database) {
  const auto names_it = [&](const std::vector<EseAttachment>& list) {
    return std::ranges::any_of(list, [&](const EseAttachment& attached) {
      return attached.db_signature == database.header.db_signature;
    });
  };
  if (group.checkpoint != nullptr && group.checkpoint->usable() &&
      names_it(group.checkpoint->reading.attached))
    return true;
  return std::ranges::any_of(group.logs,
                             [&](const GroupedLog& log) { return names_it(log.facts->attached); });
}

// Behind all others: logs that another database writes are that one's.
void place_repaired(std::vector<StreamGroup>& groups, const EseDatabaseFacts& database) {
  for (StreamGroup& group : groups) {
    if ((!group.databases.empty() && !group.repaired) || !group.strangers.empty()) continue;
    if (!is_beside(group, database) && !is_attached_to(group, database)) continue;
    group.repaired = true;
    group.databases.push_back(&database);
    return;
  }
  StreamGroup& alone = groups.emplace_back();
  alone.volume = database.volume;
  alone.folder = folder_of(database.path);
  alone.repaired = true;
  alone.databases.push_back(&database);
}

}  // namespace

bool cut_off_by_repair(const EseDatabaseFacts& database) noexcept {
  return database.has_header && database.header.repair_count != 0 &&
         static_cast<EseState>(database.header.state.value()) == EseState::clean_shutdown &&
         !database.header.log_signature.is_set();
}

std::int64_t last_closed_of(const StreamGroup& group) noexcept {
  std::int64_t last = 0;
  for (const GroupedLog& log : group.logs)
    if (!log.current) last = std::max(last, log.generation);
  return last;
}

bool needs_logs(const EseDatabaseFacts& database) noexcept {
  const auto state = static_cast<EseState>(database.header.state.value());
  return database.has_header &&
         (state == EseState::dirty_shutdown || state == EseState::dirty_and_patched);
}

std::vector<StreamGroup> group_ese_streams(const EseSetFacts& facts) {
  std::map<Key, StreamGroup> by_name;
  auto last = by_name.end();  // most logs lie where the one before them did
  const auto group_of = [&](const std::string& volume, const std::string& path,
                            const EseStreamName& name) -> StreamGroup& {
    const std::string_view folder = folder_of(path);
    if (last != by_name.end() && last->first == std::tie(volume, folder, name.base))
      return last->second;
    last = by_name.try_emplace({volume, std::string(folder), name.base}).first;
    StreamGroup& group = last->second;
    group.volume = volume;
    group.folder = folder;
    if (group.base.empty()) group.base = spelled_base(path);
    return group;
  };
  for (const EseLogFacts& log : facts.logs)
    if (const auto name = parse_ese_stream_name(file_name_of(log.path));
        name && (name->kind == EseStreamFileKind::archived_log ||
                 name->kind == EseStreamFileKind::current_log))
      add_log(group_of(log.volume, log.path, *name), log, *name);
  for (const EseCheckpointFacts& checkpoint : facts.checkpoints)
    if (const auto name = parse_ese_stream_name(file_name_of(checkpoint.path));
        name && name->kind == EseStreamFileKind::checkpoint)
      group_of(checkpoint.volume, checkpoint.path, *name).checkpoint = &checkpoint;

  std::vector<StreamGroup> groups;
  for (auto& [key, group] : by_name) {
    if (!is_ese(group)) continue;
    // Facts come in the order in which the logs were done; what is said of them has one order.
    std::ranges::sort(group.logs, [](const GroupedLog& a, const GroupedLog& b) {
      if (a.current != b.current) return b.current;
      if (a.generation != b.generation) return a.generation < b.generation;
      return a.facts->path < b.facts->path;
    });
    if (!group.logs.empty()) group.base = spelled_base(group.logs.front().facts->path);
    settle_signature(group);
    groups.push_back(std::move(group));
  }
  // A checkpoint in a folder of its own belongs to the logs of its base and signature.
  for (StreamGroup& alone : groups) {
    if (!alone.logs.empty() || alone.checkpoint == nullptr) continue;
    for (StreamGroup& group : groups)
      if (!group.logs.empty() && group.checkpoint == nullptr &&
          group.signature == alone.signature && upper_ascii(group.base) == upper_ascii(alone.base))
        group.checkpoint = alone.checkpoint;
  }
  std::erase_if(groups, [](const StreamGroup& group) { return group.logs.empty(); });
  for (const EseDatabaseFacts& database : facts.databases)
    if (!cut_off_by_repair(database)) place_database(groups, database);
  for (const EseDatabaseFacts& database : facts.databases)
    if (cut_off_by_repair(database)) place_repaired(groups, database);
  // Databases without logs that name the same stream are one.
  std::vector<StreamGroup> joined;
  for (StreamGroup& group : groups) {
    const auto same = std::ranges::find_if(joined, [&](const StreamGroup& other) {
      return group.logs.empty() && other.logs.empty() && group.signature.is_set() &&
             group.signature == other.signature;
    });
    if (same == joined.end())
      joined.push_back(std::move(group));
    else
      same->databases.insert(same->databases.end(), group.databases.begin(), group.databases.end());
  }
  return joined;
}

}  // namespace tintype
