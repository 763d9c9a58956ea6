#include "tools/cli/help_text.h"

#include <fmt/format.h>

#include "tools/cli/options/backup_commands.h"
#include "tools/cli/options/check_commands.h"
#include "tools/cli/options/limit_command.h"
#include "tools/cli/options/repository_commands.h"
#include "tools/cli/options/restore_commands.h"
#include "tools/cli/options/served_commands.h"
#include "tools/cli/set_filter_flags.h"
#include "tools/text/exit_code.h"

namespace tintype {
namespace {

constexpr std::string_view kProgram =
    R"(tintype - copy a snapshot in one pass, and verify it on the way

Usage: tintype COMMAND [FLAGS] ARGUMENTS

A volume (best: a snapshot of one) is read once, with many reads in flight.
While a block is in the processor's cache it is hashed, the ESE database pages
in it (Exchange, Active Directory) are checked against their own checksums, and
it is compressed. What was written is read back from the medium and compared.
Only then is the backup called finished.

Commands:
  init REPO                      make a repository, a folder of backup sets
  backup VOLUME... --to REPO     back up volumes into a repository, verified
  versions REPO                  list the backup sets of a repository
  show REPO[::SET]|IMAGE|VOLUME  what a set or an image holds, and its verdicts;
                                 what lies on a volume, its shadow copies
  verify REPO[::SET]|IMAGE       is it still what was written?
  remove REPO::SET               delete a backup set
  restore REPO::SET --to TARGET  write a volume back to a file or a device
  extract REPO::SET PATH... --to DIR
                                 files, or a database with the logs it needs,
                                 out of a set without restoring a volume
  copy VOLUME TARGET             straight copy, no repository; verified as well
  check FILE|BASE|FOLDER         ESE databases, logs, whole sets of them, as
                                 eseutil /k, /ml and /mk do
  inspect FILE...                their headers, as eseutil /mh, /ml, /mk show
  truncate REPO::SET --logs DIR  delete the logs that a finished backup covers
  serve REPO::SET|IMAGE          offer volumes over NBD, read-only
  mount REPO::SET|IMAGE DIR      show volumes as files for a loop device
  unmount DIR                    end that
  export REPO::SET --to FILE     as a disk file: qcow2, vhdx, vhd, vmdk, raw
  limit [JOB RATE]               running jobs, and how fast they may go
  bench kernels|device|copy|compare
                                 how fast is it here?
  help COMMAND                   all about one command

)";

constexpr std::string_view kProgramEnd = R"(Examples:
  tintype init /backup/repo
  tintype backup /dev/vg0/mail-snap --to /backup/repo
  tintype versions /backup/repo
  tintype verify /backup/repo::latest
  tintype restore /backup/repo::latest --to /dev/vg0/mail-new --overwrite
  tintype check /srv/restored

As a gate: the logs may go only if the backup is good.
  tintype backup /dev/vg0/snap --to /backup/repo --full \
    --all-databases --truncate /srv/logs

)";

constexpr std::string_view kCommon = R"(Common flags:
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

std::string exit_codes() {
  std::string text = "Exit codes:\n";
  for (const ExitCodeRow& row : kExitCodes)
    text += fmt::format("  {:<4} {}\n", static_cast<int>(row.code), row.meaning);
  return text;
}

struct Page {
  std::string_view command, text, examples;
};
const Page kPages[] = {
    {"", kProgram, kProgramEnd},        {"init", kInit, kInitEnd},
    {"backup", kBackup, kBackupEnd},    {"versions", kVersions, kVersionsEnd},
    {"show", kShow, kShowEnd},          {"verify", kVerify, kVerifyEnd},
    {"restore", kRestore, kRestoreEnd}, {"extract", kExtract, kExtractEnd},
    {"copy", kCopy, kCopyEnd},          {"check", kCheck, kCheckEnd},
    {"inspect", kInspect, kInspectEnd}, {"truncate", kTruncate, kTruncateEnd},
    {"serve", kServe, kServeEnd},       {"mount", kMount, kMountEnd},
    {"unmount", kUnmount, kUnmountEnd}, {"export", kExport, kExportEnd},
    {"limit", kLimit, kLimitEnd},       {"bench", kBench, kBenchEnd},
    {"remove", kRemove, kRemoveEnd},
};

}  // namespace

std::string help_text(std::string_view command) {
  for (const Page& page : kPages)
    if (page.command == command)
      return fmt::format("{}{}{}{}{}", page.text, takes_sets(command) ? kSetFilterHelp : "",
                         kCommon, page.examples, exit_codes());
  return {};
}

}  // namespace tintype
