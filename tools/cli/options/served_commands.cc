#include "tools/cli/options/served_commands.h"

#include <fmt/format.h>

#include <memory>

#include "tools/cli/option_values.h"

namespace tintype {
namespace {

constexpr std::string_view kServe = R"(tintype serve - offer volumes over NBD, read-only

Usage: tintype serve REPO::SET[/VOLUME] | IMAGE [FLAGS]

Prints the URI of each volume and serves it, with nbdkit, until Ctrl-C or
SIGTERM (exit code 0). Of a set with several volumes each is an export under its
name; with #2 behind the volume only partition 2 of a disk. Every chunk is
checked against its digest before a byte of it is given out: who reads a damaged
one gets an I/O error there, and the rest is served.

By default it listens on a Unix socket in a new folder that only you may enter.
NBD has no passwords: whoever may connect may read the whole backup.

      --socket PATH      listen on this Unix socket; only you may connect
      --listen ADDRESS   listen on TCP: PORT (of this machine alone), HOST:PORT
                         or [IPV6]:PORT; the usual port is 10809
      --cache SIZE       memory for unpacked chunks (default 64MiB)
      --unreadable MODE  what the backup could not read from the volume is an
                         I/O error (error, default), or zeros

)";

constexpr std::string_view kServeExamples = R"(Examples:
  tintype serve /backup/repo::latest
  tintype serve /backup/repo::latest --socket /run/mail.sock
  nbdcopy 'nbd+unix:///?socket=/run/mail.sock' mail.img
  tintype serve db.tint --listen 10809 --cache 1GiB

)";

constexpr std::string_view kMount = R"(tintype mount - show volumes as files, for a loop device

Usage: tintype mount REPO::SET[/VOLUME] | IMAGE DIR [FLAGS]

DIR shows each volume as a read-only file NAME.img, through FUSE, until `tintype
unmount DIR`. Nothing is unpacked beforehand. All images are opened first, and
the command returns when the files can be read. Only you can see them. With #2
behind the volume only partition 2 of a disk is shown.

Every chunk is checked against its digest before a byte of it is given out. A
damaged one is an I/O error for who reads it, and a line in the system's log;
the rest can be read.

      --foreground       stay, tell trouble on standard error, and unmount at
                         Ctrl-C or SIGTERM (exit code 0)
      --cache SIZE       memory for unpacked chunks (default 64MiB)
      --unreadable MODE  what the backup could not read from the volume is an
                         I/O error (error, default), or zeros

)";

constexpr std::string_view kMountExamples = R"(Examples:
  tintype mount /backup/repo::latest /mnt/set
  mount -o loop,ro /mnt/set/mail.img /mnt/mail      # ext4: -o loop,ro,noload
  umount /mnt/mail; tintype unmount /mnt/set

)";

constexpr std::string_view kUnmount = R"(tintype unmount - end a mount of `tintype mount`

Usage: tintype unmount DIR [FLAGS]

The same as `fusermount3 -u DIR`. Refused while something uses the files: a loop
device, a program.

)";

constexpr std::string_view kUnmountExamples = R"(Examples:
  tintype unmount /mnt/set

)";

constexpr std::string_view kExport =
    R"(tintype export - write a volume as a virtual machine's disk file

Usage: tintype export REPO::SET[/VOLUME] | IMAGE --to FILE [FLAGS]

qemu-img writes the file from the image, whose chunks are checked against their
digests on the way; holes stay holes. The file is then checked (by `qemu-img
check`, where that knows the format) and compared with the image, and only then
gets its name. A volume is not a whole disk: it has no partition table and no
boot loader. With #2 behind it only partition 2 of a disk is written. Format raw
is what `tintype restore` does.

      --to FILE          a new file
      --format FORMAT    qcow2, vhdx, vhd, vmdk, raw; default: by FILE's name
                         (.img is raw)
      --overwrite        allow an existing file; it is replaced when the new one
                         is complete (raw: at once)
  -y, --yes              do not ask before overwriting
      --cache SIZE       memory for unpacked chunks (default 64MiB)

)";

constexpr std::string_view kExportExamples = R"(Examples:
  tintype export /backup/repo::latest --to mail.vhdx
  tintype export /backup/repo::20261122/db --to db.qcow2
  tintype export db.tint --to disk --format vmdk

)";

void add_volume_flags(std::vector<Flag>& flags, ImageVolume::Options& volume) {
  flags.push_back(value_flag("--cache", volume.cache_bytes, parse_cache_size));
  flags.push_back(value_flag("--unreadable", volume.unreadable, parse_unreadable));
}

// By --format, or by the ending of the target's name.
DiskFormat format_of(const std::string& word, const std::string& target) {
  const auto known = [](std::string_view name) { return parse_disk_format(name); };
  if (!word.empty()) {
    if (const auto format = known(word)) return *format;
    throw UsageError{fmt::format("--format: \"{}\" is not qcow2, vhdx, vhd, vmdk or raw", word)};
  }
  const auto dot = target.rfind('.');
  if (dot != std::string::npos)
    if (const auto format = known(std::string_view(target).substr(dot + 1))) return *format;
  throw UsageError{
      fmt::format("the name {} tells no format: add --format, or end it in .qcow2, .vhdx, .vhd, "
                  ".vmdk, .raw or .img",
                  target)};
}

}  // namespace

CommandSpec ServeCommand::spec(const SharedOptions&) {
  CommandSpec spec{.argument = "REPO::SET|IMAGE", .help = kServe, .examples = kServeExamples};
  spec.flags = {text_flag("--socket", socket),
                {Flag::Kind::value, "--listen", [this](const std::string& word) {
                   const ListenAddress address = parse_listen_address("--listen", word);
                   host = address.host;
                   port = address.port;
                 }}};
  add_volume_flags(spec.flags, volume);
  spec.take = one_word(what);
  spec.finish = [this] {
    if (!socket.empty() && !host.empty())
      throw UsageError{"--socket and --listen contradict each other"};
  };
  return spec;
}

CommandSpec MountCommand::spec(const SharedOptions&) {
  CommandSpec spec{.argument = "REPO::SET|IMAGE DIR",
                   .arguments_min = 2,
                   .arguments_max = 2,
                   .help = kMount,
                   .examples = kMountExamples};
  spec.flags = {on_off("--foreground", foreground)};
  add_volume_flags(spec.flags, volume);
  spec.take = [this](const Words& words) {
    what = words[0];
    folder = words[1];
  };
  return spec;
}

CommandSpec UnmountCommand::spec(const SharedOptions&) {
  CommandSpec spec{.argument = "DIR", .help = kUnmount, .examples = kUnmountExamples};
  spec.take = one_word(folder);
  return spec;
}

CommandSpec ExportCommand::spec(const SharedOptions& shared) {
  auto format = std::make_shared<std::string>();
  CommandSpec spec{.argument = "REPO::SET|IMAGE", .help = kExport, .examples = kExportExamples};
  spec.flags = {text_flag("--to", job.target), text_flag("--format", *format),
                on_off("--overwrite", job.overwrite), on_off("-y,--yes", yes),
                value_flag("--cache", job.cache_bytes, parse_cache_size)};
  spec.take = one_word(what);
  spec.finish = [this, format, &shared] {
    need(job.target, "--to", "a new file");
    job.format = format_of(*format, job.target);
    job.permissions = shared.common.permissions;
    pass = shared.pass;
  };
  return spec;
}

}  // namespace tintype
