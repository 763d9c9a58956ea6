"""A limit of the write rate that the kernel keeps: blkio (cgroup v1) or io.max (cgroup v2).

Both limit what a group of processes writes to one disk, whoever in it writes and in whatever way.
A limit of Tintype's own would prove nothing about Tintype.
"""

import os


def disk_of(path):
    """MAJOR:MINOR of the whole disk below `path`: partitions have no limits of their own."""
    device = os.stat(path).st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    folder = os.path.realpath(f"/sys/dev/block/{number}")
    if os.path.exists(os.path.join(folder, "partition")):
        with open(os.path.join(os.path.dirname(folder), "dev"), encoding="ascii") as file:
            number = file.read().strip()
    elif not os.path.isdir(folder):
        raise OSError(f"{path} lies on no disk of this machine")
    return number


def mounts(kind):
    with open("/proc/mounts", encoding="utf-8") as file:
        return [(line.split()[1], line.split()[3].split(",")) for line in file
                if line.split()[2] == kind]


def write_text(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


class WriteLimit:
    """A group of processes with a limit: argv() starts a program in it."""

    def __init__(self, path, bytes_per_second):
        disk = disk_of(path)
        name = f"tintype-bench-{os.getpid()}-{bytes_per_second}"
        for root, options in mounts("cgroup"):
            if "blkio" in options:
                file, text = "blkio.throttle.write_bps_device", f"{disk} {bytes_per_second}"
                break
        else:
            roots = [root for root, _ in mounts("cgroup2")]
            if not roots:
                raise OSError("no cgroup file system is mounted")
            root = roots[0]
            write_text(os.path.join(root, "cgroup.subtree_control"), "+io")
            file, text = "io.max", f"{disk} wbps={bytes_per_second}"
        self.folder = os.path.join(root, name)
        os.mkdir(self.folder)
        try:
            write_text(os.path.join(self.folder, file), text)
        except OSError:
            self.close()
            raise

    def argv(self, argv):
        return ["bash", "-c", 'echo $$ >"$0"/cgroup.procs; exec "$@"', self.folder, *argv]

    def close(self):
        os.rmdir(self.folder)
