// set.json, tintype.json and the truncation journal to JSON. Reading them is the matter of
// manifest_read.cc and head_read.cc, which trust nothing in them.
#include <nlohmann/json.hpp>

#include "engine/manifest/log_runs.h"
#include "engine/manifest/manifest.h"
#include "engine/manifest/manifest_fields.h"
#include "engine/manifest/manifest_json.h"
#include "engine/manifest/text_checksum.h"
#include "engine/manifest/truncation_journal.h"

namespace tintype {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Json to_tree(const Finding& finding) {
  Json json{{"kind", to_string(finding.kind)},
            {"text", finding.text},
            {"page_number", finding.page_number},
            {"file_offset", finding.file_offset},
            {"length", finding.length}};
  if (finding.error_number != 0) json["error"] = finding.error_number;
  if (finding.bit >= 0) json["bit"] = finding.bit;
  if (finding.volume_offset != Finding::kNowhere) json["volume_offset"] = finding.volume_offset;
  return json;
}

Json to_tree(const FileReport& report) {
  Json json{{"path", report.path},
            {"sound", report.sound()},
            {"checked", report.checked()},
            {"format", report.format},
            {"state", report.state},
            {"page_bytes", report.page_bytes},
            {"pages_expected", report.pages_expected}};
  for (const auto& [key, member] : kPageNumbers) json["pages"][key] = report.pages.*member;
  json["highest_dbtime"] = report.highest_dbtime;
  json["highest_dbtime_page"] = report.highest_dbtime_page;
  json["findings_total"] = report.findings_total;
  json["unsound_total"] = report.unsound_total;
  json["unchecked_total"] = report.unchecked_total;
  json["findings"] = Json::array();
  for (const Finding& finding : report.findings) json["findings"].push_back(to_tree(finding));
  return json;
}

Json to_tree(const VolumeManifest& volume) {
  Json json{{"name", volume.name},
            {"source", volume.source},
            {"image", volume.image},
            {"filesystem", volume.filesystem},
            {"label", volume.label},
            {"volume_bytes", volume.volume_bytes},
            {"captured_bytes", volume.captured_bytes},
            {"image_bytes", volume.image_bytes},
            {"chunk_bytes", volume.chunk_bytes},
            {"all_blocks", volume.all_blocks},
            {"stock", volume.stock},
            {"compression", volume.compression},
            {"content_digest", volume.content_digest},
            {"read_back", to_string(volume.read_back)}};
  json["unreadable"] = Json::array();
  for (const auto& bad : volume.unreadable)
    json["unreadable"].push_back(Json{{"offset", bad.range.offset},
                                      {"length", bad.range.length},
                                      {"path", bad.path},
                                      {"file_offset", bad.file_offset}});
  if (volume.unreadable_total > volume.unreadable.size())
    json["unreadable_total"] = volume.unreadable_total;
  json["databases"] = Json::array();
  for (const FileReport& report : volume.databases) json["databases"].push_back(to_tree(report));
  json["databases_not_checked"] = volume.databases_not_checked;
  json["folder"] = volume.folder;
  json["source_watched"] = volume.source_watched;
  if (!volume.source_in_use.empty()) json["source_in_use"] = volume.source_in_use;
  if (!volume.folder && volume.folder_problems.total == 0) return json;
  json["folder_problems"] = Json::array();
  for (const FolderProblem& problem : volume.folder_problems.kept)
    json["folder_problems"].push_back(Json{{"path", problem.path}, {"text", problem.what}});
  json["folder_problems_total"] = volume.folder_problems.total;
  return json;
}

Json to_tree(const EseStreamReport& stream) {
  Json json{{"base", stream.base},
            {"volume", stream.volume},
            {"log_folder", stream.log_folder},
            {"log_signature", stream.log_signature},
            {"last_closed_created", stream.last_closed_created},
            {"verdict", to_string(stream.verdict)},
            {"why", stream.why},
            {"next_command", stream.next_command},
            {"circular", stream.circular},
            {"current_log_missing", stream.current_log_missing}};
  json["attached_elsewhere"] = Json::array();
  for (const std::string& path : stream.attached_elsewhere)
    json["attached_elsewhere"].push_back(Json{{"path", path}});
  for (const auto& [key, member] : kStreamNumbers) json[key] = stream.*member;
  json["databases"] = Json::array();
  for (const StreamDatabase& database : stream.databases) {
    Json one{{"path", database.path},
             {"state", database.state},
             {"dirty", database.dirty},
             {"sound", database.sound}};
    for (const auto& [key, member] : kDatabaseNumbers) one[key] = database.*member;
    if (database.repairs != 0) one["repairs"] = database.repairs;
    json["databases"].push_back(std::move(one));
  }
  json["logs"] = Json::array();
  for (const auto& [log, count] : runs_of(stream.logs))
    json["logs"].push_back(Json{{"path", log.path},
                                {"generation", log.generation},
                                {"count", count},
                                {"current", log.current},
                                {"sound", log.sound}});
  json["findings"] = Json::array();
  for (const Finding& finding : stream.findings) json["findings"].push_back(to_tree(finding));
  return json;
}

Json to_tree(const GateRecord& gate) {
  Json json{{"open", gate.open()},
            {"event", gate.event},
            {"truncate_from", gate.truncate_from},
            {"truncate_below", gate.truncate_below}};
  for (const auto& [key, member] : kGateTexts) json[key] = gate.*member;
  json["preconditions"] = Json::array();
  for (const GatePrecondition& one : gate.preconditions)
    json["preconditions"].push_back(Json{{"name", one.name}, {"met", one.met}, {"why", one.why}});
  return json;
}

Json to_tree(const SetManifest& manifest) {
  Json json{{"format", SetManifest::kFormat},
            {"sequence", manifest.sequence},
            {"name", manifest.name},
            {"program", manifest.program},
            {"host", manifest.host},
            {"type", to_string(manifest.type)},
            {"started_utc", manifest.started_utc},
            {"finished_utc", manifest.finished_utc},
            {"sound", manifest.sound},
            {"all_databases", manifest.all_databases}};
  json["volumes"] = Json::array();
  for (const VolumeManifest& volume : manifest.volumes) json["volumes"].push_back(to_tree(volume));
  json["streams"] = Json::array();
  for (const EseStreamReport& stream : manifest.streams) json["streams"].push_back(to_tree(stream));
  json["gates"] = Json::array();
  for (const GateRecord& gate : manifest.gates) json["gates"].push_back(to_tree(gate));
  return json;
}

}  // namespace

std::string to_json(const SetManifest& manifest) {
  return with_checksum(dump(to_tree(manifest), 2));
}

std::string to_json(const RepositoryHead& head) {
  Json json{{"format", RepositoryHead::kFormat}, {"id", head.id}, {"program", head.program}};
  if (head.sets_format_min != RepositoryHead::kFormat)
    json["sets_format_min"] = head.sets_format_min;
  return with_checksum(dump(json, 2));
}

std::string to_json(const TruncationJournal& journal) {
  Json json{{"format", TruncationJournal::kFormat}};
  for (const auto& [key, member] : kJournalTexts) json[key] = journal.*member;
  json["truncate_from"] = journal.from;
  json["truncate_below"] = journal.below;
  json["deleted"] = journal.deleted;
  json["already_missing"] = journal.already_missing;
  return with_checksum(dump(json, 2));
}

std::string to_json_line(const SetManifest& manifest) {
  return dump(to_tree(manifest), -1);
}

std::string to_json_line(const VolumeManifest& volume) {
  return dump(to_tree(volume), -1);
}

std::string to_json_line(const FileReport& report) {
  return dump(to_tree(report), -1);
}

std::string to_json_line(const EseStreamReport& report) {
  return dump(to_tree(report), -1);
}

}  // namespace tintype
