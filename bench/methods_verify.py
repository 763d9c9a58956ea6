"""Groups verify and restore: reading images and databases again, and writing volumes back."""

from bench_method import Method, fio, fio_fixture, fio_seconds, shell, shell_onto_reserved, tintype

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


def tintype_restore(kind, *options):
    return Method(" ".join([f"tintype restore {kind}", *options]),
                  f"the volume out of {STORED[kind]}", ["tintype"],
                  tintype("restore", f"{{image_{kind}}}", "--to", "{t}", *options),
                  makes_copy=True, fixtures=(f"image_{kind}",))


RESTORE = [
    Method(FIO_WRITE, "raw write of as many bytes as are allocated: no restore is faster", ["fio"],
           fio(["write"]), own_seconds=fio_seconds),
    Method("qemu-img restore", "the volume out of a qcow2 file", ["qemu-img"],
           shell_onto_reserved('qemu-img convert -n --target-is-zero -W -m 16 -t none -T none '
                               '-f qcow2 -O raw {qcow2} "$t"'),
           makes_copy=True, fixtures=("qcow2",)),
    Method("restic restore", "the volume out of a repository", ["restic"],
           shell('export RESTIC_PASSWORD=bench; restic -q -r {restic} --no-cache restore latest '
                 '--target "$t"; sync -f "$t"'), fixtures=("restic",)),
] + [tintype_restore(kind, *options)
     for kind in ("none", "lz4") for options in (("--no-read-back",), ())]
