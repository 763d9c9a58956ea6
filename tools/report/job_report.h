// What the reports of backup, copy and verify tell alike, besides charts: volumes, databases,
// findings, log streams, the gate, options.
#pragma once

#include <span>
#include <string_view>

#include "engine/job/confirm_job.h"
#include "engine/job/pass_outcome.h"
#include "tools/report/report.h"

namespace tintype {

// The JSON in the page has all that were kept.
inline constexpr std::size_t kReportFindingsMax = 1000;   // rows
inline constexpr std::size_t kReportDatabasesMax = 1000;  // rows
inline constexpr std::size_t kReportDetailsMax = 100;     // volumes or images told one by one

// Collects the rows of one table over several volumes.
class FindingRows {
 public:
  void add(std::string_view volume, const PassOutcome& outcome);
  void add(std::string_view volume, std::span<const FileReport> databases);
  void add(std::string_view volume, std::string_view what);  // of the whole volume, or its image
  void add(std::span<const EseStreamReport> streams);
  // The section, if there is anything; returns how many there are.
  std::uint64_t write(ReportBody& body) const;

 private:
  void row(ReportBody::Row row);
  std::vector<ReportBody::Row> rows_;
  std::uint64_t total_ = 0;
};

struct NamedOutcome {
  std::string name;
  const PassOutcome* outcome;
};

// Numbers of all passes for the top of the page.
void add_tiles(Report& report, std::span<const NamedOutcome> passes, std::uint64_t findings);
// A table of all databases, or why there is none.
void add_databases(ReportBody& body, std::span<const NamedOutcome> passes);
void add_streams(ReportBody& body, std::span<const EseStreamReport> streams);
void add_gates(ReportBody& body, std::span<const GateRecord> gates);
void add_confirmation(ReportBody& body, const ConfirmOutcome& outcome);
// What is known of one pass: file system, sizes, digest, how it ran.
[[nodiscard]] std::vector<ReportBody::Row> pass_facts(const PassOutcome& outcome);
// Of all jobs: how they ran, and what they were held to.
void add_pass_options(Report& report, const PassOptions& pass, const CommonOptions& common);
void add_database_options(Report& report, const DatabaseOptions& databases);
[[nodiscard]] std::string_view yes_or_no(bool value) noexcept;

}  // namespace tintype
