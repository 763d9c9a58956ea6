#include "tools/text/check_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/manifest/manifest.h"
#include "hashing/counted.h"
#include "tools/text/report_json.h"
#include "tools/text/report_text.h"
#include "tools/text/text.h"
#include "verify/ese/ese_error.h"
#include "verify/ese/ese_stream_names.h"
#include "verify/ese/format/ese_format.h"

namespace tintype {
namespace {

std::string findings_below(const FileReport& report, std::size_t indent, std::size_t width) {
  std::string text;
  for (const bool warnings : {false, true})
    for (const Finding& finding : report.findings)
      if (is_warning(finding.kind) == warnings)
        text += list_item(named_finding_text(finding), indent, width);
  if (report.findings_total > report.findings.size())
    text += fmt::format("{}... and {} more\n", std::string(indent, ' '),
                        report.findings_total - report.findings.size());
  return text;
}

// "log 0x7, 32 segments: 10 good, 1 shadow, 20 empty"; of the rest what there is.
std::string log_facts(const CheckedStreamFile& file) {
  if (!file.log || !file.log->has_header()) return "log";
  const EseLogFacts& log = *file.log;
  std::string text = fmt::format("log {:#x}", log.header.generation.value());
  if (log.not_checked) return text;
  if (log.header.version_major == 7)
    return fmt::format("{} of version 7, {} good", text,
                       counted(log.segments_good, "checksum record"));
  text += fmt::format(", {}: {} good", counted(file.report.pages_expected, "segment"),
                      log.segments_good);
  const auto add = [&](std::uint32_t count, std::string_view word) {
    if (count != 0) text += fmt::format(", {} {}", count, word);
  };
  add(log.segments_corrected, "correctable");
  add(log.segments_shadow, "shadow");
  add(log.segments_empty, "empty");
  add(log.segments_stale, "stale");
  add(log.backup_failures, "BAD");
  return text;
}

// "2 pages seen" and so on: what eseutil /k says of a checkpoint, and of a flush map.
std::string pages_text(const FileReport& report) {
  const PageCounts& pages = report.pages;
  return fmt::format(
      "{} pages seen\n{} bad checksums\n{} correctable checksums\n{} uninitialized pages\n",
      pages.seen, pages.bad_checksum, pages.correctable, pages.uninitialised);
}

// Of a database that has no words of its own.
std::string pages_checked_text(const FileReport& report, const PassOutcome& pass,
                               std::size_t width) {
  const std::string findings = findings_below(report, 0, width);
  return fmt::format("File: {}\n\n{}{}{}: {}\n", printable(report.path), findings,
                     findings.empty() ? "" : "\n", printable(report.format),
                     database_verdict(report)) +
         eseutil_totals_text(report.pages.seen * report.page_bytes, pass);
}

std::string log_line(const CheckedStreamFile& file) {
  return fmt::format("      Log file: {} - {}\n", printable(file.report.path),
                     passes_check(file.report) ? "OK" : "ERROR");
}

std::string stream_file_text(const CheckedStreamFile& file, const PassOutcome& pass,
                             std::size_t width) {
  const FileReport& report = file.report;
  if (file.kind == EseFileKind::spare_log)
    return fmt::format(
        "File: {}\n\nA spare log: room for a log to come, nothing in it is needed.\n\n",
        printable(report.path));
  if (file.kind != EseFileKind::log) {
    const std::string findings = findings_below(report, 0, width);
    return fmt::format("File: {}\n\n{}{}{}", printable(report.path), findings,
                       findings.empty() ? "" : "\n", pages_text(report)) +
           eseutil_totals_text(pass.read_bytes, pass);
  }
  std::string text = log_line(file) + findings_below(report, 6, width) + "\n" +
                     list_item(log_facts(file), 6, width) +
                     eseutil_totals_text(pass.read_bytes, pass);
  if (passes_check(report))
    text += fmt::format("Integrity check passed for log file: {}\n\n", printable(report.path));
  return text;
}

std::string log_set_text(const CheckOutcome& outcome, std::size_t width) {
  std::string text =
      fmt::format("Verifying log files...\n     Base name: {}\n\n", printable(outcome.base));
  for (const CheckedStreamFile& file : outcome.stream_files)
    text += log_line(file) + findings_below(file.report, 16, width);
  // What the judge says of one log is said above; the rest is about the chain.
  std::string chain;
  for (const EseStreamReport& stream : outcome.streams)
    for (const Finding& finding : stream.findings)
      chain += list_item(named_finding_text(finding), 6, width);
  if (!chain.empty()) text += "\n" + chain;
  text += outcome.sound() ? "\nNo damaged log files were found.\n\n" : "\n";
  return text;
}

std::string folder_text(const std::string& folder, const CheckOutcome& outcome, std::size_t width) {
  const auto relative = [&](const std::string& path) {
    std::string_view rest = path;
    if (rest.starts_with(folder)) rest.remove_prefix(folder.size());
    while (rest.starts_with('/')) rest.remove_prefix(1);
    return printable(rest);
  };
  std::string text = fmt::format("Folder: {}\n\n", printable(folder));
  std::vector<FileReport> databases = outcome.pass.databases;
  for (FileReport& report : databases) report.path = relative(report.path);
  text += databases_text(databases, "", width);
  if (!outcome.stream_files.empty()) text += "  logs, checkpoints, flush maps\n";
  for (const CheckedStreamFile& file : outcome.stream_files) {
    const bool spare = file.kind == EseFileKind::spare_log;
    const std::string line = fmt::format(
        "{}: {}{}", relative(file.report.path),
        file.kind == EseFileKind::log ? log_facts(file) : std::string(to_string(file.kind)),
        spare                       ? ", not needed"
        : passes_check(file.report) ? ", OK"
                                    : ", ERROR");
    text += list_item(line, 4, width) + findings_below(file.report, 6, width);
  }
  text += findings_text(databases, outcome.pass.unreadable, width);
  text += folder_problems_text(outcome.pass.folder_problems, width);
  return text + streams_text(outcome.streams, width, true) + "\n";
}

// The error an eseutil run would have ended with; 0 if it is none of its numbers.
int error_of(const CheckOutcome& outcome) {
  for (const FileReport& report : outcome.pass.databases)
    if (is_ese(report) && !passes_check(report)) return kErrDatabaseCorrupted;
  const auto first = [](std::span<const Finding> findings) {
    const auto found = std::ranges::find_if(findings, [](const Finding& finding) {
      return finding.error_number != 0 && !is_warning(finding.kind);
    });
    return found == findings.end() ? 0 : found->error_number;
  };
  for (const CheckedStreamFile& file : outcome.stream_files)
    if (const int error = first(file.report.findings); error != 0) return error;
  for (const EseStreamReport& stream : outcome.streams)
    if (const int error = first(stream.findings); error != 0 && spoils_check(stream)) return error;
  // All that is left are warnings about a copy that is damaged.
  for (const CheckedStreamFile& file : outcome.stream_files)
    if (!passes_check(file.report) && !file.report.findings.empty())
      return file.report.findings.front().error_number;
  return 0;
}

}  // namespace

std::string check_text(const std::string& subject, const CheckOutcome& outcome, std::size_t width) {
  switch (outcome.subject) {
    case CheckSubject::folder:
      return folder_text(subject, outcome, width);
    case CheckSubject::log_set:
      return log_set_text(outcome, width);
    case CheckSubject::file:
      break;
  }
  std::string text;
  for (const FileReport& report : outcome.pass.databases)
    text += is_ese(report) ? eseutil_text(report, outcome.pass)
                           : pages_checked_text(report, outcome.pass, width);
  for (const CheckedStreamFile& file : outcome.stream_files)
    text += stream_file_text(file, outcome.pass, width);
  return text;
}

std::string check_verdict(const CheckOutcome& outcome) {
  const double seconds = outcome.pass.seconds;
  if (outcome.sound())
    return fmt::format("Operation completed successfully in {:.3f} seconds.", seconds);
  const EseErrorName error = ese_error_name(error_of(outcome));
  if (error.number == 0)
    return fmt::format("Operation terminated with findings after {:.3f} seconds.", seconds);
  return fmt::format("Operation terminated with error {} ({}, {}) after {:.3f} seconds.",
                     error.number, error.name, error.meaning, seconds);
}

JsonObject check_json(const std::string& subject, const CheckOutcome& outcome) {
  std::vector<JsonObject> stream_files;
  for (const CheckedStreamFile& file : outcome.stream_files) {
    JsonObject& json = stream_files.emplace_back();
    json.add("kind", to_string(file.kind)).add_raw("report", to_json_line(file.report));
    if (file.log && file.log->has_header())
      json.add("generation", file.log->header.generation.value())
          .add("version", file.log->header.version_major.value())
          .add("segments", JsonObject()
                               .add("good", file.log->segments_good)
                               .add("correctable", file.log->segments_corrected)
                               .add("empty", file.log->segments_empty)
                               .add("stale", file.log->segments_stale)
                               .add("shadow", file.log->segments_shadow)
                               .add("bad", file.log->backup_failures));
  }
  std::string streams;
  for (const EseStreamReport& stream : outcome.streams)
    streams += (streams.empty() ? "" : ",") + to_json_line(stream);
  JsonObject json;
  json.add("file", subject).add("subject", to_string(outcome.subject));
  if (const int error = outcome.sound() ? 0 : error_of(outcome); error != 0)
    json.add("error_number", error).add("error_name", ese_error_name(error).name);
  return json.merge(to_json(outcome.pass, outcome.sound()))
      .add("stream_files", stream_files)
      .add_raw("streams", "[" + streams + "]");
}

}  // namespace tintype
