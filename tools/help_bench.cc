#include "tools/help_bench.h"

namespace tintype {

const std::string_view kLimit =
    R"(tintype limit - how fast running jobs may go, changed while they run

Usage: tintype limit                          lists your running jobs
       tintype limit JOB                      shows one
       tintype limit JOB RATE                 limits its reading and writing
       tintype limit JOB --read RATE --write RATE

JOB is the process number of a running backup, copy, verify, restore, extract or
check, or the name of the set that a backup is writing. RATE is a size a second
with its unit, like 50MiB/s; 0 or none lifts the limit. It takes effect within a
tenth of a second and lasts until the job ends.

What is limited is reading the source and writing the target. Reading back what
was written follows the writes and is not limited by itself.

      --read RATE        this for reading alone
      --write RATE       this for writing alone

Jobs are found in a folder that only you may enter: TINTYPE_JOB_FOLDER, or
/run/tintype (root), or $XDG_RUNTIME_DIR/tintype. Root sees root's jobs.

)";

const std::string_view kLimitEnd = R"(Examples:
  tintype limit
  tintype limit 4711 50MiB/s
  tintype limit 20261122T181500Z-mail1-full --read none

)";

}  // namespace tintype
