#include <fmt/format.h>

#include "engine/manifest/set_name.h"
#include "engine/proof/remove_set.h"
#include "engine/repository/repository.h"
#include "tools/cli/options/repository_commands.h"
#include "tools/session/session.h"
#include "tools/text/report_text.h"
#include "tools/text/set_text.h"
#include "tools/text/text.h"
#include "tools/text/units.h"

namespace tintype {
namespace {

// "2.4 GiB, sound when it was made on 2026-11-22: db, logs"
std::string description(const SetEntry& set, std::uint64_t bytes) {
  const std::string size = bytes_text(bytes);
  if (!set.problem.empty()) return size + ", damaged";
  if (!set.finished) return size + ", unfinished";
  std::string text = fmt::format("{}, {} when it was made on {}", size, recorded_verdict(set),
                                 day_text(set.manifest.finished_utc));
  std::string names;
  for (const VolumeManifest& volume : set.manifest.volumes)
    names += (names.empty() ? ": " : ", ") + volume.name;
  return text + names;
}

Error stays_as_last(const SetEntry& set, const std::string& source) {
  return {{},
          fmt::format("{} is the last {}backup of {}: it stays", set.name,
                      set.manifest.sound ? "sound " : "", source),
          "make a newer one first; --even-the-last removes it all the same"};
}

}  // namespace

ExitCode run_command(Session& session, const RemoveCommand& command) {
  session.start(JsonObject().add("what", command.what).add("dry_run", command.dry_run));
  const auto selector = parse_selector(command.what);
  if (!selector) return session.fail(ExitCode::failed, selector.error());
  // Never "the newest": tomorrow that is another one.
  if (selector->set.empty() || !selector->volume.empty() || selector->set == "latest")
    return session.fail(ExitCode::usage, {{},
                                          "remove takes one backup set by its name: REPO::SET",
                                          "tintype versions REPO lists them"});
  const auto repository = Repository::open(selector->repository);
  if (!repository) return session.fail(repository.error());
  const auto set = repository->find(selector->set);
  if (!set) return session.fail(set.error());
  // Nor a beginning: once "…-full" is removed it fits "…-full-2", and the same command again would
  // take that.
  if (set->name != set_name_of(selector->set))
    return session.fail(ExitCode::usage, {{},
                                          fmt::format("{} has no backup set {}, but {}",
                                                      repository->path(), selector->set, set->name),
                                          "remove takes the whole name"});
  if (set->running)
    return session.fail(ExitCode::failed,
                        {{}, fmt::format("backup set {} is being written", set->name), ""});
  const auto last_of = last_backup_of(*repository, *set);
  if (!last_of) return session.fail(last_of.error());
  const std::string& last = *last_of;
  if (!last.empty() && !command.even_the_last)
    return session.fail(ExitCode::usage, stays_as_last(*set, last));

  const std::uint64_t bytes = set->store->sizes_of(set->key()).occupied_bytes;
  const std::string what = fmt::format("{} ({})", set->name, description(*set, bytes));
  JsonObject summary;
  summary.add("set", set->name).add("bytes", bytes).add("last", !last.empty());
  if (command.dry_run) {
    session.print(fmt::format("would remove {}\n", printable(what)));
    return session.finish(ExitCode::sound, summary.add("removed", false).add("freed_bytes", bytes));
  }
  if (!session.confirm(fmt::format("The backup set {} will be deleted for ever{}.", what,
                                   last.empty() ? "" : ", the last of " + last),
                       command.yes))
    return session.not_confirmed("nothing was removed");
  // Meanwhile another may have removed what made this one not the last.
  const auto removal =
      remove_set(*repository, *set, command.even_the_last ? IfLast::remove : IfLast::keep);
  if (!removal) return session.fail(ExitCode::failed, removal.error());
  if (!removal->last_of.empty())
    return session.fail(ExitCode::usage, stays_as_last(*set, removal->last_of));
  session.begin_report(ExitCode::sound);
  session.print(fmt::format("removed {}\n", printable(set->name)));
  session.print(fact_line("freed", bytes_text(removal->freed_bytes), session.width()));
  return session.finish(ExitCode::sound,
                        summary.add("removed", true).add("freed_bytes", removal->freed_bytes));
}

}  // namespace tintype
