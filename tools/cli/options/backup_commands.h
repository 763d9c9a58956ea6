// The commands that read a volume and write it elsewhere: backup, copy.
#pragma once

#include <string>

#include "engine/job/backup_job.h"
#include "engine/job/copy_job.h"
#include "tools/cli/command_spec.h"

namespace tintype {

struct BackupCommand {
  BackupOptions job;
  std::string report;  // a file for a page about the run; "": none

  [[nodiscard]] CommandSpec spec(const SharedOptions& shared);
};
[[nodiscard]] ExitCode run_command(Session& session, const BackupCommand& command);

struct CopyCommand {
  CopyOptions job;
  std::string report;  // as above
  bool yes = false;

  [[nodiscard]] CommandSpec spec(const SharedOptions& shared);
};
[[nodiscard]] ExitCode run_command(Session& session, const CopyCommand& command);

}  // namespace tintype
