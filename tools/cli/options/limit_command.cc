#include "tools/cli/options/limit_command.h"

#include "tools/cli/option_values.h"

namespace tintype {
namespace {

constexpr std::string_view kLimit =
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

constexpr std::string_view kLimitExamples = R"(Examples:
  tintype limit
  tintype limit 4711 50MiB/s
  tintype limit 20261122T181500Z-mail1-full --read none

)";

}  // namespace

CommandSpec LimitCommand::spec(const SharedOptions&) {
  CommandSpec spec{.argument = "JOB RATE",
                   .arguments_min = 0,
                   .arguments_max = 2,
                   .help = kLimit,
                   .examples = kLimitExamples};
  spec.flags = {value_flag("--read", read_limit, parse_rate_limit),
                value_flag("--write", write_limit, parse_rate_limit)};
  spec.take = [this](const Words& words) {
    if (!words.empty()) job = words[0];
    if (words.size() < 2) return;
    const std::uint64_t rate = parse_rate_limit("RATE", words[1]);
    if (!read_limit) read_limit = rate;
    if (!write_limit) write_limit = rate;
  };
  spec.finish = [this] {
    if (job.empty() && (read_limit || write_limit))
      throw UsageError{"JOB is missing: which one? `tintype limit` lists them"};
  };
  return spec;
}

}  // namespace tintype
