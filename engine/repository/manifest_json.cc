// set.json and tintype.json from JSON; tintype.json and the truncation journal to it as well.
//
// Reading trusts nothing: every member is looked at for its type and range before it is used, and
// the error names it as jq would (`volumes[0].image`). Unknown members are ignored and missing
// ones keep their defaults, which always say "not known" rather than "good".
#include "engine/repository/manifest_json.h"
#include "engine/repository/log_runs.h"
#include "engine/repository/manifest_fields.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <type_traits>

#include "engine/completion/truncation_journal.h"
#include "engine/repository/manifest.h"
#include "engine/repository/manifest_fields.h"
#include "engine/repository/set_name.h"

namespace tintype {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kListMax = 1'000'000;  // volumes, databases, ranges: a bound, not a goal

std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

// Walks a tree and remembers the first thing that is wrong with it; after that it gives defaults.
class Reader {
 public:
  explicit Reader(std::string_view path) : path_(path) {}

  [[nodiscard]] bool failed() const noexcept { return error_.has_value(); }
  [[nodiscard]] Error take_error() { return std::move(*error_); }

  void fail(std::string_view member, std::string_view why) {
    if (!error_)
      error_ = plain_error(fmt::format("{}: {} {}", path_, member, why),
                           "damaged, or not written by tintype")
                   .value();
  }

  // The member `key` of `json` into `value`, if it is there. `where` is the path of `json`.
  template <class T>
  void get(const Json& json, std::string_view where, const char* key, T& value) {
    const auto found = json.find(key);
    if (found == json.end()) return;
    const std::string name = join(where, key);
    if constexpr (std::is_same_v<T, bool>) {
      if (!found->is_boolean()) return fail(name, "is not true or false");
      value = found->template get<bool>();
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (!found->is_string()) return fail(name, "is not a string");
      value = found->template get_ref<const std::string&>();
    } else {
      get_number(*found, name, value);
    }
  }
  template <class T>
  void need(const Json& json, std::string_view where, const char* key, T& value) {
    if (!json.contains(key)) return fail(join(where, key), "is missing");
    get(json, where, key, value);
  }

  // Calls read(element, "where.key[i]") for each object of the list `key`, if it is there.
  template <class F>
  void each(const Json& json, std::string_view where, const char* key, std::size_t count_max,
            F read) {
    const auto found = json.find(key);
    if (found == json.end()) return;
    const std::string name = join(where, key);
    if (!found->is_array()) return fail(name, "is not a list");
    if (found->size() > count_max) return fail(name, "is too long to be true");
    for (std::size_t i = 0; i < found->size() && !failed(); ++i) {
      const std::string element = fmt::format("{}[{}]", name, i);
      if (!(*found)[i].is_object()) return fail(element, "is not an object");
      read((*found)[i], element);
    }
  }

 private:
  static std::string join(std::string_view where, std::string_view key) {
    return where.empty() ? std::string(key) : fmt::format("{}.{}", where, key);
  }
  template <class T>
  void get_number(const Json& json, const std::string& name, T& value) {
    if (!json.is_number_integer()) return fail(name, "is not a whole number");
    if (json.is_number_unsigned()) {
      const auto number = json.get<std::uint64_t>();
      if (!std::in_range<T>(number)) return fail(name, "is out of range");
      value = static_cast<T>(number);
    } else {
      const auto number = json.get<std::int64_t>();
      if (!std::in_range<T>(number)) return fail(name, "is out of range");
      value = static_cast<T>(number);
    }
  }

  std::string_view path_;
  std::optional<Error> error_;
};

std::optional<FindingKind> finding_kind_of(std::string_view name) {
  for (unsigned i = 0; i <= static_cast<unsigned>(FindingKind::stream_warning); ++i)
    if (const auto kind = static_cast<FindingKind>(i); to_string(kind) == name) return kind;
  return std::nullopt;
}

Finding read_finding(Reader& reader, const Json& json, const std::string& where) {
  Finding finding;
  std::string kind;
  reader.need(json, where, "kind", kind);
  if (const auto known = finding_kind_of(kind))
    finding.kind = *known;
  else
    finding.kind = FindingKind::not_checked;  // of a newer version; its text still tells
  reader.get(json, where, "error", finding.error_number);
  reader.get(json, where, "text", finding.text);
  reader.get(json, where, "page_number", finding.page_number);
  reader.get(json, where, "file_offset", finding.file_offset);
  reader.get(json, where, "length", finding.length);
  reader.get(json, where, "bit", finding.bit);
  reader.get(json, where, "volume_offset", finding.volume_offset);
  return finding;
}

FileReport read_report(Reader& reader, const Json& json, const std::string& where) {
  FileReport report;
  reader.need(json, where, "path", report.path);
  reader.get(json, where, "format", report.format);
  reader.get(json, where, "state", report.state);
  reader.get(json, where, "page_bytes", report.page_bytes);
  reader.get(json, where, "pages_expected", report.pages_expected);
  if (const auto pages = json.find("pages"); pages != json.end()) {
    const std::string inner = where + ".pages";
    if (!pages->is_object()) reader.fail(inner, "is not an object");
    for (const auto& [key, member] : kPageNumbers)
      reader.get(*pages, inner, key, report.pages.*member);
  }
  reader.get(json, where, "highest_dbtime", report.highest_dbtime);
  reader.get(json, where, "highest_dbtime_page", report.highest_dbtime_page);
  reader.get(json, where, "findings_total", report.findings_total);
  reader.get(json, where, "unsound_total", report.unsound_total);
  reader.get(json, where, "unchecked_total", report.unchecked_total);
  reader.each(json, where, "findings", FileReport::kFindingsKeptMax,
              [&](const Json& element, const std::string& name) {
                report.findings.push_back(read_finding(reader, element, name));
              });
  return report;
}

VolumeManifest read_volume(Reader& reader, const Json& json, const std::string& where) {
  VolumeManifest volume;
  reader.need(json, where, "name", volume.name);
  reader.get(json, where, "source", volume.source);
  reader.need(json, where, "image", volume.image);
  reader.get(json, where, "filesystem", volume.filesystem);
  reader.get(json, where, "label", volume.label);
  reader.need(json, where, "volume_bytes", volume.volume_bytes);
  reader.get(json, where, "captured_bytes", volume.captured_bytes);
  reader.get(json, where, "image_bytes", volume.image_bytes);
  reader.get(json, where, "chunk_bytes", volume.chunk_bytes);
  reader.get(json, where, "all_blocks", volume.all_blocks);
  reader.get(json, where, "stock", volume.stock);
  reader.get(json, where, "compression", volume.compression);
  reader.get(json, where, "content_digest", volume.content_digest);
  reader.get(json, where, "read_back", volume.read_back);
  reader.get(json, where, "databases_not_checked", volume.databases_not_checked);
  reader.each(json, where, "unreadable", kListMax,
              [&](const Json& element, const std::string& name) {
                VolumeManifest::Unreadable bad;
                reader.need(element, name, "offset", bad.range.offset);
                reader.need(element, name, "length", bad.range.length);
                reader.get(element, name, "path", bad.path);
                reader.get(element, name, "file_offset", bad.file_offset);
                volume.unreadable.push_back(std::move(bad));
              });
  reader.each(json, where, "databases", kListMax,
              [&](const Json& element, const std::string& name) {
                volume.databases.push_back(read_report(reader, element, name));
              });
  reader.get(json, where, "folder", volume.folder);
  reader.get(json, where, "folder_problems_total", volume.folder_problems.total);
  reader.each(json, where, "folder_problems", FolderProblems::kKeptMax,
              [&](const Json& element, const std::string& name) {
                FolderProblem& problem = volume.folder_problems.kept.emplace_back();
                reader.need(element, name, "path", problem.path);
                reader.need(element, name, "text", problem.what);
              });
  // However it counts: what is listed is there.
  volume.folder_problems.total =
      std::max<std::uint64_t>(volume.folder_problems.total, volume.folder_problems.kept.size());
  return volume;
}

EseStreamReport read_stream(Reader& reader, const Json& json, const std::string& where) {
  EseStreamReport stream;
  reader.need(json, where, "base", stream.base);
  reader.get(json, where, "volume", stream.volume);
  reader.get(json, where, "log_folder", stream.log_folder);
  reader.get(json, where, "log_signature", stream.log_signature);
  std::string verdict;
  reader.need(json, where, "verdict", verdict);
  for (unsigned i = 0; i <= static_cast<unsigned>(StreamVerdict::not_checked); ++i)
    if (const auto known = static_cast<StreamVerdict>(i); to_string(known) == verdict)
      stream.verdict = known;  // an unknown one stays "not checked"
  reader.get(json, where, "why", stream.why);
  reader.get(json, where, "next_command", stream.next_command);
  // Missing must not read as "off" or "none": both shut the gate.
  if (!json.contains("attached_elsewhere"))
    reader.fail(where + ".attached_elsewhere", "is missing");
  reader.need(json, where, "circular", stream.circular);
  reader.get(json, where, "current_log_missing", stream.current_log_missing);
  reader.each(json, where, "attached_elsewhere", kListMax,
              [&](const Json& element, const std::string& name) {
                reader.need(element, name, "path", stream.attached_elsewhere.emplace_back());
              });
  for (const auto& [key, member] : kStreamNumbers) reader.need(json, where, key, stream.*member);
  reader.each(json, where, "databases", kListMax,
              [&](const Json& element, const std::string& name) {
                StreamDatabase database;
                reader.need(element, name, "path", database.path);
                reader.get(element, name, "state", database.state);
                reader.need(element, name, "dirty", database.dirty);
                reader.need(element, name, "sound", database.sound);
                for (const auto& [key, member] : kDatabaseNumbers)
                  reader.need(element, name, key, database.*member);
                reader.get(element, name, "repairs", database.repairs);
                stream.databases.push_back(std::move(database));
              });
  reader.each(json, where, "logs", kListMax, [&](const Json& element, const std::string& name) {
    LogRun run;
    reader.need(element, name, "path", run.first.path);
    reader.need(element, name, "generation", run.first.generation);
    reader.get(element, name, "count", run.count);
    reader.need(element, name, "current", run.first.current);
    reader.need(element, name, "sound", run.first.sound);
    if (!append_run(run, kListMax, stream.logs))
      reader.fail(name, "is a row of logs that cannot be");
  });
  reader.each(json, where, "findings", kListMax, [&](const Json& element, const std::string& name) {
    stream.findings.push_back(read_finding(reader, element, name));
  });
  return stream;
}

GateRecord read_gate(Reader& reader, const Json& json, const std::string& where) {
  GateRecord gate;
  for (const auto& [key, member] : kGateTexts) reader.get(json, where, key, gate.*member);
  reader.get(json, where, "truncate_from", gate.truncate_from);
  reader.get(json, where, "truncate_below", gate.truncate_below);
  reader.get(json, where, "event", gate.event);
  reader.each(json, where, "preconditions", 1000,
              [&](const Json& element, const std::string& name) {
                GatePrecondition one;
                reader.need(element, name, "name", one.name);
                reader.need(element, name, "met", one.met);
                reader.get(element, name, "why", one.why);
                gate.preconditions.push_back(std::move(one));
              });
  return gate;
}

// The object in `text`, of a format this program knows.
Result<Json> read_object(std::string_view text, std::string_view path, int format_max) {
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object())
    return plain_error(fmt::format("{} is not a JSON object", path),
                       "damaged, or not written by tintype");
  Reader reader(path);
  int format = 0;
  reader.need(json, "", "format", format);
  if (reader.failed()) return tl::unexpected(reader.take_error());
  if (format > format_max)
    return plain_error(
        fmt::format("{} has format {}, this program reads up to {}", path, format, format_max),
        "use a newer tintype");
  if (format < 1) return plain_error(fmt::format("{} has the impossible format {}", path, format));
  return json;
}

}  // namespace

Result<SetManifest> parse_manifest(std::string_view text, std::string_view path) {
  TINTYPE_TRY(const Json json, read_object(text, path, SetManifest::kFormat));
  Reader reader(path);
  SetManifest manifest;
  std::string type;
  reader.need(json, "", "name", manifest.name);
  reader.get(json, "", "program", manifest.program);
  reader.get(json, "", "host", manifest.host);
  reader.need(json, "", "type", type);
  reader.get(json, "", "started_utc", manifest.started_utc);
  reader.get(json, "", "finished_utc", manifest.finished_utc);
  reader.get(json, "", "sound", manifest.sound);
  reader.get(json, "", "all_databases", manifest.all_databases);
  reader.each(json, "", "volumes", kListMax, [&](const Json& element, const std::string& name) {
    manifest.volumes.push_back(read_volume(reader, element, name));
  });
  reader.each(json, "", "streams", kListMax, [&](const Json& element, const std::string& name) {
    manifest.streams.push_back(read_stream(reader, element, name));
  });
  reader.each(json, "", "gates", kListMax, [&](const Json& element, const std::string& name) {
    manifest.gates.push_back(read_gate(reader, element, name));
  });
  if (type == to_string(BackupType::full))
    manifest.type = BackupType::full;
  else if (type != to_string(BackupType::copy))
    reader.fail("type", "is neither \"full\" nor \"copy\"");
  if (reader.failed()) return tl::unexpected(reader.take_error());
  if (const std::string fault = contradiction_in(manifest); !fault.empty())
    return plain_error(fmt::format("{}: {}", path, fault), "damaged, or not written by tintype");
  return manifest;
}

std::string to_json(const RepositoryHead& head) {
  return dump(Json{{"format", RepositoryHead::kFormat}, {"id", head.id}, {"program", head.program}},
              2) +
         "\n";
}

Result<RepositoryHead> parse_repository_head(std::string_view text, std::string_view path) {
  TINTYPE_TRY(const Json json, read_object(text, path, RepositoryHead::kFormat));
  Reader reader(path);
  RepositoryHead head;
  reader.need(json, "", "id", head.id);
  reader.get(json, "", "program", head.program);
  if (reader.failed()) return tl::unexpected(reader.take_error());
  return head;
}

std::string to_json(const TruncationJournal& journal) {
  Json json{{"format", TruncationJournal::kFormat}};
  for (const auto& [key, member] : kJournalTexts) json[key] = journal.*member;
  json["truncate_from"] = journal.from;
  json["truncate_below"] = journal.below;
  json["deleted"] = journal.deleted;
  json["already_missing"] = journal.already_missing;
  return dump(json, 2) + "\n";
}

Result<TruncationJournal> parse_truncation_journal(std::string_view text, std::string_view path) {
  TINTYPE_TRY(const Json json, read_object(text, path, TruncationJournal::kFormat));
  Reader reader(path);
  TruncationJournal journal;
  for (const auto& [key, member] : kJournalTexts) reader.need(json, "", key, journal.*member);
  reader.need(json, "", "truncate_from", journal.from);
  reader.need(json, "", "truncate_below", journal.below);
  reader.get(json, "", "deleted", journal.deleted);
  reader.get(json, "", "already_missing", journal.already_missing);
  if (reader.failed()) return tl::unexpected(reader.take_error());
  return journal;
}

}  // namespace tintype
