#include <fmt/format.h>

#include <filesystem>

#include "engine/repository/repository.h"
#include "io/mounted_filesystem.h"
#include "tools/commands.h"
#include "tools/report_text.h"
#include "tools/text.h"
#include "tools/units.h"

namespace tintype {

ExitCode run_command(Session& session, const InitCommand& command) {
  session.start(JsonObject().add("repository", command.repository));
  const Permissions permissions = session.common().permissions;
  const auto repository = Repository::create(command.repository, permissions);
  if (!repository) return session.fail(ExitCode::failed, repository.error());
  session.begin_report(ExitCode::sound);

  // The path as any other job of any other day can name it, and the disk it is on: who meant
  // another disk sees it here.
  std::error_code code;
  const auto absolute = std::filesystem::canonical(repository->path(), code);
  const std::string path = code ? repository->path() : absolute.string();
  const bool open = open_to_others(repository->sets_path());
  if (open && permissions == Permissions::owner_only)
    session.warn(path + " is open to others: the filesystem there keeps no modes of files");
  JsonObject summary;
  summary.add("id", repository->id()).add("path", path).add("open_to_others", open);
  session.print(fmt::format("made the repository {}\n", printable(path)));
  session.print(fact_line("id", repository->id(), session.width()));
  if (const auto on = mounted_filesystem_of(path)) {
    session.print(fact_line(
        "filesystem",
        printable(fmt::format("{} on {}, {} free", on->type.empty() ? "unknown" : on->type,
                              on->mount_point.empty() ? "?" : on->mount_point,
                              bytes_text(on->free_bytes))),
        session.width()));
    summary.add("filesystem", on->type)
        .add("mount_point", on->mount_point)
        .add("free_bytes", on->free_bytes);
  }
  session.print(fact_line("read by", open ? "others too" : "its owner only", session.width()));
  return session.finish(ExitCode::sound, std::move(summary));
}

}  // namespace tintype
