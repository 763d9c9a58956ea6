#!/usr/bin/env bash
# The first command: shows what Tintype does, on a volume made for the purpose.
#
#   tools/demo.sh [--dir DIR] [--keep] [--no-install]
#
# Installs what is missing, builds, makes an ext4 volume that holds an ESE database and its log
# stream, backs it up, verifies, restores and compares; makes a full backup that truncates the logs;
# then damages a copy of the volume and of the image, to show what a finding looks like. Needs
# no root (but for installing), no loop device, no mount.
#
# --dir DIR      work here, a folder that does not exist yet (default: a temporary one)
# --keep         leave the folder behind
# --no-install   trust that everything is installed
set -euo pipefail

die() {
  echo "demo: $*" >&2
  exit 1
}

dir=
keep=false
install=true
while (($#)); do
  case $1 in
    --dir) dir=${2:?--dir needs a folder}; shift ;;
    --keep) keep=true ;;
    --no-install) install=false ;;
    -h | --help) sed -n '2,/^set -euo/{/^set -euo/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
    *) die "unknown argument '$1' (see --help)" ;;
  esac
  shift
done

if [[ -t 1 ]]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; else bold='' dim='' plain=''; fi
step_number=0
step() {
  step_number=$((step_number + 1))
  printf '\n%s%d. %s%s\n' "$bold" "$step_number" "$*" "$plain"
}
# expect CODE COMMAND…: shows the command, runs it, and insists on its exit code.
expect() {
  local wanted=$1 code=0 word shown=
  shift
  for word; do
    if [[ $word =~ ^[A-Za-z0-9_./:=,-]+$ ]]; then shown+=" $word"; else shown+=" ${word@Q}"; fi
  done
  printf '%s   $%s%s\n' "$dim" "$shown" "$plain"
  "$@" 2>&1 | sed -e '/^debugfs [0-9]/d' -e 's/.*\r//' -e 's/^/   /' || code=${PIPESTATUS[0]}
  ((code == wanted)) || die "'$1 $2' ended with $code, not with $wanted"
  if ((code != 0)); then printf '   (exit code %d)\n' "$code"; fi
}
run() { expect 0 "$@"; }

source_dir=$(cd "$(dirname "$0")/.." && pwd)
cd "$source_dir"
echo "${bold}Tintype: one pass over a volume, and the copy is checked on the way.$plain"

step "Install what is missing, build the program"
if $install; then run tools/install-dependencies.sh demo; fi
mkdir -p build
cmake_arguments=()
if command -v ccache >/dev/null && [[ -z ${CMAKE_CXX_COMPILER_LAUNCHER:-} ]]; then
  cmake_arguments+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi
{
  cmake --preset release "${cmake_arguments[@]}" &&
    cmake --build --preset release --target tintype make_ese_stream
} >build/demo.log 2>&1 || {
  tail -n 30 build/demo.log >&2
  die "the build failed; all of it is in build/demo.log"
}
echo "   built build/release/tools/tintype"
PATH=$source_dir/build/release/tools:$source_dir/build/release/tests/support:$PATH:/usr/sbin:/sbin

if [[ -n $dir ]]; then
  [[ ! -e $dir ]] || die "$dir exists already"
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
else
  dir=$(mktemp -d "${TMPDIR:-/tmp}/tintype-demo.XXXXXX")
fi
cleanup() {
  if $keep; then echo "The files are in $dir"; else rm -rf "$dir"; fi
}
trap cleanup EXIT
cd "$dir"

step "Make a volume: ext4, with a 24 MiB mailbox database, its 12 logs and some other files"
mkdir -p files/Documents
run make_ese_stream files/Mailbox --logs 1-12 --required 9-12 --database-size 24MiB
head -c 8M /dev/urandom >files/Documents/photos.bin
for ((line = 0; line < 100000; line++)); do
  echo "$line: all work and no play makes Jack a dull boy."
done >files/Documents/novel.txt
run mke2fs -q -t ext4 -b 4096 -d files server.img 128M

step "Make a repository: a folder of backup sets, readable by its owner only"
run tintype init backups

step "Back it up: one read, every database page checked on the way, the image read back"
run tintype backup server.img --to backups

step "What is in the repository?"
run tintype versions backups

step "Verify the backup: every stored byte, every unpacked byte, every database page again"
run tintype verify backups::latest --pages

step "Restore it, and compare with the volume"
run tintype restore backups::latest --to restored.img
run cmp server.img restored.img

step "The image is a legal LZ4 file: lz4 can test it without Tintype"
image=$(echo backups/sets/*/server*.tint)
run lz4 -t "$image"

step "A full backup may truncate the logs: those that no restore of it needs, and no other"
mkdir live
cp files/Mailbox/* live/
run tintype backup server.img --to backups --full --all-databases --truncate live
run ls live
run tintype show backups::latest

step "Now damage 16 bytes of page 345 of the database, in a copy of the volume"
cp --sparse=always server.img damaged.img
# Page n lies at (n + 1) pages into the file; debugfs tells where that is on the volume.
block=$(debugfs -R "bmap /Mailbox/DB1.edb $((346 * 32768 / 4096))" damaged.img 2>/dev/null)
[[ $block =~ ^[0-9]+$ ]] || die "debugfs does not say where the page lies: '$block'"
run dd if=/dev/urandom of=damaged.img bs=1 count=16 seek=$((block * 4096 + 1000)) conv=notrunc \
  status=none

step "Back that up: the copy is kept, but the page is named and the exit code says: findings"
expect 3 tintype backup damaged.img --to backups

step "The same check on the database file alone, as eseutil /k does it"
run debugfs -R "dump /Mailbox/DB1.edb taken-out.edb" damaged.img
expect 3 tintype check taken-out.edb

step "Damage a copy of the first image, as a failing disk would"
cp "$image" rotten.tint
run dd if=/dev/urandom of=rotten.tint bs=1 count=16 seek=$(($(stat -c %s rotten.tint) / 2)) \
  conv=notrunc status=none
expect 4 tintype verify rotten.tint

printf '\n%sThat was it.%s Exit codes are for scripts: 0 good, 3 findings, 4 image damaged.\n' \
  "$bold" "$plain"
echo "Next: tintype --help, README.md, and tools/test.sh for all the tests."
