#include <fmt/format.h>

#include <filesystem>

#include "engine/job/copy_job.h"
#include "tools/commands.h"
#include "tools/pass_report.h"
#include "tools/report_json.h"
#include "tools/report_text.h"
#include "tools/text.h"
#include "tools/units.h"

namespace tintype {
namespace {

std::string verdict_of(const PassOutcome& outcome, ExitCode code) {
  if (outcome.dry_run)
    return fmt::format("dry run, nothing was written. exit {}", static_cast<int>(code));
  if (code == ExitCode::findings) return "copy kept, with findings: logs must stay. exit 3";
  std::string verdict =
      outcome.read_back == "none" ? "copied, NOT READ BACK" : "copied, read back equal";
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
    return fmt::format("{} is incomplete: remove it", job.target);
  return "nothing is left behind";
}

}  // namespace

ExitCode run_command(Session& session, const CopyCommand& command) {
  const CopyOptions& job = command.job;
  session.start(JsonObject().add("source", job.source).add("target", job.target));
  if (const auto refused =
          ask_to_overwrite(session, job.target, job.overwrite, command.yes, job.dry_run))
    return *refused;
  const auto outcome = [&] {
    ToolMonitor monitor(session, "copy");
    return run_copy(job, monitor);
  }();
  if (!outcome) return fail_job(session, outcome.error(), ExitCode::failed, left_behind(job));

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
  session.print(text);
  session.print_verdict(verdict_of(*outcome, code), code);
  write_findings(session, job.source, outcome->databases, outcome->unreadable);
  return session.finish(
      code,
      JsonObject().add("source", job.source).add("target", job.target).merge(to_json(*outcome)));
}

}  // namespace tintype
