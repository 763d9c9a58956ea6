// The commands about files of databases by themselves: check, inspect.
#pragma once

#include <string>
#include <vector>

#include "engine/job/job_options.h"
#include "tools/cli/command_spec.h"

namespace tintype {

struct CheckCommand {
  std::vector<std::string> files;
  PassOptions pass;

  [[nodiscard]] CommandSpec spec(const SharedOptions& shared);
};
[[nodiscard]] ExitCode run_command(Session& session, const CheckCommand& command);

struct InspectCommand {
  std::vector<std::string> files;

  [[nodiscard]] CommandSpec spec(const SharedOptions& shared);
};
[[nodiscard]] ExitCode run_command(Session& session, const InspectCommand& command);

}  // namespace tintype
