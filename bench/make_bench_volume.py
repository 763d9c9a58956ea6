#!/usr/bin/env python3
"""Makes a volume to measure with: half database pages, a quarter incompressible, a quarter empty.

  bench/make_bench_volume.py FILE --make-ese PROGRAM [--size 4GiB] [--data SIZE]
                             [--filesystem auto|ntfs|ext4] [--holes]

  Mailbox/DB1.edb     1/2   ESE database, 32 KiB pages that LZ4 about halves
  Attachments/*.bin   1/4   random bytes
  Empty/zeros.bin     1/8   zeros in a file (ext4 leaves a hole in their place)
  free space          1/8   zeros; the filesystem's own structures take their room here

The same --seed gives the same files. Every byte of FILE is written, as on a device: holes would
spare programs the reading that a real volume costs (--holes leaves them in). Facts about the volume
go to FILE.json. NTFS needs mkntfs, ntfs-3g and a FUSE mount (root); ext4 needs mke2fs only.
"""

import argparse
import errno
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

MIB = 1 << 20
ATTACHMENT_BYTES = 64 * MIB


def parse_size(text):
    match = re.fullmatch(r"(\d+)([KMGT]iB)?", text)
    if not match:
        raise argparse.ArgumentTypeError(f"'{text}' is no size (64MiB, 4GiB)")
    shift = {None: 0, "KiB": 10, "MiB": 20, "GiB": 30, "TiB": 40}[match.group(2)]
    return int(match.group(1)) << shift


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--size", type=parse_size, default=4096 * MIB)
    parser.add_argument("--make-ese", required=True, help="the generator, tests/support/make_ese")
    parser.add_argument("--filesystem", choices=("auto", "ntfs", "ext4"), default="auto")
    parser.add_argument("--data", type=parse_size, help="the shares above are of this, not of the "
                        "volume's size: a large volume with little in it")
    parser.add_argument("--cluster", type=int, default=4096, help="bytes of an NTFS cluster")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--holes", action="store_true",
                        help="leave holes where nothing was written")
    arguments = parser.parse_args()
    if arguments.size < 32 * MIB:
        parser.error("--size must be at least 32MiB")
    arguments.data = arguments.data or arguments.size
    return arguments


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    if done.returncode != 0:
        sys.exit(f"make_bench_volume: {' '.join(command)}\n{done.stdout.strip()}\n"
                 f"make_bench_volume: {command[0]} ended with {done.returncode}")
    return done.stdout


def write_random(path, size, seed):
    source = random.Random(seed)
    with open(path, "wb") as file:
        for offset in range(0, size, MIB):
            file.write(source.randbytes(min(MIB, size - offset)))


def write_files(folder, arguments):
    """What the volume holds, under `folder`."""
    size = arguments.data
    for name in ("Mailbox", "Attachments", "Empty"):
        os.mkdir(os.path.join(folder, name))
    database = os.path.join(folder, "Mailbox", "DB1.edb")
    run(arguments.make_ese, database, "--size", f"{size // 2 // MIB}MiB", "--page", "32KiB",
        "--seed", str(arguments.seed))
    left = size // 4
    number = 0
    while left:
        piece = min(left, ATTACHMENT_BYTES)
        write_random(os.path.join(folder, "Attachments", f"{number:04}.bin"), piece,
                     f"{arguments.seed}/{number}")
        left -= piece
        number += 1
    with open(os.path.join(folder, "Empty", "zeros.bin"), "wb") as file:
        for _ in range(size // 8 // MIB):
            file.write(bytes(MIB))


def ntfs_mountable():
    return os.geteuid() == 0 and os.path.exists("/dev/fuse") and \
        all(shutil.which(program) for program in ("mkntfs", "ntfs-3g", "fusermount3", "umount"))


def make_ntfs(path, arguments):
    """Files go straight into the mounted volume. Returns how many bytes are allocated."""
    with open(path, "wb") as file:
        file.truncate(arguments.size)
    run("mkntfs", "-q", "-F", "-f", "-L", "bench", "-s", "512", "-c",
        str(arguments.cluster), path)
    folder = tempfile.mkdtemp(dir=os.path.dirname(path))
    try:
        run("ntfs-3g", "-o", "big_writes", path, folder)
        try:
            write_files(folder, arguments)
            os.sync()
            facts = os.statvfs(folder)
        finally:
            run("umount", folder)
    finally:
        os.rmdir(folder)
    return (facts.f_blocks - facts.f_bfree) * facts.f_frsize


def make_ext4(path, arguments):
    """Files are gathered in a folder first; mke2fs needs neither root nor a mount."""
    folder = tempfile.mkdtemp(dir=os.path.dirname(path))
    try:
        write_files(folder, arguments)
        run("mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-m", "0", "-N", "4096",
            "-E", "lazy_itable_init=0,lazy_journal_init=0", "-L", "bench", "-d", folder, path,
            f"{arguments.size // 1024}k")
    finally:
        shutil.rmtree(folder)
    head = run("dumpe2fs", "-h", path)
    blocks, free = (int(re.search(rf"^{key} *(\d+)", head, re.M).group(1))
                    for key in ("Block count:", "Free blocks:"))
    return (blocks - free) * 4096


def fill_holes(path, size):
    """Writes zeros where the file has holes."""
    with open(path, "r+b", buffering=0) as file:
        offset = 0
        while offset < size:
            hole = os.lseek(file.fileno(), offset, os.SEEK_HOLE)
            if hole >= size:
                break
            try:
                offset = os.lseek(file.fileno(), hole, os.SEEK_DATA)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
                offset = size
            for place in range(hole, offset, MIB):
                os.pwrite(file.fileno(), bytes(min(MIB, offset - place)), place)
        os.fsync(file.fileno())


def main():
    arguments = parse_arguments()
    path = os.path.abspath(arguments.file)
    filesystem = arguments.filesystem
    if filesystem == "auto":
        filesystem = "ntfs" if ntfs_mountable() else "ext4"
    print(f"making {path}: {arguments.size // MIB} MiB, {filesystem}", file=sys.stderr)
    aside = path + ".partial"
    make = {"ntfs": make_ntfs, "ext4": make_ext4}[filesystem]
    allocated = make(aside, arguments)
    if not arguments.holes:
        fill_holes(aside, arguments.size)
    os.rename(aside, path)
    with open(path + ".json", "w", encoding="utf-8") as file:
        json.dump({"bytes": arguments.size, "allocated_bytes": allocated, "filesystem": filesystem,
                   "seed": arguments.seed, "holes": arguments.holes}, file)
        file.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
