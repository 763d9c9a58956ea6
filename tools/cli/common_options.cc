#include "tools/cli/common_options.h"

#include "tools/cli/option_values.h"

namespace tintype {

const std::string_view kCommonHelp =
    R"(Common flags:
  -v, --verbose          tell more: engine, memory, what was found; -vv: more
  -q, --quiet            no progress, and no report if all is well
      --json             events for programs (NDJSON) on standard output
      --progress MODE    auto (default), bar, lines, none; on standard error
      --iodepth N        reads in flight, 1 to 64 (default 16)
      --tasks N          blocks computed at once; 0 (default): one a core
      --io-engine NAME   auto (default), io_uring, threads
      --serial           one block at a time: slow, for comparison
      --limit-read RATE  read the source no faster than this, like 200MiB/s (the
                         unit is needed); `tintype limit` changes it meanwhile
      --limit-write RATE write the target no faster than this
      --io-timeout TIME  a disk or server that does not answer a request for so
                         long is lost, and the job ends: 60s (default), 5min,
                         none
      --nice N           0 to 19: others go first, on cores and disks; idle:
                         disks serve this only when nobody else wants them
      --open-permissions files and folders by the umask, as other programs make
                         them; without it only their owner may read them
  -V, --version          print the version
  -h, --help             print this

Every flag has a variable: --io-engine is TINTYPE_IO_ENGINE. A flag without a
value is switched by 1 or 0; several GLOBs are separated by colons. Sizes take
k M G T and KiB MiB GiB TiB (powers of 1024), kB MB GB TB (of 1000).
SIGUSR1 prints a line of progress. Ctrl-C, SIGTERM and SIGHUP stop cleanly;
twice, at once. A disk that hangs holds the prompt up for no more than 5 s.

)";

std::vector<Flag> common_flags(SharedOptions& shared) {
  CommonOptions& common = shared.common;
  PassOptions& pass = shared.pass;
  using Word = const std::string&;
  return {
      on_off("-h,--help", shared.help),
      on_off("-V,--version", shared.version),
      // "-vv" comes as "true" twice, TINTYPE_VERBOSE=2 as "2".
      {Flag::Kind::on_off, "-v,--verbose",
       [&common](Word word) {
         common.verbosity =
             word == "true" ? common.verbosity + 1 : parse_number("--verbose", word, 0, 2);
       }},
      on_off("-q,--quiet", common.quiet),
      on_off("--json", common.json),
      value_flag("--progress", common.progress, parse_progress_mode),
      {Flag::Kind::value, "--iodepth",
       [&pass](Word word) { pass.io_depth = parse_number("--iodepth", word, 1, kIoDepthMax); }},
      {Flag::Kind::value, "--tasks",
       [&pass](Word word) { pass.tasks = parse_number("--tasks", word, 0, 1024); }},
      value_flag("--io-engine", pass.queue_engine, parse_queue_engine),
      on_off("--serial", pass.serial),
      value_flag("--limit-read", common.read_limit, parse_rate_limit),
      value_flag("--limit-write", common.write_limit, parse_rate_limit),
      {Flag::Kind::value, "--io-timeout",
       [&common](Word word) {
         common.io_timeout =
             word == "none" ? std::chrono::seconds(0) : parse_duration("--io-timeout", word);
       }},
      value_flag("--nice", common.priority, parse_priority),
      {Flag::Kind::on_off, "--open-permissions",
       [&common](Word word) {
         common.permissions = parse_switch("--open-permissions", word) ? Permissions::by_umask
                                                                       : Permissions::owner_only;
       }},
  };
}

}  // namespace tintype
