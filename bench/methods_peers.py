"""Group peers: backups that are verified afterwards, in the way that each program has for it."""

from bench_method import Method, shell, shell_onto_reserved

# borg asks questions of those who open a repository without a key, and keeps caches at home.
BORG = ('export BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes BORG_BASE_DIR="$t/base"; '
        'mkdir "$t"; ')
RESTIC = "export RESTIC_PASSWORD=bench; "


def partclone(filesystem):
    return Method(
        f"partclone.{filesystem} + chkimg", f"used blocks of {filesystem} with CRC32, then checked",
        [f"partclone.{filesystem}", "partclone.chkimg"],
        shell(f'mkdir "$t"; partclone.{filesystem} -c -q -C -f 1 -a 1 -k 256 -L "$t/log" '
              '-s "$v" -O "$t/image"; sync "$t/image"; '
              'partclone.chkimg -C -f 1 -L "$t/log" -s "$t/image"'))


def methods(filesystem):
    known = {"ntfs": "ntfs", "ext4": "extfs"}
    return [
        Method("qemu-img convert + compare", "the whole volume, then both read again",
               ["qemu-img"],
               shell_onto_reserved('qemu-img convert -n --target-is-zero -W -m 16 -t none -T none '
                                   '-f raw -O raw "$v" "$t"; '
                                   'qemu-img compare -T none -f raw -F raw "$v" "$t"'),
               makes_copy=True),
        Method("dd, tee, xxh128sum, lz4", "hashed and compressed in one pipeline, then lz4 -t",
               ["dd", "tee", "xxh128sum", "lz4"],
               shell('mkdir "$t"; dd if="$v" bs=4M iflag=direct status=none '
                     '| tee >(xxh128sum >"$t/sum") | lz4 -1 -q >"$t/image.lz4"; '
                     'sync "$t/image.lz4"; lz4 -t -q "$t/image.lz4"')),
        Method("borg create + check", "LZ4, chunks of 4 MiB, then check --verify-data", ["borg"],
               shell(BORG + 'borg init -e none "$t/repo"; borg create -C lz4 '
                     '--files-cache disabled --chunker-params fixed,4194304 "$t/repo::a" "$v"; '
                     'sync -f "$t/repo"; borg check --verify-data "$t/repo"')),
        Method("restic backup + check", "compressed packs of 64 MiB, then check --read-data",
               ["restic"],
               shell(RESTIC + 'restic -q -r "$t" init --repository-version 2; '
                     'restic -q -r "$t" --no-cache --pack-size 64 backup "$v"; sync -f "$t"; '
                     'restic -q -r "$t" --no-cache check --read-data')),
    ] + ([partclone(known[filesystem])] if filesystem in known else [])
