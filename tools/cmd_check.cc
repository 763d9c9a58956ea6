#include <fmt/format.h>

#include "engine/job/check_job.h"
#include "tools/commands.h"
#include "tools/pass_report.h"
#include "tools/report_json.h"
#include "tools/report_text.h"

namespace tintype {

ExitCode run_command(Session& session, const CheckCommand& command) {
  session.start(JsonObject().add("files", command.files));
  ExitCode code = ExitCode::sound;
  std::vector<JsonObject> results;
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
    for (const FileReport& report : outcome->databases)
      session.print(eseutil_text(report, *outcome));
    session.print_verdict(
        file_code == ExitCode::sound
            ? fmt::format("Operation completed successfully in {:.3f} seconds.", outcome->seconds)
            : fmt::format("Operation terminated with error -1206 (JET_errDatabaseCorrupted, Non "
                          "database file or corrupted db) after {:.3f} seconds.",
                          outcome->seconds),
        file_code);
    session.print("\n");
    write_findings(session, file, outcome->databases, {});
    results.push_back(JsonObject().add("file", file).merge(to_json(*outcome)));
  }
  return session.finish(code, JsonObject().add("files", results));
}

}  // namespace tintype
