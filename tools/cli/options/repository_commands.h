// The commands about a repository and its sets: init, versions, show, verify, truncate, remove.
#pragma once

#include <string>
#include <vector>

#include "engine/job/confirm_job.h"
#include "engine/job/verify_job.h"
#include "tools/cli/command_spec.h"

namespace tintype {

struct InitCommand {
  std::string repository;
  bool adopt = false;  // a new tintype.json for sets that are there

  [[nodiscard]] CommandSpec spec(const SharedOptions& shared);
};
[[nodiscard]] ExitCode run_command(Session& session, const InitCommand& command);

struct VersionsCommand {
  std::string repository;
  bool remove_unfinished = false, yes = false;

  [[nodiscard]] CommandSpec spec(const SharedOptions& shared);
};
[[nodiscard]] ExitCode run_command(Session& session, const VersionsCommand& command);

struct ShowCommand {
  std::string what;                          // REPO[::SET], an image or a volume
  std::vector<std::string> allowed_folders;  // VolumeSpec's

  [[nodiscard]] CommandSpec spec(const SharedOptions& shared);
};
[[nodiscard]] ExitCode run_command(Session& session, const ShowCommand& command);

struct VerifyCommand {
  std::string what;    // REPO[::SET[/VOLUME]] or an image
  VerifyOptions job;   // `image` is filled in for each
  std::string report;  // a file for a page about the run; "": none

  [[nodiscard]] CommandSpec spec(const SharedOptions& shared);
};
[[nodiscard]] ExitCode run_command(Session& session, const VerifyCommand& command);

struct TruncateCommand {
  std::string what;  // REPO::SET
  ConfirmOptions job;
  bool yes = false;

  [[nodiscard]] CommandSpec spec(const SharedOptions& shared);
};
[[nodiscard]] ExitCode run_command(Session& session, const TruncateCommand& command);

struct RemoveCommand {
  std::string what;  // REPO::SET
  bool even_the_last = false, yes = false, dry_run = false;

  [[nodiscard]] CommandSpec spec(const SharedOptions& shared);
};
[[nodiscard]] ExitCode run_command(Session& session, const RemoveCommand& command);

}  // namespace tintype
