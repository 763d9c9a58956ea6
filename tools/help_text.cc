#include "tools/help_text.h"

#include <fmt/format.h>

#include "tools/exit_code.h"
#include "tools/help_bench.h"
#include "tools/help_served.h"

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
  backup VOLUME... --to REPO     back up volumes into a repository, verified
  versions REPO                  list the backup sets of a repository
  show REPO[::SET]|IMAGE|VOLUME  what a set or an image holds, and its verdicts;
                                 what lies on a volume, its shadow copies
  verify REPO[::SET]|IMAGE       is it still what was written?
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
  tintype backup /dev/vg0/mail-snap --to /backup/repo
  tintype versions /backup/repo
  tintype verify /backup/repo::latest
  tintype restore /backup/repo::latest --to /dev/vg0/mail-new --overwrite
  tintype check /srv/restored

As a gate: the logs may go only if the backup is good.
  tintype backup /dev/vg0/snap --to /backup/repo --full \
    --all-databases --truncate /srv/logs

)";

constexpr std::string_view kBackup =
    R"(tintype backup - back up volumes into a repository, verified on the way

Usage: tintype backup VOLUME... --to REPO [FLAGS]

Reads each VOLUME once, checks the ESE databases on it page by page, and writes
one image a volume into a new backup set. The set gets its name when everything
was written, read back and synced; until then it is called .partial. Older sets
are never touched.

A VOLUME is a block device, a raw image file, a disk image (qcow2, VHD, VHDX or
VMDK, told by its content; what it is based on must lie in its folder or below),
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
      --to REPO          the repository's folder; made on first use
      --name NAME        name of the volume in the set, if there is only one
      --full             full backup: its success may let logs be truncated
      --copy             copy backup: never truncates anything (default)
      --database GLOB    check these files too, besides *.edb, *.mdb and
                         ntds.dit; may be given several times. If nothing
                         fits, or it cannot be checked, the exit code is 3
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
      --report FILE      write a page about it to a new file, to look at in a
                         browser: verdicts, speed over time, a map of the volume
                         It needs nothing else. Whether it could be written or
                         not does not change the exit code; a failure is told
  -n, --dry-run          tell what would be done, write nothing

)";

constexpr std::string_view kBackupEnd = R"(Examples:
  tintype backup /dev/vg0/mail-snap --to /backup/repo
  tintype backup db=/dev/vg0/db logs=/dev/vg0/logs --to /backup/repo --full
  tintype backup disk.img --to repo --database '/Data/*.db' --compress none
  tintype backup server.vhdx nbd://storage/mail --to /backup/repo
  tintype backup home=/srv/.snapshots/42/home --to /backup/repo
  tintype backup /dev/vg0/mail-snap --to /backup/repo --json > run.ndjson
  tintype backup /dev/vg0/mail-snap --to /backup/repo --report monday.html

)";

constexpr std::string_view kVersions = R"(tintype versions - list the backup sets of a repository

Usage: tintype versions REPO [FLAGS]

One line a set, oldest first: type, when it was finished, size and verdict. A
set whose backup did not come to its end is marked "unfinished", or "running"
while its process lives. A set whose manifest is damaged is marked DAMAGED, and
the exit code is 4.

      --remove-unfinished
                         remove unfinished sets, but never a running one
  -y, --yes              do not ask before removing

)";

constexpr std::string_view kVersionsEnd = R"(Examples:
  tintype versions /backup/repo
  tintype versions /backup/repo --remove-unfinished --yes

)";

constexpr std::string_view kShow =
    R"(tintype show - what a repository, a backup set, an image or a volume holds

Usage: tintype show REPO | REPO::SET | IMAGE | VOLUME [FLAGS]

SET is a set's name, any beginning of it that fits only one set, or "latest".
Tells everything that was recorded: sources, sizes, digests, how it was read
back, each database with its verdict, each finding, and what was not checked.
The recorded facts are shown, not checked again: that is `tintype verify`.

Of a VOLUME (a device or a raw image file): its filesystem, its Windows shadow
copies, and the ESE databases on it with their state and the logs they need.
Only metadata and headers are read; no page is checked. Exit code 3: some of it
is damaged. VOLUME@shadow:N is the Nth shadow copy, counted from 1, the oldest.

)";

constexpr std::string_view kShowEnd = R"(Examples:
  tintype show /backup/repo
  tintype show /backup/repo::latest
  tintype show /backup/repo::20261122 --json | jq .
  tintype show /backup/repo/sets/20261122T181500Z-mail1-full/db.tint
  tintype show /dev/sdb2

)";

constexpr std::string_view kVerify = R"(tintype verify - is it still what was written?

Usage: tintype verify REPO | REPO::SET[/VOLUME] | IMAGE [FLAGS]

Reads images again and compares every chunk with its digest. REPO alone means
every finished set in it. The level that was reached is printed:

  structure       the index is whole and fits the file
  stored bytes    every stored chunk has its digest
  plain bytes     every chunk unpacks to what was read from the volume (default)
  database pages  the pages of the databases in it were checked again

      --no-decode        stop at the stored bytes: faster, unpacks nothing
      --pages            check the database pages again, too
      --database GLOB    these files too (as for backup); implies --pages
      --report FILE      write a page about it to a new file, to look at in a
                         browser: verdicts, speed over time, a map of the volume

Exit code 4: something is not what was written. 3: the image is true to its
volume, but --pages found bad pages in it.

)";

constexpr std::string_view kVerifyEnd = R"(Examples:
  tintype verify /backup/repo
  tintype verify /backup/repo::latest --pages
  tintype verify db.tint --no-decode

)";

constexpr std::string_view kRestore = R"(tintype restore - write a volume back to a file or a device

Usage: tintype restore REPO::SET[/VOLUME] | IMAGE --to TARGET [FLAGS]
       tintype restore REPO::SET[/VOLUME] --original --overwrite [FLAGS]

Every chunk is checked against its digest before it is written, and what was
written is read back and compared. A file is written aside, made sparse, and
gets its name only when it is complete. Space that was not captured becomes
zeros. /VOLUME is needed if the set has several.

A disk with partitions fits an equal or larger disk. On a larger one the backup
of a GPT is moved to the new end; the partitions stay as they are. With #2
behind the set, the volume or the image only partition 2 is written.

Where most of it is right already, only the difference need be written. The
target is read first, so nothing of the image is read for what is equal. Until
it ends the target is neither old nor new. After a break the same command and
--resume goes on; what was written before is read, not trusted.

The backup of a folder restores as files with all that was kept of them, owners
only as root, into a folder that is new or empty. They are written into
TARGET.partial, which gets its name when all are complete.

      --to TARGET        a new file, or a block device; of a folder a new folder
      --original         each volume to the file or device it came from, which
                         must be there, of the same size and not in use
      --size SIZE        of a file, if it is to be larger than the volume was
      --overwrite        allow an existing file; a device always needs it
      --only-different   read what is there, write only what differs
      --resume           go on with what a broken restore left: TARGET.partial,
                         or the device or file itself
  -y, --yes              do not ask before overwriting
      --no-read-back     do not read the target back
  -n, --dry-run          tell what would be done, write nothing; with
                         --only-different how much differs

)";

constexpr std::string_view kRestoreEnd = R"(Examples:
  tintype restore /backup/repo::latest --to mail.img
  tintype restore /backup/repo::20261122/db --to /dev/vg0/new --overwrite
  tintype restore /backup/repo::latest --original --overwrite --only-different
  tintype restore /backup/repo::latest/sda#2 --to part2.img
  tintype restore db.tint --to db.img --dry-run
  tintype restore /backup/repo::latest/home --to /srv/home-of-yesterday

)";

constexpr std::string_view kExtract =
    R"(tintype extract - files, or one database with its logs, out of a backup

Usage: tintype extract REPO::SET[/VOLUME] | IMAGE PATH... --to DIR [FLAGS]
       tintype extract REPO::SET[/VOLUME] | IMAGE --component NAME --to DIR

Takes files straight from the image (NTFS, ext2/3/4); nothing is restored or
mounted. Only the parts of the image that hold them are read, and every part is
checked against its digest before a byte of it is written. Paths on a disk with
partitions are "#2:/Mailbox/DB1.edb"; with #2 behind the volume, "/Mailbox/...".

  PATH                   a file, a folder with all that is below it, or a glob:
                         "*.edb" fits in any folder, "/Mailbox/*.edb" in one,
                         "**" crosses folders, "/" is all. Case does not matter
      --to DIR           DIR/Mailbox/DB1.edb and so on; if the set has several
                         volumes and none was named, DIR/VOLUME/Mailbox/...
      --component NAME   one ESE database, by its name or path: to DIR, with the
                         logs and the checkpoint that its recovery needs, from
                         whatever volume of the set, to DIR/Logs. Its pages and
                         logs are checked on the way, and what comes next
                         (eseutil /r) is told
      --overwrite        replace files that exist
  -y, --yes              do not ask before replacing
      --no-read-back     do not read the files back
  -n, --dry-run          list what would be extracted, write nothing

A file under its own name is whole, synced, and was read back equal. One with a
part that is lost (a damaged image, a sector that the backup could not read) is
kept as NAME.damaged, with zeros there; each part is told with its offset. Times
are kept; owners, rights, named streams and links are not. Files that NTFS
compresses or encrypts are told and left out.

Exit code 4: the image is damaged. 3: a file is left out or has a hole, or the
component cannot be recovered. The rest is extracted all the same.

)";

constexpr std::string_view kExtractEnd = R"(Examples:
  tintype extract /backup/repo::latest / --to /srv/x --dry-run
  tintype extract /backup/repo::latest /Mailbox '*.txt' --to /srv/x
  tintype extract /backup/repo::latest --component DB1.edb --to /srv/db1
  tintype check /srv/db1

)";

constexpr std::string_view kCopy =
    R"(tintype copy - straight copy of a volume, hashed, verified and read back

Usage: tintype copy VOLUME TARGET [FLAGS]

Like backup, but TARGET becomes the volume itself, not an image of it: a new raw
file (sparse) or a block device. Needs no repository and keeps no manifest.
VOLUME may be a disk image or an NBD export, as for backup, a partition
(disk.img#2) or a Windows shadow copy (VOLUME@shadow:N). A disk may go to a
larger device.

      --overwrite        allow an existing file; a device always needs it
  -y, --yes              do not ask before overwriting
      --all-blocks       copy free space too; else it is zeros in the target
      --no-read-back     do not read the target back
      --allow-source-in-use
                         read a volume although it is in use
      --database GLOB    check these files too, besides *.edb, *.mdb and
                         ntds.dit; may be given several times
      --no-database-check
                         do not look for databases
      --report FILE      write a page about it to a new file, to look at in a
                         browser: verdicts, speed over time, a map of the volume
  -n, --dry-run          tell what would be done, write nothing

)";

constexpr std::string_view kCopyEnd = R"(Examples:
  tintype copy /dev/vg0/mail-snap mail.img
  tintype copy mail.img /dev/vg0/new --overwrite --yes
  tintype copy server.qcow2 server.img

)";

constexpr std::string_view kCheck =
    R"(tintype check - check ESE files: databases, logs, checkpoints, flush maps

Usage: tintype check FILE|BASE|FOLDER... [FLAGS]

What `eseutil /k`, `/ml` and `/mk` do, in their words. Nothing is changed or
repaired. What a FILE is, is told by its content; its name is only a hint.

  database               every page against its checksum and its page number,
                         both headers. Pages are counted from 1; -1 is the
                         header, 0 its shadow
  log                    the header, and every segment or checksum record
  checkpoint, flush map  both copies; every page
  BASE                   Logs/E00: all logs of that stream in the folder Logs,
                         in order, with what links each to the one before it
  FOLDER                 every ESE file in it and below it, and a verdict on
                         each log stream: can its databases be recovered with
                         the logs that are here, and what to run next

Exit code 3: a file is damaged, a log is missing in a chain, or a stream cannot
be recovered. A page that one flipped bit explains is a warning, as with
eseutil. 1: a file cannot be read, or is no ESE file.

)";

constexpr std::string_view kCheckEnd = R"(Examples:
  tintype check DB1.edb
  tintype check /srv/logs/E00
  tintype check /srv/restored
  tintype check /srv/restored/*.edb --json -q

)";

constexpr std::string_view kInspect = R"(tintype inspect - the headers of ESE files

Usage: tintype inspect FILE... [FLAGS]

What `eseutil /mh`, `/ml` and `/mk` show, under the same names:

  database               format, page size, state, the log generations that a
                         replay needs, signatures, earlier backups
  log                    generation, times, signature, circular logging, the
                         checkpoint when it was made
  checkpoint             both copies: where recovery starts
  flush map              state, the log generation it needs, its signatures

Exit code 3: a header or a copy of it is damaged, or they differ. Whether the
rest of the file is sound is for `tintype check` to say.

)";

constexpr std::string_view kInspectEnd = R"(Examples:
  tintype inspect DB1.edb
  tintype inspect E00.chk E00.log
  tintype inspect DB1.edb --json | jq .

)";

constexpr std::string_view kTruncate =
    R"(tintype truncate - delete the logs that a finished backup covers

Usage: tintype truncate REPO::SET --logs DIR [FLAGS]

Later, or after a crash in the middle of it: what a full backup that was told to
truncate does at its end. Only a full backup of which everything was checked,
stored and read back permits it; `tintype show` tells each precondition. The
live log directory is asked once more, and if it does not agree nothing is
deleted.
Deletes ascending, without a hole, and stops at the first log that will not go.

      --logs DIR         the live log directory; once a log stream
  -y, --yes              do not ask before deleting
  -n, --dry-run          list what would go, delete nothing

)";

constexpr std::string_view kTruncateEnd = R"(Examples:
  tintype truncate /backup/repo::latest --logs /srv/logs --dry-run
  tintype truncate /backup/repo::20261122 --logs /srv/logs --yes

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
      --nice N           0 to 19: others go first, on cores and disks; idle:
                         disks serve this only when nobody else wants them
      --version          print the version
  -h, --help             print this

Every flag has a variable: --io-engine is TINTYPE_IO_ENGINE. A flag without a
value is switched by 1 or 0; several GLOBs are separated by colons. Sizes take
k M G T and KiB MiB GiB TiB (powers of 1024), kB MB GB TB (of 1000).
SIGUSR1 prints a line of progress. Ctrl-C stops cleanly; twice, at once.

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
    {"", kProgram, kProgramEnd},           {"backup", kBackup, kBackupEnd},
    {"versions", kVersions, kVersionsEnd}, {"show", kShow, kShowEnd},
    {"verify", kVerify, kVerifyEnd},       {"restore", kRestore, kRestoreEnd},
    {"extract", kExtract, kExtractEnd},    {"copy", kCopy, kCopyEnd},
    {"check", kCheck, kCheckEnd},          {"inspect", kInspect, kInspectEnd},
    {"truncate", kTruncate, kTruncateEnd}, {"serve", kServe, kServeEnd},
    {"mount", kMount, kMountEnd},          {"unmount", kUnmount, kUnmountEnd},
    {"export", kExport, kExportEnd},       {"limit", kLimit, kLimitEnd},
    {"bench", kBench, kBenchEnd},
};

}  // namespace

std::string help_text(std::string_view command) {
  for (const Page& page : kPages)
    if (page.command == command)
      return fmt::format("{}{}{}{}", page.text, kCommon, page.examples, exit_codes());
  return {};
}

}  // namespace tintype
