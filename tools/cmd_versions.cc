#include <fmt/format.h>

#include <algorithm>

#include "engine/repository/repository.h"
#include "tools/commands.h"
#include "tools/set_text.h"
#include "tools/text.h"
#include "tools/units.h"

namespace tintype {
namespace {

JsonObject json_of(const SetEntry& entry) {
  std::vector<std::string> volumes, folders;
  for (const VolumeManifest& volume : entry.manifest.volumes)
    (volume.folder ? folders : volumes).push_back(volume.name);
  JsonObject json;
  json.add("set", entry.name)
      .add("path", entry.path)
      .add("state", set_state(entry))
      .add("bytes", entry.bytes);
  if (!entry.problem.empty()) json.add("problem", entry.problem);
  if (!entry.finished || !entry.problem.empty()) return json;
  return json.add("backup_type", to_string(entry.manifest.type))
      .add("host", entry.manifest.host)
      .add("started_utc", entry.manifest.started_utc)
      .add("finished_utc", entry.manifest.finished_utc)
      .add("sound", entry.manifest.sound)
      .add("volumes", volumes)
      .add("folders", folders);
}

ExitCode remove_unfinished(Session& session, const Repository& repository, bool yes) {
  const auto names = repository.remove_unfinished(true);
  if (!names) return session.fail(ExitCode::failed, names.error());
  if (names->empty()) {
    session.print("nothing unfinished to remove\n");
    return session.finish(ExitCode::sound, JsonObject().add("removed", *names));
  }
  if (!yes)  // shown before the question, wherever it is asked
    for (const std::string& name : *names)
      session.print(fmt::format("unfinished: {}\n", printable(name)));
  if (!session.confirm(fmt::format("{} unfinished set{} will be removed.", names->size(),
                                   names->size() == 1 ? "" : "s"),
                       yes))
    return session.fail(
        ExitCode::usage,
        {{}, "not confirmed: nothing was removed", "add --yes, or answer yes on a terminal"});
  const auto removed = repository.remove_unfinished(false);
  if (!removed) return session.fail(ExitCode::failed, removed.error());
  for (const std::string& name : *removed)
    session.print(fmt::format("removed {}\n", printable(name)));
  return session.finish(ExitCode::sound, JsonObject().add("removed", *removed));
}

}  // namespace

ExitCode run_command(Session& session, const VersionsCommand& command) {
  session.start(JsonObject().add("repository", command.repository));
  const auto repository = Repository::open(command.repository);
  if (!repository) return session.fail(ExitCode::failed, repository.error());
  if (command.remove_unfinished) return remove_unfinished(session, *repository, command.yes);

  const auto sets = repository->sets();
  if (!sets) return session.fail(ExitCode::failed, sets.error());
  session.print(sets_table(*sets));
  const bool damaged = std::any_of(sets->begin(), sets->end(),
                                   [](const SetEntry& entry) { return !entry.problem.empty(); });
  std::vector<JsonObject> entries;
  for (const SetEntry& entry : *sets) entries.push_back(json_of(entry));
  return session.finish(damaged ? ExitCode::damaged : ExitCode::sound,
                        JsonObject().add("id", repository->id()).add("sets", entries));
}

}  // namespace tintype
