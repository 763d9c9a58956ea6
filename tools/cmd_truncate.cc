#include <fmt/format.h>

#include "engine/job/confirm_job.h"
#include "tools/commands.h"
#include "tools/gate_text.h"
#include "tools/text.h"

namespace tintype {

ExitCode run_command(Session& session, const TruncateCommand& command) {
  session.start(JsonObject()
                    .add("what", command.what)
                    .add("logs", command.job.truncate_directories)
                    .add("dry_run", command.job.dry_run));
  const auto selector = parse_selector(command.what);
  if (!selector) return session.fail(ExitCode::failed, selector.error());
  // Never "the newest" unasked: which backup permits it must have been said.
  if (selector->set.empty() || !selector->volume.empty())
    return session.fail(ExitCode::usage, {{}, "truncate takes one backup set: REPO::SET", ""});
  const auto repository = Repository::open(selector->repository);
  if (!repository) return session.fail(ExitCode::failed, repository.error());
  const auto set = repository->find(selector->set);
  if (!set) return session.fail(ExitCode::failed, set.error());
  if (!set->problem.empty()) return session.fail(ExitCode::damaged, {{}, set->problem, ""});
  if (!set->finished)
    return session.fail(ExitCode::failed,
                        {{}, fmt::format("backup set {} is unfinished: logs stay", set->name), ""});
  if (!command.job.dry_run &&
      !session.confirm(
          fmt::format("Log files that {} covers will be deleted for ever.", printable(set->name)),
          command.yes))
    return session.fail(
        ExitCode::usage,
        {{}, "not confirmed: nothing was deleted", "add --yes, or answer yes on a terminal"});
  const ConfirmOutcome outcome = [&] {
    ToolMonitor monitor(session, "truncate");
    return confirm_set(*set, command.job, monitor);
  }();
  const ExitCode code = outcome.ok() ? ExitCode::sound : ExitCode::unconfirmed;
  session.begin_report(code);
  for (const StreamConfirmation& stream : outcome.streams)
    if (!stream.gate.open()) session.print(gate_text(stream.gate, session.width()));
  session.print(confirmation_text(outcome, command.job.dry_run, session.width()));
  return session.finish(code, JsonObject().add("set", set->name).merge(confirmation_json(outcome)));
}

}  // namespace tintype
