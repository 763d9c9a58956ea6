#!/usr/bin/env bash
# Tries the two commands of the README where a stranger would: in a freshly bootstrapped, otherwise
# empty Debian 12 or 13. Needs root, the package debootstrap and about 4 GiB of disk.
#
#   tools/try-bare-debian.sh [install] [demo] [test] [OPTION…]      (all three unless named)
#
# --release R   bookworm (Debian 12, the default), trixie (13), or any that debootstrap knows
# --dir DIR     where the tree is unpacked (default: a new folder under /var/tmp)
# --base FILE   keep the bootstrapped system in this tarball and start from it the next time
# --keep        leave the tree behind, to look around in it
#
# Packages come from the mirrors that this machine's own apt uses.
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
release=bookworm
while (($#)); do
  case $1 in
    install | demo | test) steps+=("$1") ;;
    --release) release=${2:?--release needs a name, like trixie}; shift ;;
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
[[ -e /usr/share/debootstrap/scripts/$release ]] || die "debootstrap knows no release '$release'"
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

# The mirror of Debian's packages with this label that is in use here.
mirror() {
  # These are apt's variables.
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
    sed -n "s#^Debian|$1|##p" | head -n 1
}
packages=$(mirror Debian)
security=$(mirror Debian-Security)
[[ -n $packages ]] ||
  die "apt knows no mirror of Debian here: run apt-get update, look at its sources"
# By convention the updates of security lie beside the packages.
: "${security:=${packages%/}-security}"

if [[ -n $base && -f $base ]]; then
  say "unpacking $base"
  tar -C "$dir" -xpf "$base"
else
  say "bootstrapping $release"
  debootstrap --variant=minbase "$release" "$dir" "$packages" >"$dir.log" 2>&1 || {
    tail -n 5 "$dir.log" >&2
    die "debootstrap failed; its log is $dir.log"
  }
  rm -f "$dir.log"
  if [[ -n $base ]]; then tar -C "$dir" -cpf "$base" .; fi
fi
# As the installer leaves it: headers and libraries come from the updates of today.
cat >"$dir/etc/apt/sources.list.d/updates.list" <<EOF
deb $packages $release-updates main
deb $security $release-security main
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
  say "$step on $release"
  SECONDS=0
  case $step in
    install) in_chroot 'tools/install-dependencies.sh test && tools/install-dependencies.sh test' ;;
    demo) in_chroot tools/demo.sh ;;
    test) in_chroot tools/test.sh ;;
  esac
  say "$step on $release: good, $SECONDS s"
done
