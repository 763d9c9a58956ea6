#include "tools/cli/options/served_commands.h"

namespace tintype {

const std::string_view kServe = R"(tintype serve - offer volumes over NBD, read-only

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

const std::string_view kServeEnd = R"(Examples:
  tintype serve /backup/repo::latest
  tintype serve /backup/repo::latest --socket /run/mail.sock
  nbdcopy 'nbd+unix:///?socket=/run/mail.sock' mail.img
  tintype serve db.tint --listen 10809 --cache 1GiB

)";

const std::string_view kMount = R"(tintype mount - show volumes as files, for a loop device

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

const std::string_view kMountEnd = R"(Examples:
  tintype mount /backup/repo::latest /mnt/set
  mount -o loop,ro /mnt/set/mail.img /mnt/mail      # ext4: -o loop,ro,noload
  umount /mnt/mail; tintype unmount /mnt/set

)";

const std::string_view kUnmount = R"(tintype unmount - end a mount of `tintype mount`

Usage: tintype unmount DIR [FLAGS]

The same as `fusermount3 -u DIR`. Refused while something uses the files: a loop
device, a program.

)";

const std::string_view kUnmountEnd = R"(Examples:
  tintype unmount /mnt/set

)";

const std::string_view kExport =
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

const std::string_view kExportEnd = R"(Examples:
  tintype export /backup/repo::latest --to mail.vhdx
  tintype export /backup/repo::20261122/db --to db.qcow2
  tintype export db.tint --to disk --format vmdk

)";

}  // namespace tintype
