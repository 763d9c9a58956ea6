"""Groups verify and restore: reading images and databases again, and writing volumes back."""

import os

from bench_method import (Method, fio, fio_argv, fio_fixture, fio_seconds, shell,
                          shell_onto_reserved, tintype)

FIO_WRITE = "fio write"
STORED = {"none": "the uncompressed image", "lz4": "the LZ4 image"}


def fio_read(name, fixture, what):
    return Method(name, f"raw read of {what}", ["fio"], fio_fixture(fixture),
                  own_seconds=fio_seconds, fixtures=(fixture,), subject=fixture)


def tintype_verify(kind, *options):
    return Method(" ".join([f"tintype verify {kind}", *options]), f"reads {STORED[kind]} again",
                  ["tintype"], tintype("verify", f"{{image_{kind}}}", *options),
                  fixtures=(f"image_{kind}",))


VERIFY = [
    fio_read("fio read database", "database", "the database file"),
    fio_read("fio read image none", "image_none", STORED["none"]),
    fio_read("fio read image lz4", "image_lz4", STORED["lz4"]),
    Method("tintype check database", "every page of the database file", ["tintype"],
           tintype("check", "{database}"), fixtures=("database",), subject="database"),
    tintype_verify("none"),
    tintype_verify("none", "--pages"),
    tintype_verify("lz4"),
    tintype_verify("lz4", "--no-decode"),
    tintype_verify("lz4", "--pages"),
]


# A restore reads its image from another disk than it writes to, as a rule. Where both share one, as
# here, that costs the bytes of the image; from memory it costs nothing, as from a disk of its own.
IN_MEMORY = ", image in memory"


def tintype_restore(kind, *options, memory=False):
    image, where = (f"memory_image_{kind}", IN_MEMORY) if memory else (f"image_{kind}", "")
    return Method(" ".join([f"tintype restore {kind}", *options]) + where,
                  f"the volume out of {STORED[kind]}" + where, ["tintype"],
                  tintype("restore", f"{{{image}}}", "--to", "{t}", *options),
                  makes_copy=True, fixtures=(image,))


def fio_restore(kind):
    """Both at the same time, as a restore does it."""
    def argv(context):
        image = context.fixtures[f"image_{kind}"]
        return fio_argv([("read", image, os.path.getsize(image)),
                         ("write", context.target, context.allocated_bytes)])
    return Method(f"fio restore {kind}", f"{STORED[kind]} read and, at the same time, as many "
                  "bytes written as are allocated", ["fio"], argv, own_seconds=fio_seconds,
                  fixtures=(f"image_{kind}",))


def qemu_restore(fixture, where=""):
    return Method("qemu-img restore" + where, "the volume out of a qcow2 file" + where,
                  ["qemu-img"],
                  shell_onto_reserved('qemu-img convert -n --target-is-zero -W -m 16 -t none '
                                      f'-T none -f qcow2 -O raw {{{fixture}}} "$t"'),
                  makes_copy=True, fixtures=(fixture,))


RESTORE = [
    Method(FIO_WRITE, "raw write of as many bytes as are allocated: no restore is faster", ["fio"],
           fio(["write"]), own_seconds=fio_seconds),
    fio_restore("none"), fio_restore("lz4"),
    qemu_restore("qcow2"), qemu_restore("memory_qcow2", IN_MEMORY),
    Method("restic restore", "the volume out of a repository", ["restic"],
           shell('export RESTIC_PASSWORD=bench; restic -q -r {restic} --no-cache restore latest '
                 '--target "$t"; sync -f "$t"'), fixtures=("restic",)),
] + [tintype_restore(kind, *options)
     for kind in ("none", "lz4") for options in (("--no-read-back",), ())] \
  + [tintype_restore(kind, "--no-read-back", memory=True) for kind in ("none", "lz4")]
