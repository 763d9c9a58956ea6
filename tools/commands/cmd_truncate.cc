#include <fmt/format.h>

#include "engine/job/confirm_job.h"
#include "engine/job/confirm_preflight.h"
#include "tools/cli/options/repository_commands.h"
#include "tools/session/session.h"
#include "tools/text/gate_text.h"
#include "tools/text/text.h"

namespace tintype {

ExitCode run_command(Session& session, const TruncateCommand& command) {
  session.start(JsonObject()
                    .add("what", command.what)
                    .add("logs", command.job.truncate_directories)
                    .add("dry_run", command.job.dry_run));
  const auto selector = parse_selector(command.what, session.common().sets);
  if (!selector) return session.fail(selector.error());
  // Never "the newest" unasked: which backup permits it must have been said.
  if (selector->set.empty() || !selector->volume.empty())
    return session.fail(
        ExitCode::usage,
        {{}, "truncate takes one backup set: REPO::SET", "tintype versions REPO lists them"});
  const auto repository = Repository::open(selector->repository);
  if (!repository) return session.fail(repository.error());
  const auto set = repository->find(selector->query());
  if (!set) return session.fail(set.error());
  if (const auto usable = check_usable(*set); !usable) {
    Error error = usable.error();
    error.what += ": logs stay";
    return session.fail(error);
  }
  if (const auto live = check_live_logs(command.job); !live)
    return session.fail(ExitCode::usage, live.error());
  if (!command.job.dry_run &&
      !session.confirm(
          fmt::format("Log files that {} covers will be deleted for ever.", printable(set->name)),
          command.yes))
    return session.not_confirmed("nothing was deleted");
  const ConfirmOutcome outcome = [&] {
    ToolMonitor monitor(session, "truncate");
    return confirm_set(*repository, *set, command.job, monitor);
  }();
  ExitCode code = outcome.ok() ? ExitCode::sound : ExitCode::unconfirmed;
  if (!outcome.not_read.empty()) code = ExitCode::failed;
  if (!outcome.damage.empty()) code = ExitCode::damaged;
  if (const int signal = session.env().signals.stop.load(); signal != 0 && !outcome.ok())
    code = exit_code_of({std::make_error_code(std::errc::operation_canceled), "", ""},
                        session.env().signals, code);
  session.begin_report(code);
  for (const StreamConfirmation& stream : outcome.streams)
    if (!stream.gate.open()) session.print(gate_text(stream.gate, session.width()));
  session.print(confirmation_text(outcome, command.job.dry_run, session.width()));
  return session.finish(code, JsonObject().add("set", set->name).merge(confirmation_json(outcome)));
}

}  // namespace tintype
