#include "tools/text/gate_text.h"

#include <fmt/format.h>

#include "hashing/counted.h"
#include "tools/text/object_fields.h"
#include "tools/text/report_text.h"
#include "tools/text/text.h"
#include "verify/ese/ese_events.h"

namespace tintype {
namespace {

std::string truncation_text(const StreamConfirmation& stream, bool dry_run) {
  if (!stream.truncation)
    return stream.directory.empty() ? "no log directory named: nothing deleted"
                                    : stream.gate.summary;  // nothing to truncate
  const TruncationOutcome& done = *stream.truncation;
  if (done.found_finished) return "found finished: an earlier run deleted them";
  std::string text = fmt::format("event {}: {} {} {}", kEventDeletingLogs,
                                 counted(done.deleted.size(), "log file"),
                                 dry_run ? "would go from" : "deleted from", stream.directory);
  if (done.already_missing > 0)
    text += fmt::format(", {} {} missing", done.already_missing,
                        word_for(done.already_missing, "was", "were"));
  return text;
}

}  // namespace

std::string gate_text(const GateRecord& gate, std::size_t width) {
  std::string text = fmt::format("log stream {} ({}:{})\n", printable(gate.base),
                                 printable(gate.volume), printable(gate.log_folder));
  for (const GatePrecondition& one : gate.preconditions)
    text += fact_line(one.met ? "met" : "NOT MET", printable(one.name + ": " + one.why), width);
  const std::string event = gate.event == 0 ? "" : fmt::format("event {}: ", gate.event);
  return text + fact_line("logs", printable(event + gate.summary), width);
}

std::vector<JsonObject> gates_json(std::span<const GateRecord> gates) {
  std::vector<JsonObject> all;
  for (const GateRecord& gate : gates) {
    ObjectFields to;
    visit_stream(gate, to);
    visit_range(gate, to);
    visit_reasons(gate, to);
    all.push_back(std::move(to.object));
  }
  return all;
}

std::string confirmation_text(const ConfirmOutcome& outcome, bool dry_run, std::size_t width) {
  std::string text;
  for (const std::string& damage : outcome.damage)
    text += fact_line("DAMAGED", printable(damage), width);
  for (const StreamConfirmation& stream : outcome.streams) {
    if (stream.confirmed)
      text +=
          fact_line("confirmed", printable(stream.gate.base + ": the command succeeded"), width);
    text += fact_line(
        stream.problem.empty() ? "truncated" : "FAILED",
        printable(stream.gate.base + ": " +
                  (stream.problem.empty() ? truncation_text(stream, dry_run) : stream.problem)),
        width);
    if (dry_run && stream.truncation)
      for (const std::string& name : stream.truncation->deleted)
        text += fmt::format("    {}\n", printable(name));
  }
  if (!outcome.problem.empty()) text += fact_line("FAILED", printable(outcome.problem), width);
  return text;
}

JsonObject confirmation_json(const ConfirmOutcome& outcome) {
  std::vector<JsonObject> streams;
  for (const StreamConfirmation& stream : outcome.streams) {
    JsonObject one;
    one.add("base", stream.gate.base)
        .add("volume", stream.gate.volume)
        .add("open", stream.gate.open())
        .add("event", stream.gate.event)
        .add("confirmed", stream.confirmed)
        .add("directory", stream.directory)
        .add("problem", stream.problem);
    if (stream.truncation)
      one.add("deleted", stream.truncation->deleted)
          .add("already_missing", stream.truncation->already_missing)
          .add("found_finished", stream.truncation->found_finished);
    streams.push_back(std::move(one));
  }
  return JsonObject()
      .add("ok", outcome.ok())
      .add("damage", outcome.damage)
      .add("not_read", outcome.not_read)
      .add("problem", outcome.problem)
      .add("streams", streams);
}

}  // namespace tintype
