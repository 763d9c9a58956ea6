// Two processes: the job runs in a worker, and its parent, which the user knows by its number,
// waits for it. A thread that a frozen file system or a dead disk holds in the kernel cannot be
// killed, and its process does not end; the parent can: it tells what was waited for, and gives the
// prompt and the exit code back.
//
// The parent hands signals on. A stop that reaches both (Ctrl-C, a signal to the group) counts
// once. After a stop the worker has kStopSeconds to end by itself, then it is killed; so it is if a
// request has not been answered for `io_timeout_seconds`. If the parent is killed, so is the
// worker. Whatever ends the worker, there is one line on standard error, and with --json one
// summary.
#pragma once

#include <optional>
#include <string>

#include "tools/session/tool_env.h"
#include "tools/session/worker_board.h"

namespace tintype {

inline constexpr double kStopSeconds = 4;  // with what follows, five until the prompt is back

struct SupervisedRun {
  std::string command;
  bool json = false;
  double io_timeout_seconds = 0;  // 0: as long as it takes
};

// Returns twice: nothing in the worker, for which `env` knows its board from now on, and the exit
// code in the parent, when all is over. Where no process can be started the job runs without a
// parent: nothing in the one process there is. To be called while there is one thread.
[[nodiscard]] std::optional<int> supervise(const SupervisedRun& run, ToolEnv& env);

}  // namespace tintype
