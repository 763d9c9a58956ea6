// SIGINT, SIGTERM and SIGHUP ask the job to stop at the next block, a second one ends the process
// at once; SIGUSR1 asks for a line of progress. SIGPIPE and SIGXFSZ are ignored: a reader that went
// away must not end a backup, and a write beyond the limit of file sizes is an error like others.
#pragma once

#include "tools/session/tool_env.h"

namespace tintype {

void install_signal_handlers(Signals& signals);  // `signals` lives as long as the process

// From here on a stop is what this process, our parent, says: others' are handed to it, for the
// same Ctrl-C reaches both and counts once. Once it is gone they count as before.
void follow_supervisor(int process_id);

}  // namespace tintype
