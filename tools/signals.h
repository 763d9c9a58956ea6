// SIGINT and SIGTERM ask the job to stop at the next block, a second one ends the process at once;
// SIGUSR1 asks for a line of progress; SIGPIPE is ignored (a reader that went away
// must not end a backup).
#pragma once

#include "tools/tool_env.h"

namespace tintype {
void install_signal_handlers(Signals& signals);  // `signals` lives as long as the process
}  // namespace tintype
