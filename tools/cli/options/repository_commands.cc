#include "tools/cli/options/repository_commands.h"

#include "tools/cli/option_values.h"

namespace tintype {
namespace {

constexpr std::string_view kInit = R"(tintype init - make a repository

Usage: tintype init REPO [FLAGS]

REPO is a new folder, of which only the last one is made, or an empty one, such
as the top of a new disk. Nothing else makes a repository: a backup to a disk
that is not mounted fails instead of filling the disk below. Tells which
filesystem REPO lies on, so that the wrong disk is seen.

What is in a backup is worth as much as the volume: folders get mode 0700 and
files 0600, here and in every backup, unless --open-permissions is given. A
folder that was there keeps its mode. If REPO is a repository already it stays
as it is, and the exit code is 1.

      --adopt            for backup sets that have lost the tintype.json that
                         makes their folder a repository, or whose tintype.json
                         is damaged: write a new one. The sets stay as they
                         are, and the damaged file is kept beside it

)";

constexpr std::string_view kInitExamples = R"(Examples:
  tintype init /backup/repo
  tintype init /mnt/usb/repo
  tintype init /backup/repo --adopt

)";

constexpr std::string_view kVersions = R"(tintype versions - list the backup sets of a repository

Usage: tintype versions REPO [FLAGS]

One line a set, oldest first: when it was finished, size, what was found when it
was made, and when its images were last read again and found to be what they
were ("never", if nobody did: nothing is checked here). A set whose backup did
not come to its end is marked "unfinished", or "running" while its process
lives; the next backup of the same source on the same host removes it. A set is
marked DAMAGED, and the exit code is 4, if its manifest is damaged, an image is
missing or has another length, or the last verification found it damaged. "no
checksum": an older program made it, and damage in its manifest may go unseen. A
set whose clock cannot have been right is warned of.

      --remove-unfinished
                         remove unfinished sets, of whatever host, but never a
                         running one
  -y, --yes              do not ask before removing

)";

constexpr std::string_view kVersionsExamples = R"(Examples:
  tintype versions /backup/repo
  tintype versions /backup/repo --host mail1 --type full
  tintype versions /backup/repo --remove-unfinished --yes

)";

constexpr std::string_view kShow =
    R"(tintype show - what a repository, a backup set, an image or a volume holds

Usage: tintype show REPO | REPO::SET | IMAGE | VOLUME [FLAGS]

SET is a set's name, any beginning of it that fits only one set, or "latest".
Tells everything that was recorded: sources, sizes, digests, how it was read
back, each database with its verdict, each finding, and what was not checked.
The recorded facts are shown, not checked again: that is `tintype verify`, and
it is told when that was done last. But an image of a set must be the one that
its manifest tells of; if it is not, or is missing, the exit code is 4.

Of a VOLUME (a device, a raw image file or a disk image): its filesystem, its
Windows shadow copies, and the ESE databases on it with their state and the logs
they need. Only metadata and headers are read; no page is checked. Exit code 3:
some of it is damaged. VOLUME@shadow:N is the Nth shadow copy, counted from 1,
the oldest.

      --allow-folder DIR what a disk image is based on may lie in DIR, too

)";

constexpr std::string_view kShowExamples = R"(Examples:
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
      --report FILE      write a page about it, to look at in a browser:
                         verdicts, speed over time, a map of the volume

What comes out for an image of a set is recorded in REPO/verdicts with the time,
and `tintype versions` and `show` tell it. Exit code 4: something is not what
was written. 3: the image is true to its volume, but --pages found bad pages.

)";

constexpr std::string_view kVerifyExamples = R"(Examples:
  tintype verify /backup/repo
  tintype verify /backup/repo::latest --pages
  tintype verify db.tint --no-decode

)";

constexpr std::string_view kTruncate =
    R"(tintype truncate - delete the logs that a finished backup covers

Usage: tintype truncate REPO::SET --logs DIR [FLAGS]

Later, or after a crash in the middle of it: what a full backup that was told to
truncate does at its end. Only a full backup of which everything was checked,
stored and read back permits it; `tintype show` tells each precondition. First
every image of the set is read again, all stored bytes of it, from the medium:
one that is not what was written keeps all logs, and the exit code is 4. The
live log directory is asked once more, and if it does not agree nothing is
deleted.
Deletes ascending, without a hole, and stops at the first log that will not go.

      --logs DIR         the live log directory; once a log stream
      --trust-verified TIME
                         believe a verification that is recorded in the
                         repository and at most that old (30m, 24h, 7d) instead
                         of reading again; default 0, believe none
  -y, --yes              do not ask before deleting
  -n, --dry-run          list what would go, delete nothing

)";

constexpr std::string_view kTruncateExamples = R"(Examples:
  tintype truncate /backup/repo::latest --logs /srv/logs --dry-run
  tintype truncate /backup/repo::20261122 --logs /srv/logs --yes

)";

constexpr std::string_view kRemove = R"(tintype remove - delete a backup set

Usage: tintype remove REPO::SET [FLAGS]

Deletes one set, finished or not, with all its images, for ever, and tells how
much space that frees. SET is its whole name: no beginning, not "latest". It
asks first. If it is ended in the middle the set is an unfinished one, and the
next backup of this host clears it away; the other sets are not touched.

A set that a backup writes at the moment stays. Who reads it at the moment
(mount, serve, restore) goes on with the files he has open; their space is free
when he ends.

      --even-the-last    although it is the last sound backup of a volume, or
                         the only one
  -y, --yes              do not ask before deleting
  -n, --dry-run          tell what would go, delete nothing

)";

constexpr std::string_view kRemoveExamples = R"(Examples:
  tintype remove /backup/repo::20261122T181500Z-mail1-full --dry-run
  tintype remove /backup/repo::20261122T181500Z-mail1-full --yes

)";

}  // namespace

CommandSpec InitCommand::spec(const SharedOptions&) {
  CommandSpec spec{.argument = "REPO", .help = kInit, .examples = kInitExamples};
  spec.flags = {on_off("--adopt", adopt)};
  spec.take = one_word(repository);
  return spec;
}

CommandSpec VersionsCommand::spec(const SharedOptions& shared) {
  CommandSpec spec{.argument = "REPO", .help = kVersions, .examples = kVersionsExamples};
  spec.flags = {on_off("--remove-unfinished", remove_unfinished), on_off("-y,--yes", yes)};
  spec.take = one_word(repository);
  spec.finish = [this, &shared] {
    // All of them go, or none: what is unfinished has no manifest that a filter could ask.
    if (remove_unfinished && !shared.common.sets.text().empty())
      throw UsageError{"--remove-unfinished takes no --host, --source or --type"};
  };
  return spec;
}

CommandSpec ShowCommand::spec(const SharedOptions&) {
  CommandSpec spec{
      .argument = "REPO[::SET]|IMAGE|VOLUME", .help = kShow, .examples = kShowExamples};
  spec.flags = {list_flag("--allow-folder", allowed_folders)};
  spec.take = one_word(what);
  return spec;
}

CommandSpec VerifyCommand::spec(const SharedOptions& shared) {
  CommandSpec spec{.argument = "REPO[::SET]|IMAGE", .help = kVerify, .examples = kVerifyExamples};
  spec.flags = {on_off("--no-decode", job.decode, false), on_off("--pages", job.pages),
                text_flag("--report", report), list_flag("--database", job.databases.globs)};
  spec.take = one_word(what);
  spec.finish = [this, &shared] {
    if (!job.databases.globs.empty()) job.pages = true;
    if (job.pages && !job.decode) throw UsageError{"--pages needs what --no-decode leaves out"};
    job.pass = shared.pass;
  };
  return spec;
}

CommandSpec TruncateCommand::spec(const SharedOptions& shared) {
  CommandSpec spec{.argument = "REPO::SET", .help = kTruncate, .examples = kTruncateExamples};
  spec.flags = {list_flag("--logs", job.truncate_directories),
                value_flag("--trust-verified", job.trust_verified, parse_duration),
                on_off("-y,--yes", yes), on_off("-n,--dry-run", job.dry_run)};
  spec.take = one_word(what);
  spec.finish = [this, &shared] {
    if (job.truncate_directories.empty())
      throw UsageError{"--logs is missing: the live log directory"};
    job.pass = shared.pass;
  };
  return spec;
}

CommandSpec RemoveCommand::spec(const SharedOptions&) {
  CommandSpec spec{.argument = "REPO::SET", .help = kRemove, .examples = kRemoveExamples};
  spec.flags = {on_off("--even-the-last", even_the_last), on_off("-y,--yes", yes),
                on_off("-n,--dry-run", dry_run)};
  spec.take = one_word(what);
  return spec;
}

}  // namespace tintype
