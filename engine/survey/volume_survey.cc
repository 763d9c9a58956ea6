#include "engine/survey/volume_survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "engine/pipeline/pass_runner.h"
#include "hashing/counted.h"
#include "io/environment_error.h"
#include "io/filesystem/glob.h"
#include "io/filesystem/glob_set.h"
#include "io/source/disk_map.h"
#include "io/source/open_filesystem.h"
#include "verify/ese/ese_stream_names.h"

namespace tintype {
namespace {

bool asked_for(const FileEntry& file, const DatabaseOptions& options) {
  return std::any_of(options.globs.begin(), options.globs.end(),
                     [&](const std::string& glob) { return glob_matches(glob, file.path); });
}

FileReport unchecked_report(const FileEntry& file, std::string why) {
  FileReport report;
  report.path = file.path;
  report.format = "unknown";
  report.add({.kind = FindingKind::not_checked, .text = std::move(why)});
  return report;
}

std::string why_not_streamed(const FileEntry& file, const ExtentList& captured) {
  if (!file.problem.empty()) return "not checked: " + file.problem;
  switch (file.storage) {
    case FileStorage::runs:
      return lies_in(file, captured) ? "" : "not checked: some of it lies where nothing is copied";
    case FileStorage::resident:
      return "not checked: stored inside a metadata record";
    case FileStorage::compressed:
      return "not checked: compressed by the file system";
    case FileStorage::encrypted:
      return "not checked: encrypted by the file system";
  }
  return "";
}

// Adds the check of one candidate, or the report that says why there is none.
void survey_file(const FileEntry& file, bool asked, VolumeSurvey& survey, JobMonitor& monitor,
                 VolumeMap* map) {
  using Kind = OpenedDatabase::Kind;
  std::vector<std::byte> front(std::min<std::uint64_t>(file.size_bytes, kDatabaseFrontBytes));
  const auto got = survey.map->read(file, 0, front);
  if (!got) front.clear();
  const DatabaseFormat* format = asked ? survey.databases.format_of(file.path, front)
                                       : survey.databases.usual_format_of(file.path, front);
  if (format == nullptr && !asked) {
    monitor.detail(fmt::format("{} is another program's database: not checked", file.path));
    return;
  }
  if (format == nullptr) format = &survey.databases.fallback();
  OpenedDatabase opened;
  if (got) opened = survey.databases.open(*format, file.path, file.size_bytes, front);
  if (opened.kind == Kind::without_checksums && !asked) {
    monitor.detail(fmt::format("{} {}", file.path, opened.passed_by));
    return;
  }
  if (map != nullptr)
    map->add_file(VolumeMap::FileKind::database, file.path, file.size_bytes, file.runs);
  if (std::string why = why_not_streamed(file, survey.captured); !why.empty()) {
    survey.unchecked.push_back(unchecked_report(file, std::move(why)));
    return;
  }
  if (!got) {
    survey.unchecked.push_back(unchecked_report(
        file, fmt::format("not checked: its header cannot be read: {}", got.error().what)));
    return;
  }
  if (opened.kind == Kind::not_needed) {
    monitor.detail(fmt::format("{} {}", file.path, opened.passed_by));
    return;
  }
  if (opened.kind == Kind::without_checksums) {
    survey.unchecked.push_back(unchecked_report(
        file, fmt::format("not checked: the database keeps no checksums: {}", opened.why)));
    survey.unchecked.back().format = opened.format;
    return;
  }
  if (opened.listed) {
    FileReport planned;
    planned.path = file.path;
    planned.format = fmt::format("{} database", format->name());
    survey.planned.push_back(std::move(planned));
  }
  survey.streams.add_database(*format, file.path, front);
  survey.checks.add(std::move(opened.check), file.size_bytes, file.runs, opened.listed);
  monitor.detail(fmt::format("checking {} in-line: {} in {}", file.path,
                             counted(file.size_bytes, "byte"),
                             counted(file.runs.size(), "extent")));
}

Result<void> survey_databases(const DatabaseOptions& options, VolumeSurvey& survey,
                              JobMonitor& monitor, VolumeMap* map) {
  survey.databases = DatabaseSurvey(options.formats);
  std::vector<std::string> globs = survey.databases.usual_names();
  globs.insert(globs.end(), options.globs.begin(), options.globs.end());
  // One walk over the volume's files for all.
  std::vector<std::string> all(globs);
  const auto& companions = survey.databases.companion_names();
  all.insert(all.end(), companions.begin(), companions.end());
  all.insert(all.end(), std::begin(kStreamFileGlobs), std::end(kStreamFileGlobs));
  TINTYPE_TRY(auto files, survey.map->find(all));
  survey.checks.reserve(files.size());
  survey.databases.learn_from(*survey.map, files);
  const GlobSet database_names(globs);
  std::vector<FileEntry> databases;
  for (FileEntry& file : files) {
    if (database_names.matches(file.path)) {
      databases.push_back(std::move(file));
      continue;
    }
    if (map != nullptr && parse_ese_stream_name(file_name_of(file.path)))
      map->add_file(VolumeMap::FileKind::log, file.path, file.size_bytes, file.runs);
    survey.streams.add_file(std::move(file), survey.captured, survey.checks);
  }
  for (const FileEntry& file : databases)
    survey_file(file, asked_for(file, options), survey, monitor, map);
  if (const std::string line = survey.streams.summary(); !line.empty()) monitor.detail(line);
  for (const std::string& glob : options.globs)
    if (std::none_of(databases.begin(), databases.end(),
                     [&](const FileEntry& file) { return glob_matches(glob, file.path); })) {
      FileReport report;
      report.path = glob;
      report.format = "unknown";
      report.add({.kind = FindingKind::not_checked,
                  .text = "not checked: no file of the volume matches this --database"});
      survey.unchecked.push_back(std::move(report));
    }
  survey.checks.seal();
  return {};
}

// The user named databases and none can be looked for: that is a finding, not a remark.
void report_asked_for(const DatabaseOptions& options, VolumeSurvey& survey) {
  for (const std::string& glob : options.globs) {
    FileReport report;
    report.path = glob;
    report.format = "unknown";
    report.add({.kind = FindingKind::not_checked, .text = "not checked: " + survey.not_checked});
    survey.unchecked.push_back(std::move(report));
  }
}

// What a disk's map says of its partitions and their table.
void tell_remarks(const Volume& volume, const DatabaseOptions& databases, VolumeSurvey& survey,
                  JobMonitor& monitor) {
  using Kind = FilesystemMap::Remark::Kind;
  for (const auto& [kind, text] : survey.map->remarks()) {
    if (kind == Kind::taken_whole) {
      monitor.detail(fmt::format("{}: {}: copying all of it", volume.name(), text));
    } else if (kind == Kind::damage) {
      monitor.warning(fmt::format("{}: {}", volume.name(), text));
    } else {
      monitor.warning(fmt::format("{}: {}: copying all of it{}", volume.name(), text,
                                  databases.check ? ", databases in it are NOT CHECKED" : ""));
      survey.not_checked += (survey.not_checked.empty() ? "" : "; ") + text;
    }
  }
}

std::vector<UnreadableRange> with_owners(const VolumeSurvey& survey, const ExtentList& ranges) {
  std::vector<UnreadableRange> named;
  for (const Extent& range : ranges) named.push_back({.range = range});
  if (survey.map == nullptr || ranges.empty()) return named;
  if (const auto owners = survey.map->owners(ranges); owners && owners->size() == named.size())
    for (std::size_t i = 0; i < named.size(); ++i) {
      named[i].path = (*owners)[i].path;
      named[i].file_offset = (*owners)[i].file_offset;
    }
  return named;
}

// What lies side by side in one file, or in none, came in blocks but is one finding.
std::vector<UnreadableRange> joined(std::vector<UnreadableRange> ranges) {
  std::ranges::sort(ranges, {}, [](const UnreadableRange& one) { return one.range.offset; });
  std::vector<UnreadableRange> all;
  for (UnreadableRange& next : ranges) {
    const bool goes_on =
        !all.empty() && all.back().range.end() == next.range.offset &&
        all.back().path == next.path &&
        (next.path.empty() || all.back().file_offset + all.back().range.length == next.file_offset);
    if (goes_on)
      all.back().range.length += next.range.length;
    else
      all.push_back(std::move(next));
  }
  return all;
}

// What could not be read because nobody waits any more says nothing about the volume; what the
// machine refused says nothing either, and "no database was found" would be a lie.
std::optional<Error> nothing_known(const Error& error, const JobMonitor& monitor) {
  if (monitor.stop_requested.load(std::memory_order_relaxed)) return stopped_error().value();
  return is_environment(error) ? std::optional(error) : std::nullopt;
}

// The map, or why there is no usable one.
Result<std::string> open_map(const Volume& volume, VolumeSurvey& survey,
                             const JobMonitor& monitor) {
  const auto unmapped = [&](Error error) -> Result<std::string> {
    if (auto unknown = nothing_known(error, monitor)) return tl::unexpected(*std::move(unknown));
    return std::move(error.what);
  };
  auto probe = probe_filesystem(volume);
  if (!probe) return unmapped(std::move(probe).error());
  survey.probe = *std::move(probe);
  auto map = open_filesystem_map(volume, survey.probe);
  if (!map) return unmapped(std::move(map).error());
  if (*map == nullptr)
    return survey.probe.type.empty()
               ? "no file system was recognised"
               : fmt::format("file system {} cannot be mapped", survey.probe.type);
  survey.map = *std::move(map);
  if (survey.map->unreliable().empty() && is_partition_scheme(survey.probe.type))
    survey.probe.label = survey.map->label();  // no disk has one: it tells the partitions
  return survey.map->unreliable();
}

}  // namespace

Result<VolumeSurvey> survey_volume(const Volume& volume, bool all_blocks,
                                   const DatabaseOptions& databases, JobMonitor& monitor,
                                   VolumeMap* volume_map) {
  VolumeSurvey survey;
  TINTYPE_TRY(const std::string unmapped, open_map(volume, survey, monitor));
  if (monitor.stop_requested.load(std::memory_order_relaxed)) return stopped_error();
  survey.all_blocks = all_blocks || !unmapped.empty();
  survey.captured =
      survey.all_blocks ? ExtentList{{0, volume.size_bytes()}} : survey.map->allocated();
  if (unmapped.empty()) {
    TINTYPE_CHECK(survey_files(volume, databases, survey, monitor, volume_map));
    return survey;
  }
  monitor.warning(fmt::format("{}: {}: copying every block", volume.name(), unmapped));
  if (databases.check) {
    survey.not_checked = unmapped;
    monitor.warning(fmt::format("{}: databases are NOT CHECKED", volume.name()));
    report_asked_for(databases, survey);
  }
  return survey;
}

Result<void> survey_files(const Volume& volume, const DatabaseOptions& databases,
                          VolumeSurvey& survey, JobMonitor& monitor, VolumeMap* volume_map) {
  monitor.detail(fmt::format("{}: {} \"{}\", clusters of {} bytes, {} of {} bytes allocated",
                             volume.name(), survey.map->type(), survey.map->label(),
                             survey.map->cluster_bytes(), total_bytes(survey.map->allocated()),
                             volume.size_bytes()));
  tell_remarks(volume, databases, survey, monitor);
  if (!databases.check) {
    survey.not_checked = "switched off by --no-database-check";
    return {};
  }
  if (auto found = survey_databases(databases, survey, monitor, volume_map); !found) {
    if (auto error = nothing_known(found.error(), monitor))
      return tl::unexpected(*std::move(error));
    survey.not_checked = found.error().what;
    survey.checks = {};
    monitor.warning(
        fmt::format("{}: {}: databases are NOT CHECKED", volume.name(), survey.not_checked));
    report_asked_for(databases, survey);
  }
  return {};
}

std::vector<FileReport> finish_checks(VolumeSurvey& survey) {
  std::vector<FileReport> reports = survey.checks.finish();
  survey.databases.settle(reports);
  survey.streams.finish(reports);
  reports.insert(reports.end(), survey.unchecked.begin(), survey.unchecked.end());
  std::sort(reports.begin(), reports.end(),
            [](const FileReport& a, const FileReport& b) { return a.path < b.path; });
  return reports;
}

std::vector<UnreadableRange> name_unreadable(const VolumeSurvey& survey, const ExtentList& ranges) {
  return joined(with_owners(survey, ranges));
}

}  // namespace tintype
