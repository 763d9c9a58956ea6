// One row a command: the names, the overview, parsing, help and dispatch come from here. How one is
// added: docs/internals/commands.md.
#include "tools/commands/registry.h"

#include "tools/cli/options/backup_commands.h"
#include "tools/cli/options/bench_command.h"
#include "tools/cli/options/check_commands.h"
#include "tools/cli/options/limit_command.h"
#include "tools/cli/options/repository_commands.h"
#include "tools/cli/options/restore_commands.h"
#include "tools/cli/options/served_commands.h"

namespace tintype {
namespace {

constexpr CommandRow kRows[] = {
    {.name = "init",
     .arguments = "REPO",
     .summary = "make a repository, a folder of backup sets",
     .begin = begin_command<InitCommand>},
    {.name = "backup",
     .arguments = "VOLUME... --to REPO",
     .summary = "back up volumes into a repository, verified",
     .begin = begin_command<BackupCommand>},
    {.name = "versions",
     .arguments = "REPO",
     .summary = "list the backup sets of a repository",
     .begin = begin_command<VersionsCommand>,
     .takes_sets = true,
     .only_tells = true},
    {.name = "show",
     .arguments = "REPO[::SET]|IMAGE|VOLUME",
     .summary = "what a set or an image holds, and its verdicts; what lies on a volume, its shadow "
                "copies",
     .begin = begin_command<ShowCommand>,
     .takes_sets = true,
     .only_tells = true},
    {.name = "verify",
     .arguments = "REPO[::SET]|IMAGE",
     .summary = "is it still what was written?",
     .begin = begin_command<VerifyCommand>,
     .takes_sets = true},
    {.name = "remove",
     .arguments = "REPO::SET",
     .summary = "delete a backup set",
     .begin = begin_command<RemoveCommand>},
    {.name = "restore",
     .arguments = "REPO::SET --to TARGET",
     .summary = "write a volume back to a file or a device",
     .begin = begin_command<RestoreCommand>,
     .takes_sets = true},
    {.name = "extract",
     .arguments = "REPO::SET PATH... --to DIR",
     .summary = "files, or a database with the logs it needs, out of a set without restoring a "
                "volume",
     .begin = begin_command<ExtractCommand>,
     .takes_sets = true},
    {.name = "copy",
     .arguments = "VOLUME TARGET",
     .summary = "straight copy, no repository; verified as well",
     .begin = begin_command<CopyCommand>},
    {.name = "check",
     .arguments = "FILE|BASE|FOLDER",
     .summary = "ESE databases, logs, whole sets of them, as eseutil /k, /ml and /mk do",
     .begin = begin_command<CheckCommand>},
    {.name = "inspect",
     .arguments = "FILE...",
     .summary = "their headers, as eseutil /mh, /ml, /mk show",
     .begin = begin_command<InspectCommand>,
     .only_tells = true},
    {.name = "truncate",
     .arguments = "REPO::SET --logs DIR",
     .summary = "delete the logs that a finished backup covers",
     .begin = begin_command<TruncateCommand>,
     .takes_sets = true},
    {.name = "serve",
     .arguments = "REPO::SET|IMAGE",
     .summary = "offer volumes over NBD, read-only",
     .begin = begin_command<ServeCommand>,
     .takes_sets = true,
     .watched = false},
    {.name = "mount",
     .arguments = "REPO::SET|IMAGE DIR",
     .summary = "show volumes as files for a loop device",
     .begin = begin_command<MountCommand>,
     .takes_sets = true,
     .watched = false},
    {.name = "unmount",
     .arguments = "DIR",
     .summary = "end that",
     .begin = begin_command<UnmountCommand>,
     .watched = false},
    {.name = "export",
     .arguments = "REPO::SET --to FILE",
     .summary = "as a disk file: qcow2, vhdx, vhd, vmdk, raw",
     .begin = begin_command<ExportCommand>,
     .takes_sets = true},
    {.name = "limit",
     .arguments = "[JOB RATE]",
     .summary = "running jobs, and how fast they may go",
     .begin = begin_command<LimitCommand>,
     .watched = false},
    {.name = "bench",
     .arguments = "kernels|device|copy|compare",
     .summary = "how fast is it here?",
     .begin = begin_command<BenchCommand>},
};
static_assert(fault_in(kRows).empty());

}  // namespace

std::span<const CommandRow> command_rows() noexcept {
  return kRows;
}

}  // namespace tintype
