"""What some methods need before they can run: images, repositories, volumes of another shape.

Made once, before the first round, not timed; removed at the end. A fixture that cannot be made is
an error of the methods that need it, not of the bench.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
MIB, GIB = 1 << 20, 1 << 30
# A file of ext4 with blocks of 4 KiB can have 16 TiB less one block.
SPARSE_VOLUME_BYTES = (16 << 40) - MIB


class FixtureError(Exception):
    pass


class NotHere(FixtureError):
    """This machine has not got what it takes: no fault of any program."""


def run(argv, **environment):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          stdin=subprocess.DEVNULL, check=False, env={**os.environ, **environment})
    if done.returncode != 0:
        last = (done.stdout.strip().splitlines() or ["no message"])[-1]
        raise FixtureError(f"{os.path.basename(argv[0])} ended with {done.returncode}: {last}")


def only_image(repository):
    for folder, _, names in os.walk(repository):
        for name in names:
            if name.endswith(".tint"):
                return os.path.join(folder, name)
    raise FixtureError(f"no image in {repository}")


class Fixtures:
    """Makes them in a folder of its own and, for those in memory, in one in /dev/shm."""

    def __init__(self, context):
        self.context = context
        self.folder = tempfile.mkdtemp(prefix="fixtures-", dir=context.dir)
        self.memory = ""

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        # Only if the maker of a volume was killed while it filled it.
        with open("/proc/mounts", encoding="utf-8") as file:
            left = [line.split()[1] for line in file if line.split()[1].startswith(self.folder)]
        for mount in left:
            subprocess.run(["umount", mount], check=False)
        for folder in filter(None, (self.folder, self.memory)):
            shutil.rmtree(folder, ignore_errors=True)

    def make(self, names):
        """Returns what could not be made: name to reason."""
        faults = {}
        for name in names:
            if sys.stderr.isatty():
                print(f"\r\033[Kmaking {name}", end="", file=sys.stderr, flush=True)
            try:
                self.context.fixtures[name] = getattr(self, name)()
            except (FixtureError, OSError) as error:
                faults[name] = error
        return faults

    def path(self, name):
        return os.path.join(self.folder, name)

    def image(self, compression):
        repository = self.path(f"repository-{compression}")
        run([self.context.tintype, "init", repository])
        run([self.context.tintype, "backup", self.context.volume, "--to", repository,
             "--compress", compression, "--no-read-back", "--progress", "none"])
        return only_image(repository)

    def image_none(self):
        return self.image("none")

    def image_lz4(self):
        return self.image("lz4")

    def image_auto(self):
        return self.image("auto")

    def database(self):
        path = self.path("bench.edb")
        run([self.context.make_ese, path, "--size", f"{self.context.volume_bytes // MIB}MiB",
             "--page", "32KiB", "--seed", "1"])
        return path

    def qcow2(self):
        path = self.path("bench.qcow2")
        run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", self.context.volume, path])
        return path

    def restic(self):
        path = self.path("restic")
        for words in (["init", "--repository-version", "2"],
                      ["--no-cache", "--pack-size", "64", "backup", self.context.volume]):
            run(["restic", "-q", "-r", path, *words], RESTIC_PASSWORD="bench")
        return path

    def memory_folder(self):
        if not self.memory:
            self.memory = tempfile.mkdtemp(prefix="tintype-bench-", dir="/dev/shm")
        return self.memory

    def copied_to_memory(self, path, name):
        """In tmpfs, if that leaves room for a target there, or for the page cache."""
        wanted = os.path.getsize(path) + self.context.volume_bytes + 256 * MIB
        with open("/proc/meminfo", encoding="ascii") as file:
            available = next(int(line.split()[1]) * 1024 for line in file
                             if line.startswith("MemAvailable:"))
        if min(shutil.disk_usage("/dev/shm").free, available) < wanted:
            raise NotHere(f"{wanted / GIB:.1f} GiB of memory are needed in /dev/shm: "
                          "take a smaller --size")
        return shutil.copyfile(path, os.path.join(self.memory_folder(), name))

    def tmpfs_volume(self):
        return self.copied_to_memory(self.context.volume, "volume")

    def in_memory(self, name):
        """Another fixture once more, in tmpfs."""
        if name not in self.context.fixtures:
            self.context.fixtures[name] = getattr(self, name)()
        return self.copied_to_memory(self.context.fixtures[name], name)

    def memory_image_none(self):
        return self.in_memory("image_none")

    def memory_image_lz4(self):
        return self.in_memory("image_lz4")

    def memory_qcow2(self):
        return self.in_memory("qcow2")

    def make_volume(self, name, size, *options):
        path = self.path(name)
        run([sys.executable, os.path.join(HERE, "make_bench_volume.py"), path, "--make-ese",
             self.context.make_ese, "--size", str(size), *options])
        return path

    def data_bytes(self):
        return min(self.context.volume_bytes, GIB) // (32 * MIB) * (32 * MIB)

    def sparse_volume(self):
        return self.make_volume("sparse-volume", SPARSE_VOLUME_BYTES, "--holes", "--data",
                                str(self.data_bytes()), "--cluster", "65536")

    def alone_volume(self):
        return self.make_volume("alone-volume", self.data_bytes() * 5 // 4, "--holes", "--data",
                                str(self.data_bytes()), "--cluster", "65536")

    def small_volume(self):
        return self.make_volume("small-volume", min(self.context.volume_bytes, 512 * MIB))

    def memory_small_volume(self):
        return self.in_memory("small_volume")

    def subject_bytes(self, name):
        """How many bytes a method works on whose subject is this fixture."""
        path = self.context.fixtures[name]
        if os.path.exists(path + ".json"):
            with open(path + ".json", encoding="utf-8") as file:
                return json.load(file)["allocated_bytes"]
        return os.path.getsize(path)
