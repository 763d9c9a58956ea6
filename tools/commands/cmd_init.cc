#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "engine/repository/adopt_repository.h"
#include "engine/repository/repository.h"
#include "hashing/counted.h"
#include "io/storage/mounted_filesystem.h"
#include "tools/cli/options/repository_commands.h"
#include "tools/commands/shared/select_image.h"
#include "tools/session/session.h"
#include "tools/text/report_text.h"
#include "tools/text/text.h"
#include "tools/text/units.h"

namespace tintype {
namespace {

std::string full_path(const std::string& path) {
  std::error_code code;
  const auto absolute = std::filesystem::canonical(path, code);
  return code ? path : absolute.string();
}

std::string adoption_text(const Adoption& adopted) {
  std::string text = fmt::format("{} is a repository again, with its {}\n",
                                 printable(full_path(adopted.repository.path())),
                                 counted(adopted.sets, "backup set"));
  if (!adopted.kept_aside.empty())
    text +=
        fmt::format("the damaged tintype.json is called {} now\n", printable(adopted.kept_aside));
  return text;
}

}  // namespace

ExitCode run_command(Session& session, const InitCommand& command) {
  session.start(JsonObject().add("repository", command.repository));
  const Permissions permissions = session.common().permissions;
  session.begin_report(ExitCode::sound);
  std::optional<Repository> repository;
  if (const auto fine = refuse_set_name(command.repository, "a repository"); !fine)
    return session.fail(fine.error());
  JsonObject summary;
  if (command.adopt) {
    auto adopted = adopt_repository(command.repository, permissions);
    if (!adopted) return session.fail(adopted.error());
    session.print(adoption_text(*adopted));
    summary.add("sets", adopted->sets).add("kept_aside", adopted->kept_aside);
    repository = std::move(adopted->repository);
  } else {
    auto made = Repository::create(command.repository, permissions);
    if (!made) return session.fail(ExitCode::failed, made.error());
    session.print(fmt::format("made the repository {}\n", printable(full_path(made->path()))));
    repository = *std::move(made);
  }

  // The path as any other job of any other day can name it, and the disk it is on: who meant
  // another disk sees it here.
  const std::string path = full_path(repository->path());
  const bool open = open_to_others(repository->sets_path());
  if (open && permissions == Permissions::owner_only)
    session.warn(path + " is open to others: the filesystem there keeps no modes of files");
  summary.add("id", repository->id()).add("path", path).add("open_to_others", open);
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
