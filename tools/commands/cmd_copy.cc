#include <fmt/format.h>

#include <filesystem>

#include "engine/job/copy_job.h"
#include "tools/cli/options/backup_commands.h"
#include "tools/commands/shared/select_image.h"
#include "tools/report/job_report.h"
#include "tools/report/pass_report.h"
#include "tools/session/finding_events.h"
#include "tools/session/session.h"
#include "tools/text/report_json.h"
#include "tools/text/report_text.h"
#include "tools/text/text.h"
#include "tools/text/units.h"

namespace tintype {
namespace {

std::string verdict_of(const PassOutcome& outcome, ExitCode code) {
  if (outcome.dry_run)
    return fmt::format("dry run, nothing was written. exit {}", static_cast<int>(code));
  if (code == ExitCode::findings)
    return outcome.folder_problems.total != 0
               ? "copy kept, but the source changed while it was read: logs must stay. exit 3"
               : "copy kept, with findings: logs must stay. exit 3";
  std::string verdict =
      outcome.read_back == ReadBack::none ? "copied, NOT READ BACK" : "copied, read back equal";
  verdict += !outcome.databases_not_checked.empty() ? ", databases NOT CHECKED"
             : outcome.databases.empty()            ? ", no databases in it"
                                                    : ", databases sound";
  return verdict + ". exit 0";
}

std::string left_behind(const CopyOptions& job) {
  std::error_code ignored;
  if (std::filesystem::is_block_file(job.target, ignored))
    return fmt::format("{} holds an incomplete volume", job.target);
  if (std::filesystem::exists(job.target, ignored))
    return job.in_place ? fmt::format("{} is incomplete: remove it", job.target)
                        : fmt::format("{} is as it was", job.target);
  return "nothing is left behind";
}

void add_options(Report& report, const CopyOptions& job, const CommonOptions& common) {
  report.options = {{"source", job.source},
                    {"target", job.target},
                    {"overwrite", std::string(yes_or_no(job.overwrite))},
                    {"in place", std::string(yes_or_no(job.in_place))},
                    {"all blocks", std::string(yes_or_no(job.all_blocks))},
                    {"read back", std::string(yes_or_no(job.read_back))},
                    {"source in use allowed", std::string(yes_or_no(job.allow_source_in_use))}};
  add_database_options(report, job.databases);
  add_pass_options(report, job.pass, common);
}

void describe(Report& report, const CopyOptions& job, const PassOutcome& outcome) {
  const NamedOutcome pass{job.source, &outcome};
  FindingRows findings;
  findings.add(job.source, outcome);
  add_tiles(report, {&pass, 1}, findings.write(report.findings));
  add_databases(report.findings, {&pass, 1});
  report.details.section("Volume " + job.source);
  report.details.facts(pass_facts(outcome));
}

}  // namespace

ExitCode run_command(Session& session, const CopyCommand& command) {
  const CopyOptions& job = command.job;
  session.start(JsonObject().add("source", job.source).add("target", job.target));
  for (const std::string& path : {job.source, job.target})
    if (const auto fine = refuse_set_name(path, "a volume"); !fine)
      return session.fail(fine.error());
  Report report(session, command.report);
  if (const auto refused = report.begin(job.target, {job.source})) return *refused;
  if (const auto refused =
          ask_to_overwrite(session, job.target, job.overwrite, command.yes, job.dry_run))
    return *refused;
  add_options(report, job, session.common());
  const auto outcome = [&] {
    ToolMonitor monitor(session, "copy", report.recorder());
    return run_copy(job, monitor);
  }();
  if (!outcome)
    return fail_job(session, outcome.error(), ExitCode::failed, left_behind(job), &report);

  const ExitCode code = outcome->sound() ? ExitCode::sound : ExitCode::findings;
  const std::size_t width = session.width();
  session.begin_report(code);
  std::string text = fmt::format("{} -> {}\n", printable(job.source), printable(job.target));
  text += volume_lines(*outcome, width);
  if (outcome->dry_run) {
    text += fact_line("to read", bytes_text(outcome->read_bytes), width);
  } else {
    text += time_line(*outcome, width);
    text +=
        fact_line("read back", read_back_text(outcome->read_back, outcome->read_back_bytes), width);
    text += fact_line("digest", to_hex(outcome->content_digest), width);
    if (!outcome->target_note.empty()) text += fact_line("partitions", outcome->target_note, width);
  }
  text += databases_text(outcome->databases, outcome->databases_not_checked, width);
  text += findings_text(outcome->databases, outcome->unreadable, width);
  text += folder_problems_text(outcome->folder_problems, width);
  session.print(text);
  const std::string verdict = verdict_of(*outcome, code);
  JsonObject summary;
  summary.add("source", job.source).add("target", job.target).merge(to_json(*outcome));
  if (report.wanted()) describe(report, job, *outcome);
  report.finish(code, verdict, summary);
  session.print_verdict(verdict, code);
  write_findings(session, job.source, outcome->databases, outcome->unreadable);
  write_findings(session, job.source, outcome->folder_problems);
  return session.finish(code, std::move(summary));
}

}  // namespace tintype
