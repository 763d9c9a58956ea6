#include "tools/report/job_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "hashing/counted.h"
#include "tools/text/report_text.h"
#include "tools/text/units.h"
#include "verify/ese/stream/ese_log_stream.h"

namespace tintype {
namespace {

using Tone = ReportBody::Tone;
using Row = ReportBody::Row;

std::string number_text(std::uint64_t number) {
  std::string text = fmt::format("{}", number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ' ');
  return text;
}

Tone tone_of(const Finding& finding) {
  return is_warning(finding.kind) ? Tone::warn : Tone::bad;
}

Tone tone_of(StreamVerdict verdict) {
  switch (verdict) {
    case StreamVerdict::sound:
    case StreamVerdict::recoverable:
      return Tone::good;
    case StreamVerdict::recoverable_with_loss:
    case StreamVerdict::not_checked:
      return Tone::warn;
    case StreamVerdict::not_recoverable:
      return Tone::bad;
  }
  return Tone::plain;
}

Tone tone_of(const FileReport& report) {
  return !report.checked() ? Tone::warn : report.sound() ? Tone::good : Tone::bad;
}

// "E00 in /Logs of mail", as the terminal calls it.
std::string stream_text(std::string_view base, std::string_view volume, std::string_view folder) {
  std::string text(base.empty() ? "no logs" : base);
  if (!folder.empty()) text += fmt::format(" in {}", folder);
  if (!folder.empty() && !volume.empty()) text += fmt::format(" of {}", volume);
  return text;
}

std::string generation_text(std::int64_t generation) {
  return generation == 0 ? "-" : fmt::format("{:#x}", generation);
}

std::string rate_of(std::span<const NamedOutcome> passes, std::uint64_t& read, double& seconds) {
  read = 0;
  seconds = 0;
  for (const NamedOutcome& pass : passes) {
    read += pass.outcome->read_bytes;
    seconds += pass.outcome->seconds;
  }
  return rate_text(read, seconds);
}

}  // namespace

std::string_view yes_or_no(bool value) noexcept {
  return value ? "yes" : "no";
}

void FindingRows::row(Row row) {
  ++total_;
  if (rows_.size() < kReportFindingsMax) rows_.push_back(std::move(row));
}

// What comes second: on a narrow screen the rest is scrolled to.
void FindingRows::add(std::string_view volume, const PassOutcome& outcome) {
  for (const UnreadableRange& bad : outcome.unreadable)
    row({bad.path.empty() ? "in no known file" : bad.path,
         ReportBody::Cell(fmt::format("unreadable, {} bytes", number_text(bad.range.length)),
                          Tone::bad),
         "-", bad.path.empty() ? "-" : number_text(bad.file_offset), number_text(bad.range.offset),
         volume});
  for (const FolderProblem& problem : outcome.folder_problems.kept)
    row({problem.path, ReportBody::Cell(problem.what, Tone::bad), "-", "-", "-", volume});
  total_ += outcome.folder_problems.total - outcome.folder_problems.kept.size();
  add(volume, outcome.databases);
}

void FindingRows::add(std::string_view volume, std::span<const FileReport> databases) {
  for (const bool warnings : {false, true})
    for (const FileReport& report : databases) {
      for (const Finding& finding : report.findings)
        if (is_warning(finding.kind) == warnings)
          row({report.path, ReportBody::Cell(finding_text(finding), tone_of(finding)),
               finding.length == 0 ? "-" : fmt::format("{}", finding.page_number),
               finding.length == 0 ? "-" : number_text(finding.file_offset),
               finding.volume_offset == Finding::kNowhere ? "-"
                                                          : number_text(finding.volume_offset),
               volume});
      if (warnings) total_ += report.findings_total - report.findings.size();
    }
}

void FindingRows::add(std::string_view volume, std::string_view what) {
  row({"-", ReportBody::Cell(std::string(what), Tone::bad), "-", "-", "-", volume});
}

void FindingRows::add(std::span<const EseStreamReport> streams) {
  for (const EseStreamReport& stream : streams) {
    if (!is_own_finding(stream)) continue;
    row({"log stream: " + stream_text(stream.base, "", stream.log_folder),
         ReportBody::Cell(fmt::format("{}: {}", to_string(stream.verdict), stream.why),
                          tone_of(stream.verdict)),
         "-", "-", "-", stream.volume});
  }
}

std::uint64_t FindingRows::write(ReportBody& body) const {
  if (total_ == 0) return 0;
  body.section(fmt::format("{} finding{}", number_text(total_), plural_s(total_)));
  body.table({{"File"},
              {"What", ReportBody::kWide},
              {"Page", ReportBody::kNumber},
              {"File offset", ReportBody::kNumber},
              {"Volume offset", ReportBody::kNumber},
              {"Volume"}},
             rows_);
  if (rows_.size() < total_)
    body.paragraph(fmt::format("... and {} more; the JSON in this page has up to {} a file",
                               number_text(total_ - rows_.size()), FileReport::kFindingsKeptMax));
  return total_;
}

void add_tiles(Report& report, std::span<const NamedOutcome> passes, std::uint64_t findings) {
  std::uint64_t read = 0, written = 0, captured = 0, databases = 0;
  double seconds = 0;
  const std::string rate = rate_of(passes, read, seconds);
  Stage limiting = Stage::none;
  double longest = -1;
  for (const NamedOutcome& pass : passes) {
    written += pass.outcome->written_bytes;
    captured += pass.outcome->captured_bytes;
    databases += pass.outcome->databases.size();
    // "Not checked" is never "good".
    if (!pass.outcome->databases_not_checked.empty() || pass.outcome->read_back == ReadBack::none)
      report.remarks = true;
    if (pass.outcome->seconds > longest) {
      longest = pass.outcome->seconds;
      limiting = pass.outcome->limiting;
    }
  }
  report.tiles = {{"Read", bytes_text(read)}, {"Speed", rate}, {"Time", duration_text(seconds)}};
  if (written > 0) {
    report.tiles.push_back({"Written", bytes_text(written)});
    report.tiles.push_back({"Ratio", fmt::format("{:.2f}", static_cast<double>(captured) /
                                                               static_cast<double>(written))});
  }
  report.tiles.push_back({"Limited by", to_string(limiting)});
  if (databases > 0) report.tiles.push_back({"Databases", number_text(databases)});
  report.tiles.push_back({"Findings", ReportBody::Cell(number_text(findings),
                                                       findings == 0 ? Tone::good : Tone::bad)});
}

void add_databases(ReportBody& body, std::span<const NamedOutcome> passes) {
  body.section("Databases");
  std::vector<Row> rows;
  std::uint64_t total = 0;
  for (const auto& [name, outcome] : passes)
    for (const FileReport& report : outcome->databases) {
      ++total;
      if (rows.size() == kReportDatabasesMax) continue;
      const PageCounts& pages = report.pages;
      rows.push_back({name, report.path,
                      ReportBody::Cell(!report.checked() ? "NOT CHECKED"
                                       : report.sound()  ? "sound"
                                                         : "UNSOUND",
                                       tone_of(report)),
                      number_text(report.pages_expected), number_text(pages.seen),
                      number_text(pages.bad_checksum + pages.wrong_place + pages.unreadable),
                      number_text(pages.correctable), number_text(pages.uninitialised),
                      report.format, report.state.empty() ? "-" : report.state});
    }
  if (!rows.empty())
    body.table({{"Volume"},
                {"Database"},
                {"Verdict"},
                {"Pages", ReportBody::kNumber},
                {"Seen", ReportBody::kNumber},
                {"Bad", ReportBody::kNumber},
                {"Correctable", ReportBody::kNumber},
                {"Uninitialised", ReportBody::kNumber},
                {"Format"},
                {"State"}},
               rows);
  if (rows.size() < total)
    body.paragraph(fmt::format("... and {} more", number_text(total - rows.size())));
  for (const auto& [name, outcome] : passes)
    if (!outcome->databases_not_checked.empty())
      body.paragraph(
          fmt::format("{}: databases NOT CHECKED ({})", name, outcome->databases_not_checked));
    else if (outcome->databases.empty())
      body.paragraph(fmt::format("{}: no databases found", name));
}

void add_streams(ReportBody& body, std::span<const EseStreamReport> streams) {
  if (streams.empty()) return;
  body.section("Log streams");
  std::vector<Row> rows;
  for (const EseStreamReport& stream : streams) {
    std::string databases;
    for (const StreamDatabase& database : stream.databases)
      databases +=
          fmt::format("{}{} ({})", databases.empty() ? "" : ", ", database.path, database.state);
    rows.push_back(
        {stream.base.empty() ? "no logs" : stream.base,
         stream.volume + (stream.log_folder.empty() ? "" : ":" + stream.log_folder),
         ReportBody::Cell(std::string(to_string(stream.verdict)), tone_of(stream.verdict)),
         stream.why, number_text(stream.logs.size()),
         stream.gen_highest == 0 ? "-"
                                 : fmt::format("{} to {}", generation_text(stream.gen_lowest),
                                               generation_text(stream.gen_highest)),
         databases, stream.next_command.empty() ? "-" : stream.next_command});
  }
  body.table({{"Stream"},
              {"Where"},
              {"Verdict"},
              {"Why", ReportBody::kWide},
              {"Logs", ReportBody::kNumber},
              {"Generations"},
              {"Databases"},
              {"Next"}},
             rows);
}

void add_gates(ReportBody& body, std::span<const GateRecord> gates) {
  for (const GateRecord& gate : gates) {
    body.section("May logs go? " + stream_text(gate.base, gate.volume, gate.log_folder));
    body.paragraph(gate.event == 0 ? gate.summary
                                   : fmt::format("event {}: {}", gate.event, gate.summary));
    std::vector<Row> rows;
    for (const GatePrecondition& one : gate.preconditions)
      rows.push_back(
          {one.name,
           one.met ? ReportBody::Cell("met", Tone::good) : ReportBody::Cell("NOT MET", Tone::warn),
           one.why});
    body.table({{"Precondition"}, {"Holds"}, {"Why", ReportBody::kWide}}, rows);
  }
}

void add_confirmation(ReportBody& body, const ConfirmOutcome& outcome) {
  body.section("Confirmed and truncated");
  if (!outcome.problem.empty()) body.paragraph("FAILED: " + outcome.problem);
  std::vector<Row> rows;
  for (const StreamConfirmation& stream : outcome.streams)
    rows.push_back({stream.gate.base, std::string(yes_or_no(stream.confirmed)),
                    stream.directory.empty() ? "-" : stream.directory,
                    stream.truncation ? fmt::format("{}", stream.truncation->deleted.size()) : "-",
                    stream.problem.empty()
                        ? ReportBody::Cell("done", Tone::good)
                        : ReportBody::Cell("FAILED: " + stream.problem, Tone::bad)});
  if (!rows.empty())
    body.table({{"Stream"},
                {"Command succeeded"},
                {"Live log directory"},
                {"Logs deleted", ReportBody::kNumber},
                {"Outcome", ReportBody::kWide}},
               rows);
}

std::vector<Row> pass_facts(const PassOutcome& outcome) {
  std::vector<Row> rows{
      {"filesystem", filesystem_text(outcome.filesystem, outcome.label)},
      {"volume", fmt::format("{} ({} bytes)", bytes_text(outcome.volume_bytes),
                             number_text(outcome.volume_bytes))},
      {"captured", fmt::format("{} ({} bytes)", bytes_text(outcome.captured_bytes),
                               number_text(outcome.captured_bytes))},
      {"zero", outcome.zero_bytes == 0 ? "" : bytes_text(outcome.zero_bytes)},
      {"read", fmt::format("{} ({} bytes) in {} request{}", bytes_text(outcome.read_bytes),
                           number_text(outcome.read_bytes), number_text(outcome.reads),
                           plural_s(outcome.reads))},
      {"written", outcome.written_bytes == 0
                      ? ""
                      : fmt::format("{} ({} bytes)", bytes_text(outcome.written_bytes),
                                    number_text(outcome.written_bytes))},
      {"time", fmt::format("{}, {} read", duration_text(outcome.seconds),
                           rate_text(outcome.read_bytes, outcome.seconds))},
      {"limited by", to_string(outcome.limiting)},
      {"digest", to_hex(outcome.content_digest)},
      {"queue", outcome.queue},
      {"buffers", bytes_text(outcome.memory_bytes)},
      {"partitions", outcome.target_note}};
  if (outcome.read_back != ReadBack::unsaid)
    rows.push_back({"read back", read_back_text(outcome.read_back, outcome.read_back_bytes)});
  return rows;
}

void add_pass_options(Report& report, const PassOptions& pass, const CommonOptions& common) {
  const auto rate = [](std::uint64_t bytes) {
    return bytes == 0 ? std::string("none") : bytes_text(bytes) + "/s";
  };
  report.options.insert(report.options.end(),
                        {{"reads in flight", fmt::format("{}", pass.io_depth)},
                         {"tasks", pass.tasks == 0 ? "one a core" : fmt::format("{}", pass.tasks)},
                         {"I/O engine", pass.serial ? "none (--serial)"
                                        : pass.queue_engine == QueueEngine::automatic ? "auto"
                                        : pass.queue_engine == QueueEngine::io_uring  ? "io_uring"
                                                                                      : "threads"},
                         {"limit of reading at the start", rate(common.read_limit)},
                         {"limit of writing at the start", rate(common.write_limit)}});
}

void add_database_options(Report& report, const DatabaseOptions& databases) {
  std::string globs;
  for (const std::string& glob : databases.globs) globs += (globs.empty() ? "" : ", ") + glob;
  report.options.push_back({"databases checked", std::string(yes_or_no(databases.check))});
  report.options.push_back({"databases asked for", globs});
}

}  // namespace tintype
