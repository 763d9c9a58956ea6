#include "tools/text/report_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "hashing/counted.h"
#include "tools/text/text.h"
#include "tools/text/units.h"
#include "verify/ese/ese_error.h"
#include "verify/ese/ese_events.h"

namespace tintype {
namespace {

constexpr std::size_t kLabelColumns = 14;  // "  read back   "

// For findings about one page: what is wrong with it, in a word.
std::string_view page_fault(FindingKind kind) {
  switch (kind) {
    case FindingKind::bad_checksum:
      return "bad checksum";
    case FindingKind::wrong_place:
      return "wrong page number";
    case FindingKind::correctable:
      return "correctable";
    case FindingKind::unreadable:
      return "unreadable";
    default:
      return {};
  }
}

std::string unreadable_text(const UnreadableRange& bad) {
  std::string text = fmt::format("bytes {} to {} of the volume: unreadable", bad.range.offset,
                                 bad.range.end() == 0 ? 0 : bad.range.end() - 1);
  return text + (bad.path.empty() ? ", in no known file"
                                  : fmt::format(", in {} at file offset {}", printable(bad.path),
                                                bad.file_offset));
}

// The findings of one file that are, or are not, warnings: a table of pages, then what concerns the
// whole file. Takes what it shows from `left`.
std::string file_findings(const FileReport& report, bool warnings, std::size_t& left,
                          std::size_t width) {
  std::string table, others;
  for (const Finding& finding : report.findings) {
    if (is_warning(finding.kind) != warnings || left == 0) continue;
    --left;
    if (finding.length == 0) {
      others += list_item(finding_text(finding), 6, width);
      continue;
    }
    const std::string volume_offset =
        finding.volume_offset == Finding::kNowhere ? "-" : fmt::format("{}", finding.volume_offset);
    table += fmt::format("{:>14}{:>16}{:>16}  {}\n", finding.page_number, finding.file_offset,
                         volume_offset, wrapped(finding_text(finding), 48, width));
  }
  if (table.empty() && others.empty()) return {};
  if (!table.empty()) table = "          page     file offset   volume offset\n" + table;
  return fmt::format("    {}{}\n{}{}", printable(report.path), warnings ? " (warnings)" : "",
                     others, table);
}

// A line of eseutil's, and behind it the name and the number of the error.
std::string eseutil_finding_text(const Finding& finding) {
  if (finding.length == 0) return named_finding_text(finding);
  const std::string_view header = finding.page_number <= 0 ? " (header)" : "";
  std::string text;
  if (finding.kind == FindingKind::correctable)
    text = fmt::format(
        "WARNING: page {}{} checksum verification failed but the corruption ( bit {} ) can be "
        "corrected",
        finding.page_number, header, finding.bit);
  else if (finding.kind == FindingKind::wrong_place)
    text = fmt::format("ERROR: page {} has a wrong page number", finding.page_number);
  else if (finding.kind == FindingKind::unreadable)
    text = fmt::format("ERROR: page {}{} cannot be read", finding.page_number, header);
  else
    text = fmt::format("{}: page {}{} checksum failed",
                       is_warning(finding.kind) ? "WARNING" : "ERROR", finding.page_number, header);
  if (finding.error_number != 0)
    text += fmt::format(" ({})", named_ese_error(finding.error_number));
  return text;
}

}  // namespace

std::string list_item(std::string_view text, std::size_t indent, std::size_t width) {
  return std::string(indent, ' ') + wrapped(text, indent + 2, width) + "\n";
}

std::string fact_line(std::string_view label, std::string_view text, std::size_t width) {
  return padded("  " + std::string(label), kLabelColumns) + wrapped(text, kLabelColumns, width) +
         "\n";
}

std::string database_verdict(const FileReport& report) {
  const PageCounts& pages = report.pages;
  std::string verdict;
  const auto add = [&](std::uint64_t count, std::string_view word) {
    if (count > 0) verdict += fmt::format("{}{} {}", verdict.empty() ? "" : ", ", count, word);
  };
  add(pages.bad_checksum, "BAD");
  add(pages.wrong_place, "in the WRONG PLACE");
  add(pages.unreadable, "UNREADABLE");
  if (pages.seen < report.pages_expected) add(report.pages_expected - pages.seen, "NOT SEEN");
  if (verdict.empty()) verdict = report.sound() ? "sound" : "UNSOUND";
  // Nothing was looked at: the reason is all there is to say.
  if (pages.seen == 0 && !report.checked())
    return "NOT CHECKED" +
           (report.findings.empty() ? "" : ": " + printable(report.findings[0].text));
  return fmt::format("{} of {}: {}, {} correctable, {} uninitialised",
                     counted(report.pages_expected, "page"), bytes_text(report.page_bytes), verdict,
                     pages.correctable, pages.uninitialised);
}

std::string databases_text(std::span<const FileReport> reports, std::string_view not_checked,
                           std::size_t width) {
  std::string text;
  if (!not_checked.empty())
    text += fact_line("databases", fmt::format("NOT CHECKED ({})", printable(not_checked)), width);
  else if (reports.empty())
    text += fact_line("databases", "none found", width);
  else
    text += "  databases\n";
  // One line each, or two each if one does not fit.
  std::size_t longest = 0, longest_verdict = 0;
  for (const FileReport& report : reports) {
    longest = std::max(longest, columns(printable(report.path)));
    longest_verdict = std::max(longest_verdict, columns(database_verdict(report)));
  }
  for (const FileReport& report : reports) {
    const std::string path = printable(report.path), verdict = database_verdict(report);
    if (4 + longest + 2 + longest_verdict <= width)
      text += fmt::format("    {}  {}\n", padded(path, longest), verdict);
    else
      text += fmt::format("    {}\n{}", path, list_item(verdict, 6, width));
  }
  return text;
}

std::string finding_text(const Finding& finding) {
  const std::string_view fault = page_fault(finding.kind);
  std::string text = fault.empty() ? printable(finding.text) : std::string(fault);
  if (finding.kind == FindingKind::correctable && finding.bit >= 0)
    text += fmt::format(", bit {}", finding.bit);
  if (finding.kind == FindingKind::unreadable) text += fmt::format(", {} bytes", finding.length);
  const int event = ese_event_of(finding);
  if (finding.error_number != 0)
    text += event != 0 ? fmt::format(" ({}, event {})", finding.error_number, event)
                       : fmt::format(" ({})", finding.error_number);
  return text;
}

std::string streams_text(std::span<const EseStreamReport> streams, std::size_t width,
                         bool findings) {
  std::string text = streams.empty() ? "" : "log streams\n";
  for (const EseStreamReport& stream : streams) {
    std::string name = stream.base.empty() ? "no logs" : printable(stream.base);
    if (!stream.log_folder.empty()) name += fmt::format(" in {}", printable(stream.log_folder));
    if (!stream.volume.empty() && !stream.log_folder.empty())
      name += fmt::format(" of {}", printable(stream.volume));
    text += list_item(fmt::format("{}: {}", name, to_string(stream.verdict)), 2, width);
    // What it comes to is one of the findings, most often: it is said once, with its error.
    const auto reason = std::ranges::find(stream.findings, stream.why, &Finding::text);
    const bool named = findings && reason != stream.findings.end() && reason->error_number != 0;
    text += list_item(
        named ? fmt::format("{} ({})", printable(stream.why), named_ese_error(reason->error_number))
              : printable(stream.why),
        4, width);
    if (!stream.next_command.empty())
      text += list_item("next: " + printable(stream.next_command), 4, width);
    if (!findings) continue;
    for (std::size_t i = 0; i < std::min(stream.findings.size(), kFindingsShownMax); ++i)
      if (!named || stream.findings[i].text != stream.why)
        text += list_item(named_finding_text(stream.findings[i]), 4, width);
    if (stream.findings.size() > kFindingsShownMax)
      text += fmt::format("    ... and {} more\n", stream.findings.size() - kFindingsShownMax);
  }
  return text;
}

std::uint64_t findings_count(std::span<const FileReport> reports,
                             std::span<const UnreadableRange> unreadable) {
  std::uint64_t count = unreadable.size();
  for (const FileReport& report : reports) count += report.findings_total;
  return count;
}

std::string findings_text(std::span<const FileReport> reports,
                          std::span<const UnreadableRange> unreadable, std::size_t width) {
  const std::uint64_t all = findings_count(reports, unreadable);
  if (all == 0) return {};
  std::string text = fact_line("findings", fmt::format("{}", all), width);
  std::size_t left = kFindingsShownMax;
  for (const UnreadableRange& bad : unreadable) {
    if (left == 0) break;
    --left;
    text += list_item(unreadable_text(bad), 4, width);
  }
  for (const bool warnings : {false, true})
    for (const FileReport& report : reports) text += file_findings(report, warnings, left, width);
  if (const std::uint64_t shown = kFindingsShownMax - left; shown < all)
    text += fmt::format("    ... and {} more (--json lists up to {} a file)\n", all - shown,
                        FileReport::kFindingsKeptMax);
  return text;
}

std::string folder_problems_text(const FolderProblems& problems, std::size_t width) {
  if (problems.total == 0) return {};
  std::string text = fact_line("files", fmt::format("{} with findings", problems.total), width);
  const std::size_t shown = std::min(problems.kept.size(), kFindingsShownMax);
  for (std::size_t i = 0; i < shown; ++i)
    text += list_item(
        fmt::format("{}: {}", printable(problems.kept[i].path), printable(problems.kept[i].what)),
        4, width);
  if (problems.total > shown)
    text += fmt::format("    ... and {} more (--json lists up to {})\n", problems.total - shown,
                        FolderProblems::kKeptMax);
  return text;
}

std::string read_back_text(ReadBack read_back, std::uint64_t bytes) {
  const std::string amount = bytes == 0 ? "" : bytes_text(bytes) + ", ";
  if (read_back == ReadBack::direct) return amount + "equal, read from the medium";
  if (read_back == ReadBack::page_cache)
    return amount + "equal, but read through the page cache: the medium was not asked";
  return "NOT READ BACK";
}

std::string filesystem_text(std::string_view filesystem, std::string_view label) {
  if (filesystem.empty()) return "unknown filesystem";
  if (filesystem == "gpt" || filesystem == "mbr")
    return fmt::format("{} partition table{}{}", filesystem, label.empty() ? "" : ": ",
                       printable(label));
  std::string text = printable(filesystem);
  if (!label.empty()) text += fmt::format(" \"{}\"", printable(label));
  return text;
}

std::string eseutil_text(const FileReport& report, const PassOutcome& outcome) {
  std::string text = fmt::format("File: {}\n\n", printable(report.path));
  for (const Finding& finding : report.findings) text += eseutil_finding_text(finding) + "\n";
  if (report.findings_total > report.findings.size())
    text += fmt::format("... and {} more\n", report.findings_total - report.findings.size());
  const PageCounts& pages = report.pages;
  text += fmt::format(
      "\n{} pages seen\n{} bad checksums\n{} correctable checksums\n{} uninitialized pages\n{} "
      "wrong page numbers\n",
      pages.seen, pages.bad_checksum, pages.correctable, pages.uninitialised, pages.wrong_place);
  if (pages.unreadable > 0) text += fmt::format("{} unreadable pages\n", pages.unreadable);
  text += fmt::format("{:#x} highest dbtime (pgno {:#x})\n", report.highest_dbtime,
                      report.highest_dbtime_page);
  return text + eseutil_totals_text(pages.seen * report.page_bytes, outcome);
}

std::string eseutil_totals_text(std::uint64_t bytes, const PassOutcome& outcome) {
  // eseutil rounds down; of a file below a megabyte, or a run below a second, nothing would be
  // left.
  const auto rounded = [](double value) {
    return value >= 1 || value == 0 ? fmt::format("{}", static_cast<std::uint64_t>(value))
                                    : fmt::format("{:.3g}", value);
  };
  const double megabytes = static_cast<double>(bytes) / (1 << 20);
  return fmt::format("\n{} reads performed\n{} MB read\n{} seconds taken\n{} MB/second\n\n",
                     outcome.reads, rounded(megabytes), rounded(outcome.seconds),
                     rounded(outcome.seconds > 0 ? megabytes / outcome.seconds : 0));
}

std::string named_finding_text(const Finding& finding) {
  std::string text = fmt::format("{}: {}", is_warning(finding.kind) ? "WARNING" : "ERROR",
                                 printable(finding.text));
  if (finding.error_number != 0)
    text += fmt::format(" ({})", named_ese_error(finding.error_number));
  return text;
}

}  // namespace tintype
