#include "tools/cli/options/restore_commands.h"

#include <iterator>

#include "tools/cli/option_values.h"

namespace tintype {
namespace {

constexpr std::string_view kRestore = R"(tintype restore - write a volume back to a file or a device

Usage: tintype restore REPO::SET[/VOLUME] | IMAGE --to TARGET [FLAGS]
       tintype restore REPO::SET[/VOLUME] --original --overwrite [FLAGS]

Every chunk is checked against its digest before it is written, and what was
written is read back and compared. A file is written aside, made sparse, and
gets its name only when it is complete; one that is overwritten is kept until
then. Space that was not captured becomes zeros. /VOLUME is needed if the set
has several.

A disk with partitions fits an equal or larger disk. On a larger one the backup
of a GPT is moved to the new end; the partitions stay as they are. With #2
behind the set, the volume or the image only partition 2 is written.

Where most of it is right already, only the difference need be written, into the
target as it lies. It is read first, so nothing of the image is read for what
is equal. Until it ends a device, or a file that is written in place, is neither
old nor new. After a break the same command and --resume goes on; what was
written before is read, not trusted.

The backup of a folder restores as files with all that was kept of them, owners
only as root, into a folder that is new or empty. They are written into
TARGET.partial, which gets its name when all are complete.

      --to TARGET        a new file, or a block device; of a folder a new folder
      --original         each volume to the file or device it came from, which
                         must be there, of the same size and not in use
      --size SIZE        of a file, if it is to be larger than the volume was
      --overwrite        allow an existing file; a device always needs it
      --in-place         write into an existing file, not aside, where there is
                         no room for both: it is lost if this breaks
      --only-different   read what is there, write only what differs; a file is
                         written in place
      --resume           go on with what a broken restore left: TARGET.partial,
                         or the device or the file that was written in place
  -y, --yes              do not ask before overwriting
      --no-read-back     do not read the target back
  -n, --dry-run          tell what would be done, write nothing; with
                         --only-different how much differs

)";

constexpr std::string_view kRestoreExamples = R"(Examples:
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
kept as NAME.damaged, with zeros there; each part is told with its offset.

Further names of a file, symbolic links and empty folders are made too; links
are never followed. Devices, pipes and sockets are counted. Times are kept, and
of a mode what its owner may do; with --open-permissions all of it. Where there
are no modes (NTFS) files are 0600. Owners and named streams are not kept. Files
that NTFS compresses or encrypts are told and left out.

Exit code 4: the image is damaged. 3: a file is left out or has a hole, or the
component cannot be recovered. The rest is extracted all the same.

)";

constexpr std::string_view kExtractExamples = R"(Examples:
  tintype extract /backup/repo::latest / --to /srv/x --dry-run
  tintype extract /backup/repo::latest /Mailbox '*.txt' --to /srv/x
  tintype extract /backup/repo::latest --component DB1.edb --to /srv/db1
  tintype check /srv/db1

)";

}  // namespace

CommandSpec RestoreCommand::spec(const SharedOptions& shared) {
  CommandSpec spec{.argument = "REPO::SET|IMAGE", .help = kRestore, .examples = kRestoreExamples};
  spec.flags = {text_flag("--to", job.target),
                on_off("--original", original),
                value_flag("--size", job.file_bytes, parse_byte_count),
                on_off("--overwrite", job.overwrite),
                on_off("--in-place", job.in_place),
                on_off("--only-different", job.only_different),
                on_off("--resume", job.resume),
                on_off("-y,--yes", yes),
                on_off("--no-read-back", job.read_back, false),
                on_off("-n,--dry-run", job.dry_run)};
  spec.take = one_word(what);
  spec.finish = [this, &shared] {
    if (!original) need(job.target, "--to", "a new file, or a device");
    if (original && (!job.target.empty() || job.file_bytes != 0))
      throw UsageError{"--original is instead of --to and --size"};
    job.keep_unfinished = true;
    job.permissions = shared.common.permissions;
    job.pass = shared.pass;
  };
  return spec;
}

CommandSpec ExtractCommand::spec(const SharedOptions& shared) {
  CommandSpec spec{.argument = "REPO::SET|IMAGE PATH...",
                   .arguments_max = 100'000,
                   .help = kExtract,
                   .examples = kExtractExamples};
  spec.flags = {text_flag("--to", job.folder),
                text_flag("--component", job.component),
                on_off("--overwrite", job.overwrite),
                on_off("-y,--yes", yes),
                on_off("--no-read-back", job.read_back, false),
                on_off("-n,--dry-run", job.dry_run)};
  spec.take = [this](Words words) {
    what = words[0];
    job.paths.assign(std::make_move_iterator(words.begin() + 1),
                     std::make_move_iterator(words.end()));
  };
  spec.finish = [this, &shared] {
    if (job.paths.empty() && job.component.empty())
      throw UsageError{"PATH is missing: which files? / is all of them"};
    if (!job.paths.empty() && !job.component.empty())
      throw UsageError{"--component is for one database, without PATHs"};
    need(job.folder, "--to", "the folder the files go to");
    job.permissions = shared.common.permissions;
    job.pass = shared.pass;
  };
  return spec;
}

}  // namespace tintype
