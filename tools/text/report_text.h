// How verdicts and findings read: for an admin at three in the morning, in 80 columns, the worst
// first. Pure: facts in, text out.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/job/pass_outcome.h"
#include "engine/read_back.h"
#include "verify/ese/stream/ese_stream_report.h"
#include "verify/verify_report.h"

namespace tintype {

inline constexpr std::size_t kFindingsShownMax = 20;

// "  captured    500 MiB of 1 GiB": a labelled line, wrapped under itself.
[[nodiscard]] std::string fact_line(std::string_view label, std::string_view text,
                                    std::size_t width);

// "768 pages of 32 KiB: 5 BAD, 0 correctable, 385 uninitialised"
[[nodiscard]] std::string database_verdict(const FileReport& report);
// A line (or two, if the path is long) for each database, or why there is none.
[[nodiscard]] std::string databases_text(std::span<const FileReport> reports,
                                         std::string_view not_checked, std::size_t width);

// What is wrong, without the place: "bad checksum (-1018)".
[[nodiscard]] std::string finding_text(const Finding& finding);
// The first findings, unsound ones before warnings; "" if there are none.
[[nodiscard]] std::string findings_text(std::span<const FileReport> reports,
                                        std::span<const UnreadableRange> unreadable,
                                        std::size_t width);
// Files of a folder that are missing or changed, the first of them; "" if there are none.
[[nodiscard]] std::string folder_problems_text(const FolderProblems& problems, std::size_t width);
// A stream in a few lines: verdict, why, and what to run next; all that was found, if asked for.
[[nodiscard]] std::string streams_text(std::span<const EseStreamReport> streams, std::size_t width,
                                       bool findings = false);
[[nodiscard]] std::uint64_t findings_count(std::span<const FileReport> reports,
                                           std::span<const UnreadableRange> unreadable);

[[nodiscard]] std::string read_back_text(ReadBack read_back, std::uint64_t bytes);
// "ntfs \"Mail\"", "gpt partition table: #1 vfat, #2 ntfs Mail"
[[nodiscard]] std::string filesystem_text(std::string_view filesystem, std::string_view label);

// What eseutil /k prints after a check, in its words.
[[nodiscard]] std::string eseutil_text(const FileReport& report, const PassOutcome& outcome);
// Of it, the last lines: reads, megabytes, seconds.
[[nodiscard]] std::string eseutil_totals_text(std::uint64_t bytes, const PassOutcome& outcome);
// "WARNING: copies of the checkpoint differ (JET_errCheckpointCorrupt -533)"
[[nodiscard]] std::string named_finding_text(const Finding& finding);
// "    - text of it", wrapped under itself.
[[nodiscard]] std::string list_item(std::string_view text, std::size_t indent, std::size_t width);

}  // namespace tintype
