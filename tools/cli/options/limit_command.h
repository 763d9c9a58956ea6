// limit: what runs here, and how fast it may go.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tools/cli/command_spec.h"

namespace tintype {

struct LimitCommand {
  std::string job;  // "" = all jobs, which are only shown
  std::optional<std::uint64_t> read_limit, write_limit;

  [[nodiscard]] CommandSpec spec(const SharedOptions& shared);
};
[[nodiscard]] ExitCode run_command(Session& session, const LimitCommand& command);

}  // namespace tintype
