// What every command takes, whatever it does: the common flags, their help, and where they go.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/job/job_options.h"
#include "engine/repository/set_filter.h"
#include "io/permissions.h"
#include "io/process/process_priority.h"
#include "tools/cli/flag.h"
#include "tools/cli/progress_mode.h"

namespace tintype {

struct CommonOptions {
  unsigned verbosity = 0;  // -v, -vv
  bool quiet = false;
  bool json = false;
  ProgressMode progress = ProgressMode::automatic;
  // Of the job this runs, until somebody changes them; bytes per second, 0: none.
  std::uint64_t read_limit = 0, write_limit = 0;
  std::optional<ProcessPriority> priority;
  Permissions permissions = Permissions::owner_only;  // of the files and folders it makes
  std::chrono::seconds io_timeout{60};  // a request longer in flight is called lost; 0: never
  SetFilter sets;                       // of the commands that take some
};

// All that the common flags say.
struct SharedOptions {
  CommonOptions common;
  PassOptions pass;  // for the jobs, which get a copy
  bool help = false, version = false;
};

[[nodiscard]] std::vector<Flag> common_flags(SharedOptions& shared);

// At the end of every command's help.
extern const std::string_view kCommonHelp;

}  // namespace tintype
