// set.json from JSON: record by record, innermost first, into the manifest's structures.
//
// Missing members keep their defaults, which always say "not known" rather than "good"; where a
// default would open the gate, the member must be there.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "engine/manifest/json_records.h"
#include "engine/manifest/log_runs.h"
#include "engine/manifest/manifest.h"
#include "engine/manifest/manifest_fields.h"
#include "engine/manifest/text_format.h"

namespace tintype {
namespace {

constexpr std::size_t kPreconditionsMax = 1000;

std::optional<FindingKind> finding_kind_of(std::string_view name) {
  for (unsigned i = 0; i <= static_cast<unsigned>(FindingKind::stream_warning); ++i)
    if (const auto kind = static_cast<FindingKind>(i); to_string(kind) == name) return kind;
  return std::nullopt;
}

Finding finding_of(JsonRecord& record) {
  Finding finding;
  std::string kind;
  record.need("kind", kind);
  // One of a newer version: its text still tells.
  finding.kind = finding_kind_of(kind).value_or(FindingKind::not_checked);
  record.get("error", finding.error_number);
  record.get("text", finding.text);
  record.get("page_number", finding.page_number);
  record.get("file_offset", finding.file_offset);
  record.get("length", finding.length);
  record.get("bit", finding.bit);
  record.get("volume_offset", finding.volume_offset);
  return finding;
}

// What `object` may come to hold of memory: vectors double, and hold the old one while they do.
template <class T, class... Texts>
std::size_t cost_of(const T&, const Texts&... texts) {
  return 3 * sizeof(T) + (std::size_t{0} + ... + (texts.size() + 24));
}

// Records wait in the lists of pending_ until the object that they lie in comes.
class ManifestReader {
 public:
  static constexpr std::string_view kPatterns[] = {"",
                                                   "volumes[]",
                                                   "volumes[].unreadable[]",
                                                   "volumes[].databases[]",
                                                   "volumes[].databases[].pages",
                                                   "volumes[].databases[].findings[]",
                                                   "volumes[].folder_problems[]",
                                                   "streams[]",
                                                   "streams[].attached_elsewhere[]",
                                                   "streams[].databases[]",
                                                   "streams[].logs[]",
                                                   "streams[].findings[]",
                                                   "gates[]",
                                                   "gates[].preconditions[]"};

  void take(JsonRecord& record) {
    const std::string_view pattern = record.pattern();
    if (pattern.ends_with(".findings[]"))
      finding(record);
    else if (pattern == "volumes[].databases[].pages")
      pages(record);
    else if (pattern == "volumes[].databases[]")
      report(record);
    else if (pattern == "volumes[].unreadable[]")
      unreadable(record);
    else if (pattern == "volumes[].folder_problems[]")
      folder_problem(record);
    else if (pattern == "volumes[]")
      volume(record);
    else if (pattern == "streams[].attached_elsewhere[]")
      attached(record);
    else if (pattern == "streams[].databases[]")
      stream_database(record);
    else if (pattern == "streams[].logs[]")
      logs(record);
    else if (pattern == "streams[]")
      stream(record);
    else if (pattern == "gates[].preconditions[]")
      precondition(record);
    else if (pattern == "gates[]")
      gate(record);
    else
      set(record);
  }

  [[nodiscard]] SetManifest result() { return std::move(manifest_); }

 private:
  // Puts it into a list, unless that is too long or all lists together are.
  template <class T>
  void keep(JsonRecord& record, std::vector<T>& list, T&& one, std::size_t cost,
            std::size_t count_max = kManifestMemoryBytesMax) {
    if (list.size() >= count_max) return record.fail("", "is one too many: the list is too long");
    if (cost > memory_left_)
      return record.fail("", fmt::format("does not fit: the lists take more than {} MiB of memory",
                                         kManifestMemoryBytesMax >> 20));
    memory_left_ -= cost;
    list.push_back(std::move(one));
  }

  void finding(JsonRecord& record) {
    Finding one = finding_of(record);
    const std::size_t cost = cost_of(one, one.text);
    keep(record, findings_, std::move(one), cost, FileReport::kFindingsKeptMax);
  }

  void pages(JsonRecord& record) {
    for (const auto& [key, member] : kPageNumbers) record.get(key, pages_.*member);
  }

  void report(JsonRecord& record) {
    FileReport report;
    record.need("path", report.path);
    record.get("format", report.format);
    record.get("state", report.state);
    record.get("page_bytes", report.page_bytes);
    record.get("pages_expected", report.pages_expected);
    report.pages = std::exchange(pages_, {});
    record.get("highest_dbtime", report.highest_dbtime);
    record.get("highest_dbtime_page", report.highest_dbtime_page);
    record.get("findings_total", report.findings_total);
    record.get("unsound_total", report.unsound_total);
    record.get("unchecked_total", report.unchecked_total);
    report.findings = std::exchange(findings_, {});
    // What is said of the file must be what its parts come to.
    bool sound = report.sound(), checked = report.checked();
    record.get("sound", sound);
    record.get("checked", checked);
    if (sound != report.sound()) record.fail("sound", "is not what its pages and findings say");
    if (checked != report.checked()) record.fail("checked", "is not what its findings say");
    const std::size_t cost = cost_of(report, report.path, report.format, report.state);
    keep(record, databases_, std::move(report), cost);
  }

  void unreadable(JsonRecord& record) {
    UnreadableRange bad;
    record.need("offset", bad.range.offset);
    record.need("length", bad.range.length);
    record.get("path", bad.path);
    record.get("file_offset", bad.file_offset);
    const std::size_t cost = cost_of(bad, bad.path);
    keep(record, unreadable_, std::move(bad), cost);
  }

  void folder_problem(JsonRecord& record) {
    FolderProblem problem;
    record.need("path", problem.path);
    record.need("text", problem.what);
    const std::size_t cost = cost_of(problem, problem.path, problem.what);
    keep(record, folder_problems_, std::move(problem), cost, FolderProblems::kKeptMax);
  }

  void volume(JsonRecord& record) {
    VolumeManifest volume;
    record.need("name", volume.name);
    record.get("source", volume.source);
    record.need("image", volume.image);
    record.get("filesystem", volume.filesystem);
    record.get("label", volume.label);
    record.need("volume_bytes", volume.volume_bytes);
    record.get("captured_bytes", volume.captured_bytes);
    record.get("image_bytes", volume.image_bytes);
    record.get("chunk_bytes", volume.chunk_bytes);
    record.get("all_blocks", volume.all_blocks);
    record.get("stock", volume.stock);
    record.get("compression", volume.compression);
    record.get("content_digest", volume.content_digest);
    std::string read_back;
    record.get("read_back", read_back);
    const auto known = parse_read_back(read_back);
    if (!known) record.fail("read_back", "is neither \"direct\" nor \"page cache\" nor \"none\"");
    volume.read_back = known.value_or(ReadBack::none);
    record.get("databases_not_checked", volume.databases_not_checked);
    record.get("folder", volume.folder);
    record.get("source_watched", volume.source_watched);
    record.get("source_in_use", volume.source_in_use);
    record.get("folder_problems_total", volume.folder_problems.total);
    record.get("unreadable_total", volume.unreadable_total);
    volume.unreadable = std::exchange(unreadable_, {});
    volume.unreadable_total =
        std::max<std::uint64_t>(volume.unreadable_total, volume.unreadable.size());
    volume.databases = std::exchange(databases_, {});
    volume.folder_problems.kept = std::exchange(folder_problems_, {});
    // However it counts: what is listed is there.
    volume.folder_problems.total =
        std::max<std::uint64_t>(volume.folder_problems.total, volume.folder_problems.kept.size());
    const std::size_t cost = cost_of(volume, volume.name, volume.source, volume.image, volume.label,
                                     volume.databases_not_checked);
    keep(record, manifest_.volumes, std::move(volume), cost);
  }

  void attached(JsonRecord& record) {
    std::string path;
    record.need("path", path);
    const std::size_t cost = cost_of(path, path);
    keep(record, attached_, std::move(path), cost);
  }

  void stream_database(JsonRecord& record) {
    StreamDatabase database;
    record.need("path", database.path);
    record.get("state", database.state);
    record.need("dirty", database.dirty);
    record.need("sound", database.sound);
    record.get("repairs", database.repairs);
    for (const auto& [key, member] : kDatabaseNumbers) record.need(key, database.*member);
    const std::size_t cost = cost_of(database, database.path, database.state);
    keep(record, stream_databases_, std::move(database), cost);
  }

  void logs(JsonRecord& record) {
    LogRun run;
    record.need("path", run.first.path);
    record.need("generation", run.first.generation);
    record.get("count", run.count);
    record.need("current", run.first.current);
    record.need("sound", run.first.sound);
    const std::size_t each = cost_of(run.first, run.first.path);
    const std::size_t fit = memory_left_ / each;
    if (run.count > fit)
      return record.fail("", fmt::format("does not fit: {} logs take more than {} MiB of memory",
                                         run.count, kManifestMemoryBytesMax >> 20));
    if (!append_run(run, logs_.size() + fit, logs_))
      return record.fail("", "is a row of logs that cannot be");
    memory_left_ -= each * run.count;
  }

  void stream(JsonRecord& record) {
    EseStreamReport stream;
    record.need("base", stream.base);
    record.get("volume", stream.volume);
    record.get("log_folder", stream.log_folder);
    record.get("log_signature", stream.log_signature);
    record.get("last_closed_created", stream.last_closed_created);
    std::string verdict;
    record.need("verdict", verdict);
    for (unsigned i = 0; i <= static_cast<unsigned>(StreamVerdict::not_checked); ++i)
      if (const auto known = static_cast<StreamVerdict>(i); to_string(known) == verdict)
        stream.verdict = known;  // an unknown one stays "not checked"
    record.get("why", stream.why);
    record.get("next_command", stream.next_command);
    // Missing must not read as "off" or "none": both shut the gate.
    if (!record.has("attached_elsewhere")) record.fail("attached_elsewhere", "is missing");
    record.need("circular", stream.circular);
    record.get("current_log_missing", stream.current_log_missing);
    for (const auto& [key, member] : kStreamNumbers) record.need(key, stream.*member);
    stream.attached_elsewhere = std::exchange(attached_, {});
    stream.databases = std::exchange(stream_databases_, {});
    stream.logs = std::exchange(logs_, {});
    stream.findings = std::exchange(findings_, {});
    const std::size_t cost = cost_of(stream, stream.why, stream.next_command, stream.log_folder);
    keep(record, manifest_.streams, std::move(stream), cost);
  }

  void precondition(JsonRecord& record) {
    GatePrecondition one;
    record.need("name", one.name);
    record.need("met", one.met);
    record.get("why", one.why);
    const std::size_t cost = cost_of(one, one.name, one.why);
    keep(record, preconditions_, std::move(one), cost, kPreconditionsMax);
  }

  void gate(JsonRecord& record) {
    GateRecord gate;
    for (const auto& [key, member] : kGateTexts) record.get(key, gate.*member);
    record.get("truncate_from", gate.truncate_from);
    record.get("truncate_below", gate.truncate_below);
    record.get("event", gate.event);
    gate.preconditions = std::exchange(preconditions_, {});
    bool open = gate.open();
    record.get("open", open);
    if (open != gate.open()) record.fail("open", "is not what its preconditions say");
    const std::size_t cost = cost_of(gate, gate.limit, gate.summary, gate.log_folder);
    keep(record, manifest_.gates, std::move(gate), cost);
  }

  void set(JsonRecord& record) {
    record.need("name", manifest_.name);
    record.get("program", manifest_.program);
    record.get("host", manifest_.host);
    record.get("started_utc", manifest_.started_utc);
    record.get("finished_utc", manifest_.finished_utc);
    record.get("sound", manifest_.sound);
    record.get("all_databases", manifest_.all_databases);
    record.get("sequence", manifest_.sequence);
    std::string type;
    record.need("type", type);
    if (type == to_string(BackupType::full))
      manifest_.type = BackupType::full;
    else if (type != to_string(BackupType::copy))
      record.fail("type", "is neither \"full\" nor \"copy\"");
  }

  SetManifest manifest_;
  std::size_t memory_left_ = kManifestMemoryBytesMax;
  PageCounts pages_;
  std::vector<Finding> findings_;
  std::vector<FileReport> databases_;
  std::vector<UnreadableRange> unreadable_;
  std::vector<FolderProblem> folder_problems_;
  std::vector<std::string> attached_;
  std::vector<StreamDatabase> stream_databases_;
  std::vector<StreamLog> logs_;
  std::vector<GatePrecondition> preconditions_;
};

}  // namespace

Result<SetManifest> parse_manifest(std::string_view text, std::string_view path, int format_min) {
  if (text.size() > kManifestTextBytesMax)
    return plain_error(fmt::format("{} is too large to be held: {} bytes, of at most {}", path,
                                   text.size(), kManifestTextBytesMax),
                       "damaged, or not written by tintype");
  TINTYPE_TRY(const int format, checked_format(text, path, format_min, SetManifest::kFormat));
  ManifestReader reader;
  TINTYPE_CHECK(read_json_records(text, path, ManifestReader::kPatterns,
                                  [&](JsonRecord& record) { reader.take(record); }));
  SetManifest manifest = reader.result();
  manifest.format = format;
  if (const std::string fault = contradiction_in(manifest); !fault.empty())
    return plain_error(fmt::format("{}: {}", path, fault), "damaged, or not written by tintype");
  return manifest;
}

}  // namespace tintype
