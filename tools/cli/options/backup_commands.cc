#include "tools/cli/options/backup_commands.h"

#include <fmt/format.h>

#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "engine/manifest/set_name.h"
#include "tools/cli/option_values.h"

namespace tintype {
namespace {

constexpr std::string_view kBackup =
    R"(tintype backup - back up volumes into a repository, verified on the way

Usage: tintype backup VOLUME... --to REPO [FLAGS]

Reads each VOLUME once, checks the ESE databases on it page by page, and writes
one image a volume into a new backup set. The set gets its name when everything
was written, read back and synced; until then it is called .partial. Older sets
are never touched. What a backup of the same host and VOLUMEs left unfinished,
and no living process holds, is removed first.

A VOLUME is a block device, a raw image file, a disk image (qcow2, VHD, VHDX or
VMDK, told by its content; what it is based on must lie in its folder or below,
or where --allow-folder says; images of other kinds are named and refused),
or an NBD export: nbd://HOST[:PORT]/EXPORT, nbds:// with TLS, or
nbd+unix:///EXPORT?socket=PATH. A raw image behind a loop device is always read
as it is, whatever it looks like.

Free space is not captured (it restores as zeros) where the filesystem is known:
NTFS, ext2/3/4. On other filesystems the whole volume is copied and databases
are NOT CHECKED; the program says so.

A disk with partitions (GPT, MBR) becomes one image: its tables, what lies
between the partitions, and of each partition what a volume's backup would
take. Its files are called #2:/Mailbox/DB1.edb; a GLOB may begin with #2: too.

A VOLUME may be a folder, best one on a mounted snapshot (btrfs, XFS, ZFS, NFS).
Its files are read once each, directly where the filesystem allows it, and the
databases among them are checked alike. Names, modes, times, owners (numbers),
ACLs, extended attributes, links and holes are kept. It restores as files only,
not as a bootable or bit-equal volume, and logs are never truncated after it.
What cannot be read, or changes until the end of the pass, is a finding. Sockets
and other filesystems mounted below are left out, and named. Meanwhile TMPDIR
(or /var/tmp) needs room for 2 KiB a file.

A bad page or an unreadable sector does not stop the backup. The image is kept,
each finding is told with its file, page and offsets, and the exit code is 3.

  VOLUME                 the volume, or NAME=VOLUME to name it in the set.
                         disk.img#2 is partition 2 of a disk; PATH@shadow:N is
                         a Windows shadow copy on it, which `tintype show PATH`
                         lists. N: its number, "latest", or its id
      --to REPO          the repository's folder; `tintype init` makes one
      --name NAME        name of the volume in the set, if there is only one
      --full             full backup: its success may let logs be truncated
      --copy             copy backup: never truncates anything (default)
      --database GLOB    check these files too, besides *.edb, *.mdb, ntds.dit
                         and SQLite databases (*.db, *.db3, *.sqlite,
                         *.sqlite3) that keep checksums; may be given several
                         times. If nothing fits, or it cannot be checked, the
                         exit code is 3
      --no-database-check
                         do not look for databases
      --compress MODE    auto (default): compress while the cores would wait
                         anyway; lz4: always; none
      --chunk-size SIZE  unit of hashing and storing, a power of two from
                         64KiB to 4MiB (default 1MiB)
      --all-blocks       capture free space too
      --stock            make an image that `lz4 -dc` unpacks to the volume
      --no-read-back     do not read the image back; recorded in the set
      --allow-source-in-use
                         read a volume that is mounted for writing or a file
                         that is open for writing: no snapshot, pages may tear
      --allow-folder DIR what a disk image is based on may lie in DIR or below,
                         too, and is looked for there by its name; may be given
                         several times
      --truncate DIR     after a sound --full backup, delete the logs it covers
                         from the live log directory DIR; once a log stream
                         With --dry-run: list what could go at most
      --all-databases    you assert that every database of each log stream is
                         in this backup. Nothing else can tell for sure, so
                         without it no log may go
      --on-confirm CMD   run CMD (/bin/sh) for each log stream whose backup is
                         confirmed, with TINTYPE_SET, TINTYPE_STREAM and
                         TINTYPE_TRUNCATE_FROM and _TO in its environment.
                         If it fails, logs stay and the exit code is 5
      --report FILE      write a page about it, to look at in a browser:
                         verdicts, speed over time, a map of the volume. The
                         page of an earlier run is replaced, no other file.
                         Whether it could be written or not does not change the
                         exit code; a failure is told
  -n, --dry-run          tell what would be done, write nothing

)";

constexpr std::string_view kBackupExamples = R"(Examples:
  tintype backup /dev/vg0/mail-snap --to /backup/repo
  tintype backup db=/dev/vg0/db logs=/dev/vg0/logs --to /backup/repo --full
  tintype backup disk.img --to repo --database '/Data/*.db' --compress none
  tintype backup server.vhdx nbd://storage/mail --to /backup/repo
  tintype backup home=/srv/.snapshots/42/home --to /backup/repo
  tintype backup /dev/vg0/mail-snap --to /backup/repo --json > run.ndjson
  tintype backup /dev/vg0/mail-snap --to /backup/repo --report monday.html

)";

constexpr std::string_view kCopy =
    R"(tintype copy - straight copy of a volume, hashed, verified and read back

Usage: tintype copy VOLUME TARGET [FLAGS]

Like backup, but TARGET becomes the volume itself, not an image of it: a new raw
file (sparse) or a block device. Needs no repository and keeps no manifest.
VOLUME may be a disk image or an NBD export, as for backup, a partition
(disk.img#2) or a Windows shadow copy (VOLUME@shadow:N). A disk may go to a
larger device. A file that is overwritten stays whole until the new one is.

      --overwrite        allow an existing file; a device always needs it
      --in-place         write into an existing file, not aside, where there is
                         no room for both: it is lost if this breaks
  -y, --yes              do not ask before overwriting
      --all-blocks       copy free space too; else it is zeros in the target
      --no-read-back     do not read the target back
      --allow-source-in-use
                         read a volume although it is in use
      --allow-folder DIR what a disk image is based on may lie in DIR, too
      --database GLOB    check these files too, besides *.edb, *.mdb, ntds.dit
                         and SQLite databases that keep checksums; may be given
                         several times
      --no-database-check
                         do not look for databases
      --report FILE      write a page about it, to look at in a browser:
                         verdicts, speed over time, a map of the volume
  -n, --dry-run          tell what would be done, write nothing

)";

constexpr std::string_view kCopyExamples = R"(Examples:
  tintype copy /dev/vg0/mail-snap mail.img
  tintype copy mail.img /dev/vg0/new --overwrite --yes
  tintype copy server.qcow2 server.img

)";

Flag backup_type(std::string name, BackupType& value, BackupType sets, std::string rival) {
  return {Flag::Kind::on_off, name,
          [&value, sets, name](const std::string& word) {
            if (parse_switch(name, word)) value = sets;
          },
          std::move(rival)};
}

void check_databases(const DatabaseOptions& databases) {
  if (!databases.check && !databases.globs.empty())
    throw UsageError{"--database and --no-database-check contradict each other"};
}

// A dry run writes nothing, and has nothing to draw.
void check_report(const std::string& report, bool dry_run) {
  if (dry_run && !report.empty()) throw UsageError{"--report and --dry-run contradict each other"};
}

// What shuts the gate whatever the backup finds is told before it is made. (A dry run lists what
// could go at most.)
void check_confirmation(const BackupOptions& job) {
  if (!job.confirm.asked()) return;
  if (job.type != BackupType::full)
    throw UsageError{"--truncate and --on-confirm are for a --full backup"};
  if (job.dry_run) return;
  if (!job.all_databases)
    throw UsageError{
        "--truncate and --on-confirm need --all-databases: say that every database of each log "
        "stream is in this backup, or no log may go"};
  if (!job.read_back) throw UsageError{"--no-read-back: no log may go for what was not read back"};
  if (!job.databases.check)
    throw UsageError{"--no-database-check: no log may go for databases that were not checked"};
}

// --name is a name for the only volume.
void take_name(const std::string& name, std::vector<BackupOptions::Source>& volumes) {
  if (name.empty()) return;
  if (volumes.size() > 1) throw UsageError{"--name is for one volume; write NAME=VOLUME for each"};
  if (!is_plain_name(name))
    throw UsageError{fmt::format("--name: \"{}\" is no name for a volume", name)};
  if (!volumes[0].name.empty()) throw UsageError{"--name and NAME=VOLUME contradict each other"};
  volumes[0].name = name;
}

// Names that were not given are made different; those that were stay what they are.
void check_names(const std::vector<BackupOptions::Source>& volumes) {
  std::set<std::string> taken;
  for (const BackupOptions::Source& volume : volumes)
    if (!volume.name.empty() && !taken.insert(volume.name).second)
      throw UsageError{fmt::format("two volumes are called {}", volume.name)};
}

}  // namespace

CommandSpec BackupCommand::spec(const SharedOptions& shared) {
  auto name = std::make_shared<std::string>();
  CommandSpec spec{
      .argument = "VOLUME", .arguments_max = 1000, .help = kBackup, .examples = kBackupExamples};
  spec.flags = {text_flag("--to", job.repository),
                backup_type("--full", job.type, BackupType::full, "--copy"),
                backup_type("--copy", job.type, BackupType::copy, "--full"),
                text_flag("--name", *name),
                value_flag("--compress", job.compression, parse_compression),
                value_flag("--chunk-size", job.chunk_bytes, parse_chunk_size),
                on_off("--all-blocks", job.all_blocks),
                on_off("--stock", job.stock),
                on_off("--no-read-back", job.read_back, false),
                on_off("--all-databases", job.all_databases),
                on_off("--allow-source-in-use", job.allow_source_in_use),
                list_flag("--allow-folder", job.allowed_folders),
                on_off("-n,--dry-run", job.dry_run),
                list_flag("--truncate", job.confirm.truncate_directories),
                text_flag("--on-confirm", job.confirm.on_confirm),
                text_flag("--report", report),
                list_flag("--database", job.databases.globs),
                on_off("--no-database-check", job.databases.check, false)};
  spec.take = [this](const Words& words) {
    for (const std::string& word : words) job.volumes.push_back(parse_source(word));
  };
  spec.finish = [this, name, &shared] {
    need(job.repository, "--to", "the repository's folder");
    check_databases(job.databases);
    check_report(report, job.dry_run);
    job.confirm.pass = shared.pass;
    check_confirmation(job);
    take_name(*name, job.volumes);
    check_names(job.volumes);
    job.permissions = shared.common.permissions;
    job.pass = shared.pass;
  };
  return spec;
}

CommandSpec CopyCommand::spec(const SharedOptions& shared) {
  CommandSpec spec{.argument = "VOLUME TARGET",
                   .arguments_min = 2,
                   .arguments_max = 2,
                   .help = kCopy,
                   .examples = kCopyExamples};
  spec.flags = {on_off("--overwrite", job.overwrite),
                on_off("--in-place", job.in_place),
                on_off("-y,--yes", yes),
                on_off("--all-blocks", job.all_blocks),
                on_off("--no-read-back", job.read_back, false),
                on_off("--allow-source-in-use", job.allow_source_in_use),
                list_flag("--allow-folder", job.allowed_folders),
                on_off("-n,--dry-run", job.dry_run),
                text_flag("--report", report),
                list_flag("--database", job.databases.globs),
                on_off("--no-database-check", job.databases.check, false)};
  spec.take = [this](const Words& words) {
    job.source = words[0];
    job.target = words[1];
  };
  spec.finish = [this, &shared] {
    check_databases(job.databases);
    check_report(report, job.dry_run);
    job.permissions = shared.common.permissions;
    job.pass = shared.pass;
  };
  return spec;
}

}  // namespace tintype
