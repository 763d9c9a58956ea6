#include <fmt/format.h>

#include <algorithm>

#include "engine/repository/find_set.h"
#include "hashing/counted.h"
#include "tools/cli/options/repository_commands.h"
#include "tools/commands/shared/select_image.h"
#include "tools/session/clock_warnings.h"
#include "tools/session/session.h"
#include "tools/text/set_text.h"
#include "tools/text/text.h"
#include "tools/text/units.h"

namespace tintype {
namespace {

JsonObject json_of(const KnownSet& set) {
  const SetEntry& entry = set.entry;
  std::vector<std::string> volumes, folders;
  for (const VolumeManifest& volume : entry.manifest.volumes)
    (volume.folder ? folders : volumes).push_back(volume.name);
  JsonObject json;
  json.add("set", entry.name)
      .add("path", entry.path)
      .add("state", set_state(set))
      .add("bytes", entry.bytes);
  if (!entry.problem.empty()) json.add("problem", entry.problem);
  std::vector<std::string> problems;
  for (const SetStanding::Volume& volume : set.standing.volumes)
    if (!volume.problem.empty()) problems.push_back(volume.problem);
  if (!problems.empty()) json.add("image_problems", problems);
  if (!entry.finished || !entry.problem.empty()) return json;
  return json.add("sequence", entry.manifest.sequence)
      .add("manifest_checksum", entry.manifest.format > 1)
      .add("backup_type", to_string(entry.manifest.type))
      .add("host", entry.manifest.host)
      .add("started_utc", entry.manifest.started_utc)
      .add("finished_utc", entry.manifest.finished_utc)
      .add("recorded", recorded_word(entry))
      .add_raw("last_verified", last_verified_json(set.standing))
      .add("volumes", volumes)
      .add("folders", folders);
}

ExitCode remove_unfinished(Session& session, const Repository& repository, bool yes) {
  const auto names = repository.remove_unfinished(true);
  if (!names) return session.fail(names.error());
  if (names->empty()) {
    session.print("nothing unfinished to remove\n");
    return session.finish(ExitCode::sound, JsonObject().add("removed", *names));
  }
  if (!yes)  // shown before the question, wherever it is asked
    for (const std::string& name : *names)
      session.print(fmt::format("unfinished: {}\n", printable(name)));
  if (!session.confirm(counted(names->size(), "unfinished set") + " will be removed.", yes))
    return session.not_confirmed("nothing was removed");
  const auto removed = repository.remove_unfinished(false);
  if (!removed) return session.fail(removed.error());
  for (const std::string& name : *removed)
    session.print(fmt::format("removed {}\n", printable(name)));
  return session.finish(ExitCode::sound, JsonObject().add("removed", *removed));
}

}  // namespace

ExitCode run_command(Session& session, const VersionsCommand& command) {
  session.start(JsonObject().add("repository", command.repository));
  if (const auto fine = refuse_set_name(command.repository, "a repository"); !fine)
    return session.fail(fine.error());
  const auto repository = Repository::open(command.repository);
  if (!repository) return session.fail(repository.error());
  if (command.remove_unfinished) return remove_unfinished(session, *repository, command.yes);

  auto sets = repository->sets();
  if (!sets) return session.fail(sets.error());
  warn_of_clocks(session, *sets);
  std::erase_if(*sets,
                [&](const SetEntry& entry) { return !could_fit(entry, session.common().sets); });
  const VerdictStore verdicts(*repository);
  std::vector<KnownSet> known;
  for (SetEntry& entry : *sets) {
    SetStanding standing = standing_of(verdicts, entry);
    known.push_back({std::move(entry), std::move(standing)});
  }
  session.print(known.empty()
                    ? fmt::format("no backup sets{}\n", printable(session.common().sets.text()))
                    : sets_table(known, session.env().out_terminal ? session.width() : 0));
  ExitCode code = ExitCode::sound;
  std::vector<JsonObject> entries;
  for (const KnownSet& set : known) {
    code = worse_of(code, code_of(set));
    entries.push_back(json_of(set));
  }
  return session.finish(code, JsonObject().add("id", repository->id()).add("sets", entries));
}

}  // namespace tintype
