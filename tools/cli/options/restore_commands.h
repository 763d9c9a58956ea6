// The commands that get data back: restore, extract.
#pragma once

#include <string>

#include "engine/extract/extract_job.h"
#include "engine/restore/restore_job.h"
#include "tools/cli/command_spec.h"

namespace tintype {

struct RestoreCommand {
  std::string what;       // REPO::SET[/VOLUME] or an image; "#2" behind it: that partition
  RestoreOptions job;     // `target` is "" with `original`
  bool original = false;  // back to where each volume came from
  bool yes = false;

  [[nodiscard]] CommandSpec spec(const SharedOptions& shared);
};
[[nodiscard]] ExitCode run_command(Session& session, const RestoreCommand& command);

struct ExtractCommand {
  std::string what;    // REPO::SET[/VOLUME] or an image
  ExtractOptions job;  // `sources` are filled in
  bool yes = false;

  [[nodiscard]] CommandSpec spec(const SharedOptions& shared);
};
[[nodiscard]] ExitCode run_command(Session& session, const ExtractCommand& command);

}  // namespace tintype
