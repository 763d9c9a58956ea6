#include "engine/survey/volume_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "engine/survey/database_survey.h"
#include "engine/survey/stream_survey.h"
#include "hashing/counted.h"
#include "io/environment_error.h"
#include "io/filesystem/glob_set.h"
#include "io/source/open_filesystem.h"
#include "io/source/open_volume.h"
#include "verify/ese/ese_stream_names.h"
#include "verify/ese/format/ese_format.h"
#include "verify/ese/log/ese_log_header.h"
#include "verify/formats/database_formats.h"

namespace tintype {
namespace {

// Of one log of each stream on the volume.
struct StreamHead {
  std::string stream;  // "/Logs/E00"
  Signature signature;
};

Result<EseLogHeaderReading> read_log_header(const FilesystemMap& map, const FileEntry& file) {
  std::vector<std::byte> front(kEseLogHeaderBytes);
  TINTYPE_CHECK(map.read(file, 0, front));
  return read_ese_log_header(front, file.size_bytes);
}

// Headers are read until one of a stream is sound: all logs of it say the same.
std::vector<StreamHead> find_streams(const FilesystemMap& map,
                                     const std::vector<FileEntry>& files) {
  std::vector<StreamHead> heads;
  std::map<std::string, bool> known;
  for (const FileEntry& file : files) {
    const auto name = parse_ese_stream_name(file_name_of(file.path));
    if (!name || file.size_bytes < kEseLogHeaderBytes ||
        (name->kind != EseStreamFileKind::archived_log &&
         name->kind != EseStreamFileKind::current_log))
      continue;
    const std::string_view folder = folder_of(file.path);
    std::string stream = fmt::format("{}/{}", folder == "/" ? "" : folder, name->base);
    if (known[stream]) continue;
    const auto reading = read_log_header(map, file);
    if (!reading || reading->status != EseLogHeaderReading::Status::sound) continue;
    known[stream] = true;
    heads.push_back({std::move(stream), reading->header.log_signature});
  }
  return heads;
}

std::optional<VolumeFacts::Database> probe_database(const FilesystemMap& map, const FileEntry& file,
                                                    const std::vector<StreamHead>& streams,
                                                    DatabaseSurvey& databases) {
  VolumeFacts::Database database{.path = file.path, .file_bytes = file.size_bytes};
  std::vector<std::byte> front(std::min<std::uint64_t>(file.size_bytes, kDatabaseFrontBytes));
  const auto got = map.read(file, 0, front);
  if (!got) front.clear();
  const DatabaseFormat* format = databases.usual_format_of(file.path, front);
  if (format == nullptr) return std::nullopt;
  if (!got) {
    database.problem = got.error().what;
    return database;
  }
  if (format != &ese_format()) {
    OpenedDatabase opened = databases.open(*format, file.path, file.size_bytes, front);
    if (opened.kind != OpenedDatabase::Kind::checked || !opened.listed) return std::nullopt;
    database.format = std::move(opened.format);
    return database;
  }
  database.header = read_ese_header(front);
  if (database.header.header.log_signature.is_set())
    for (const StreamHead& head : streams)
      if (head.signature == database.header.header.log_signature) database.stream = head.stream;
  return database;
}

void probe_databases(const FilesystemMap& map, VolumeFacts& facts) {
  DatabaseSurvey databases(database_formats());
  const GlobSet database_names(databases.usual_names());
  std::vector<std::string> globs = databases.usual_names();
  const auto& companions = databases.companion_names();
  globs.insert(globs.end(), companions.begin(), companions.end());
  globs.insert(globs.end(), std::begin(kStreamFileGlobs), std::end(kStreamFileGlobs));
  const auto files = map.find(globs);
  if (!files) {
    facts.unmapped = files.error().what;
    return;
  }
  const std::vector<StreamHead> streams = find_streams(map, *files);
  databases.learn_from(map, *files);
  for (const FileEntry& file : *files)
    if (file.size_bytes != 0 && database_names.matches(file.path))
      if (auto database = probe_database(map, file, streams, databases))
        facts.databases.push_back(*std::move(database));
}

Result<void> probe_filesystem_facts(const Volume& volume, VolumeFacts& facts) {
  const auto probe = probe_filesystem(volume);
  if (!probe && is_environment(probe.error())) return tl::unexpected(probe.error());
  if (!probe) {
    facts.unmapped = probe.error().what;
    return {};
  }
  facts.filesystem = probe->type;
  facts.label = probe->label;
  const auto map = open_filesystem_map(volume, *probe);
  if (!map && is_environment(map.error())) return tl::unexpected(map.error());
  if (!map || *map == nullptr) {
    facts.unmapped = !map                  ? map.error().what
                     : probe->type.empty() ? "no file system was recognised"
                                           : fmt::format("{} cannot be mapped", probe->type);
    return {};
  }
  facts.cluster_bytes = (*map)->cluster_bytes();
  facts.allocated_bytes = total_bytes((*map)->allocated());
  facts.unreliable = (*map)->unreliable();
  probe_databases(**map, facts);
  return {};
}

void probe_shadow_copies(const Volume& volume, VolumeFacts& facts) {
  const auto copies = list_shadow_copies(volume);
  if (!copies) {
    facts.shadows_problem = copies.error().what;
    return;
  }
  for (const ShadowCopy& copy : *copies) {
    VolumeFacts::Shadow& shadow = facts.shadows.emplace_back();
    shadow.copy = copy;
    shadow.problem = copy.problem;
    if (!shadow.problem.empty()) continue;
    if (const auto changes = shadow_changes(volume, copy))
      shadow.changes = *changes;
    else
      shadow.problem = changes.error().what;
  }
  // A copy is read through all newer ones.
  for (std::size_t i = facts.shadows.size(); i-- > 1;)
    if (auto& older = facts.shadows[i - 1];
        older.problem.empty() && !facts.shadows[i].problem.empty())
      older.problem = fmt::format("it needs shadow copy {}", facts.shadows[i].copy.number);
}

}  // namespace

bool VolumeFacts::complete() const noexcept {
  return shadows_problem.empty() &&
         std::ranges::all_of(shadows, [](const Shadow& s) { return s.problem.empty(); }) &&
         std::ranges::all_of(databases, [](const Database& d) { return d.problem.empty(); });
}

Result<VolumeFacts> probe_volume(const std::string& source, JobMonitor& monitor,
                                 std::vector<std::string> allowed_folders) {
  TINTYPE_TRY(VolumeSpec spec, parse_volume_spec(source));
  spec.allowed_folders = std::move(allowed_folders);
  TINTYPE_TRY(const auto volume,
              open_volume(spec, &monitor.stop_requested,
                          [&](const std::string& line) { monitor.warning(line); }));
  VolumeFacts facts;
  facts.name = volume->name();
  facts.volume_bytes = volume->size_bytes();
  facts.sector_bytes = volume->sector_bytes();
  TINTYPE_CHECK(probe_filesystem_facts(*volume, facts));
  if (!spec.shadow) probe_shadow_copies(*volume, facts);  // copies have none
  monitor.detail(fmt::format("{}: {}, {}", facts.name,
                             counted(facts.shadows.size(), "shadow copy", "shadow copies"),
                             counted(facts.databases.size(), "database")));
  return facts;
}

}  // namespace tintype
