#!/usr/bin/env bash
# Tries the two commands of the README where a stranger would: in a freshly bootstrapped, otherwise
# empty Debian 12. Needs root, the package debootstrap and about 4 GiB of disk.
#
#   tools/try-bare-debian.sh [install] [demo] [test] [OPTION…]      (all three unless named)
#
# --dir DIR     where the tree is unpacked (default: a new folder under /var/tmp)
# --base FILE   keep the bootstrapped system in this tarball and start from it the next time
# --keep        leave the tree behind, to look around in it
#
# What is tried is the last commit, not the working tree: what a stranger would get. Mounts are made
# in a mount namespace of their own, so none can be left behind.
set -euo pipefail

die() {
  echo "try-bare-debian: $*" >&2
  exit 1
}
say() { echo "try-bare-debian: $*"; }

steps=()
dir=
base=
keep=false
while (($#)); do
  case $1 in
    install | demo | test) steps+=("$1") ;;
    --dir) dir=${2:?--dir needs a folder}; shift ;;
    --base) base=${2:?--base needs a file}; shift ;;
    --keep) keep=true ;;
    -h | --help) sed -n '2,/^set -euo/{/^set -euo/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
    *) die "unknown argument '$1' (see --help)" ;;
  esac
  shift
done
if ((${#steps[@]} == 0)); then steps=(install demo test); fi

((EUID == 0)) || die "chroot needs root"
command -v debootstrap >/dev/null || die "debootstrap is missing: apt-get install debootstrap"
source_dir=$(cd "$(dirname "$0")/.." && pwd)
git -C "$source_dir" rev-parse --verify -q HEAD >/dev/null || die "$source_dir is no git clone"

if [[ -n $dir ]]; then
  [[ ! -e $dir ]] || die "$dir exists already"
  mkdir -p "$dir"
else
  dir=$(mktemp -d /var/tmp/tintype-bare.XXXXXX)
  chmod 755 "$dir"  # it becomes "/", which everybody may enter
fi
cleanup() {
  if $keep; then say "the tree is left in $dir"; else rm -rf --one-file-system "$dir"; fi
}
trap cleanup EXIT

if [[ -n $base && -f $base ]]; then
  say "unpacking $base"
  tar -C "$dir" -xpf "$base"
else
  say "bootstrapping Debian 12"
  debootstrap --variant=minbase bookworm "$dir" >"$dir.log" 2>&1 || {
    tail -n 5 "$dir.log" >&2
    die "debootstrap failed; its log is $dir.log"
  }
  rm -f "$dir.log"
  if [[ -n $base ]]; then tar -C "$dir" -cpf "$base" .; fi
fi
# As the installer leaves it: headers and libraries come from the updates of today.
cat >"$dir/etc/apt/sources.list.d/updates.list" <<'EOF'
deb http://deb.debian.org/debian bookworm-updates main
deb http://deb.debian.org/debian-security bookworm-security main
EOF

mkdir -p "$dir/src/tintype"
git -C "$source_dir" archive HEAD | tar -C "$dir/src/tintype" -xf -

# Behind a proxy npm has to be told whose certificates to trust: the new one as this machine's.
certificates=$(npm config get cafile 2>/dev/null || true)
if [[ -f $certificates ]]; then
  install -m 644 "$certificates" "$dir/etc/npm-certificates.crt"
  echo "cafile=/etc/npm-certificates.crt" >"$dir/root/.npmrc"
fi

# A clean environment, as after logging in.
in_chroot() {
  # $1 is for the inner shell.
  # shellcheck disable=SC2016
  unshare --mount --propagation private bash -euc '
    mount -t proc proc "$1/proc"
    mount --rbind /dev "$1/dev"
    mount --rbind /sys "$1/sys"
    exec chroot "$1" /usr/bin/env -i HOME=/root TERM=dumb LANG=C.UTF-8 \
      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      bash -c "cd /src/tintype && $2"' bash "$dir" "$1"
}

for step in "${steps[@]}"; do
  say "$step"
  SECONDS=0
  case $step in
    install) in_chroot 'tools/install-dependencies.sh test && tools/install-dependencies.sh test' ;;
    demo) in_chroot tools/demo.sh ;;
    test) in_chroot tools/test.sh ;;
  esac
  say "$step: good, $SECONDS s"
done
