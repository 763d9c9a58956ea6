#include "tools/text/report_json.h"

#include "tools/text/object_fields.h"
#include "verify/ese/ese_error.h"
#include "verify/ese/ese_events.h"

namespace tintype {

JsonObject to_json(const UnreadableRange& bad) {
  ObjectFields to;
  visit_fields(bad, to, "volume_offset", !bad.path.empty());
  return to.object;
}

JsonObject to_json(const FolderProblem& problem) {
  return object_of(problem);
}

JsonObject to_json(const PassOutcome& outcome) {
  return to_json(outcome, outcome.verdict());
}

std::string_view verdict_word(std::optional<bool> sound) {
  return !sound ? "null" : *sound ? "true" : "false";
}

namespace {

// Of a dry run: what would be checked, and what cannot be and why. Nothing was.
std::string planned_json(const FileReport& report) {
  JsonObject json;
  json.add("path", report.path).add("format", report.format).add_raw("sound", "null");
  json.add("checked", false);
  if (!report.findings.empty()) json.add("why", report.findings.front().text);
  return json.str();
}

}  // namespace

JsonObject to_json(const PassOutcome& outcome, std::optional<bool> sound) {
  std::vector<JsonObject> unreadable;
  for (const UnreadableRange& bad : outcome.unreadable) unreadable.push_back(to_json(bad));
  std::string databases;
  for (const FileReport& report : outcome.databases)
    databases += (databases.empty() ? "" : ",") +
                 (outcome.dry_run ? planned_json(report) : to_json_line(report));
  return JsonObject()
      .add("volume_bytes", outcome.volume_bytes)
      .add("captured_bytes", outcome.captured_bytes)
      .add("read_bytes", outcome.read_bytes)
      .add("reads", outcome.reads)
      .add("zero_bytes", outcome.zero_bytes)
      .add("written_bytes", outcome.written_bytes)
      .add("read_back_bytes", outcome.read_back_bytes)
      .add("read_back", to_string(outcome.read_back))
      .add("filesystem", outcome.filesystem)
      .add("label", outcome.label)
      .add("content_digest", to_hex(outcome.content_digest))
      .add("pass_seconds", outcome.seconds)
      .add("limiting", to_string(outcome.limiting))
      .add("queue", outcome.queue)
      .add("memory_bytes", outcome.memory_bytes)
      .add("compared", outcome.compared)
      .add("compared_bytes", outcome.compared_bytes)
      .add("equal_bytes", outcome.equal_bytes)
      .add("different_bytes", outcome.different_bytes)
      .add("dry_run", outcome.dry_run)
      .add("target_note", outcome.target_note)
      .add_raw("sound", verdict_word(sound))
      .add("databases_not_checked", outcome.databases_not_checked)
      .add_raw("databases", "[" + databases + "]")
      .add("unreadable", unreadable)
      .add("folder_problems", objects_of(outcome.folder_problems.kept))
      .add("folder_problems_total", outcome.folder_problems.total);
}

JsonObject to_json(const Finding& finding) {
  ObjectFields to;
  visit_what(finding, to);
  visit_error(finding, to);
  if (const std::string_view name = ese_error_name(finding.error_number).name; !name.empty())
    to.object.add("error_name", name);
  if (const int event = ese_event_of(finding); event != 0) to.object.add("event", event);
  if (finding.length != 0) visit_place(finding, to);
  visit_bit(finding, to);
  return to.object;
}

}  // namespace tintype
