#include <fmt/format.h>

#include "engine/job/check_job.h"
#include "tools/cli/options/check_commands.h"
#include "tools/commands/shared/select_image.h"
#include "tools/report/pass_report.h"
#include "tools/session/finding_events.h"
#include "tools/session/session.h"
#include "tools/text/check_text.h"
#include "tools/text/report_json.h"

namespace tintype {
namespace {

void write_all_findings(Session& session, const std::string& subject, const CheckOutcome& outcome) {
  write_findings(session, subject, outcome.pass.databases, outcome.pass.unreadable);
  write_findings(session, subject, outcome.pass.folder_problems);
  for (const CheckedStreamFile& file : outcome.stream_files)
    write_findings(session, subject, {&file.report, 1}, {});
  for (const EseStreamReport& stream : outcome.streams)
    for (const Finding& finding : stream.findings)
      session.event(
          "finding",
          JsonObject().add("volume", subject).add("stream", stream.base).merge(to_json(finding)));
}

}  // namespace

ExitCode run_command(Session& session, const CheckCommand& command) {
  session.start(JsonObject().add("files", command.files));
  ExitCode code = ExitCode::sound;
  std::vector<JsonObject> results;
  for (const std::string& file : command.files)
    if (const auto fine = refuse_set_name(file, "a file or a folder"); !fine)
      return session.fail(fine.error());
  for (const std::string& file : command.files) {
    const auto outcome = [&] {
      ToolMonitor monitor(session, "check");
      return run_check({.file = file, .pass = command.pass}, monitor);
    }();
    if (!outcome) {
      if (outcome.error().code == std::errc::operation_canceled)
        return fail_job(session, outcome.error(), ExitCode::failed,
                        fmt::format("{} was not checked to its end", file));
      session.report_error(outcome.error());
      results.push_back(JsonObject().add("file", file).add("error", outcome.error().line()));
      code = worse_of(code, ExitCode::failed);
      continue;
    }
    const ExitCode file_code = outcome->sound() ? ExitCode::sound : ExitCode::findings;
    code = worse_of(code, file_code);
    session.begin_report(file_code);
    session.print(check_text(file, *outcome, session.width()));
    session.print_verdict(check_verdict(*outcome), file_code);
    session.print("\n");
    write_all_findings(session, file, *outcome);
    results.push_back(check_json(file, *outcome));
  }
  return session.finish(code, JsonObject().add("files", results));
}

}  // namespace tintype
