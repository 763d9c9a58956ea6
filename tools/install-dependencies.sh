#!/usr/bin/env bash
# Installs what Tintype needs from Debian's own packages, and by npm what draws the charts of
# --report; does nothing, and needs no network, where everything is there already.
#
#   tools/install-dependencies.sh [build|demo|test|bench|fuzz|lint|coverage|style]… [--list]
#
# build   compile and run the program (the default)
# demo    build, and what tools/demo.sh runs
# test    build, and what the tests are linked with and run
# bench   test, and the programs that bench/copy_bench.py compares with
# fuzz    test, and the compiler of the fuzz programs
# coverage  test, and what counts the lines that ran
# lint    clang-tidy
# style   clang-format, clang-tidy and shellcheck, for those who change the code
# --list  print the packages, one a line, and install nothing
set -euo pipefail

build_packages=(
  g++ cmake ninja-build pkg-config            # compiler and build
  libxxhash-dev liblz4-dev liburing-dev       # hash, compress, read and write
  libtbb-dev                                  # on all cores (2021.8 in Debian 12, 2022.1 in 13)
  libblkid-dev libext2fs-dev comerr-dev       # tell and read filesystems
  libarchive-dev                              # read and write metadata of folders
  libnbd-dev qemu-utils                       # read NBD exports and disk images, and export
  nbdkit nbdkit-plugin-dev                    # serve images over NBD
  libfuse3-dev fuse3                          # mount them
  libcli11-dev libfmt-dev nlohmann-json3-dev libexpected-dev
)
# Puts uPlot beside the page of --report. Debian's npm is 370 packages, 34 MB to download: any other
# that is there will do.
page_packages=(npm)
if command -v npm >/dev/null; then page_packages=(); fi
link_packages=(libgtest-dev libgmock-dev libbenchmark-dev)  # to configure with the tests
demo_packages=(e2fsprogs lz4)
test_packages=(
  e2fsprogs ntfs-3g fdisk gdisk mount fuse3   # make volumes and disks, and mount them
  openssl                                     # certificates for NBD over TLS
  libvshadow-utils                            # another reader of Windows shadow copies
  lz4 xxhash gzip                             # independent second opinions on our output
  libvhdi-utils                               # reads VHDs as well
  libnbd-bin python3-libnbd                   # other clients of NBD
  acl rsync libarchive-tools                  # compare folders, unpack their images
  xfsprogs btrfs-progs                        # more file systems for them
  chromium                                    # looks at the page of --report
  python3 python3-numpy strace procps iproute2 diffutils
)
bench_packages=(
  fio time                                    # the ceilings; peak memory
  borgbackup restic partclone                 # backups that are verified afterwards
  python3-matplotlib                          # draws docs/performance.md's plots
)
fuzz_packages=(clang)
coverage_packages=(gcovr)
style_packages=(clang-format-14 clang-tidy-14 shellcheck)
lint_packages=(clang-tidy)                    # the release's own: 14 in Debian 12, 19 in 13

die() {
  echo "install-dependencies: $*" >&2
  exit 1
}

wanted=()
page=false  # whether uPlot is wanted
list_only=false
for argument in "${@:-build}"; do
  case $argument in
    build | demo | test | bench | fuzz | coverage) wanted+=("${page_packages[@]}"); page=true ;;&
    build) wanted+=("${build_packages[@]}") ;;
    demo) wanted+=("${build_packages[@]}" "${link_packages[@]}" "${demo_packages[@]}") ;;
    test) wanted+=("${build_packages[@]}" "${link_packages[@]}" "${test_packages[@]}") ;;
    bench) wanted+=("${build_packages[@]}" "${link_packages[@]}" "${test_packages[@]}"
                    "${bench_packages[@]}") ;;
    fuzz) wanted+=("${build_packages[@]}" "${link_packages[@]}" "${test_packages[@]}"
                   "${fuzz_packages[@]}") ;;
    coverage) wanted+=("${build_packages[@]}" "${link_packages[@]}" "${test_packages[@]}"
                       "${coverage_packages[@]}") ;;
    lint) wanted+=("${lint_packages[@]}") ;;
    style) wanted+=("${style_packages[@]}") ;;
    --list) list_only=true ;;
    -h | --help) sed -n '2,/^set -euo/{/^set -euo/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
    *) die "unknown argument '$argument' (see --help)" ;;
  esac
done
if ((${#wanted[@]} == 0)); then
  wanted=("${build_packages[@]}" "${page_packages[@]}")
  page=true
fi
mapfile -t wanted < <(printf '%s\n' "${wanted[@]}" | sort -u)

if $list_only; then
  printf '%s\n' "${wanted[@]}"
  exit 0
fi

for program in dpkg-query apt-get; do
  command -v "$program" >/dev/null ||
    die "this script knows Debian only; elsewhere install the like of: ${wanted[*]}"
done

installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null || true)
missing=()
for package in "${wanted[@]}"; do
  grep -qxF "installed $package" <<<"$installed" || missing+=("$package")
done

# uPlot at the version that package-lock.json pins, checked against its hash there. Without it the
# program is built all the same, and refuses --report.
page_dir=$(cd "$(dirname "$0")/report/page" && pwd)
has_page() {
  local pinned
  pinned=$(sed -n 's/.*"uplot": "\(.*\)".*/\1/p' "$page_dir/package.json")
  grep -qF "\"version\": \"$pinned\"" "$page_dir/node_modules/uplot/package.json" 2>/dev/null
}
install_page() {
  if ! $page || has_page; then return; fi
  echo "install-dependencies: installing uPlot into $page_dir/node_modules"
  npm ci --prefix "$page_dir" --silent ||
    echo "install-dependencies: npm could not install uPlot: tintype --report will be refused" >&2
}

if ((${#missing[@]} == 0)); then
  if ! $page || has_page; then
    echo "install-dependencies: everything is there already"
  else
    install_page
  fi
  exit 0
fi

as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || die "run as root (there is no sudo here): ${missing[*]} missing"
  as_root=(sudo)
  [[ -t 0 ]] || as_root=(sudo -n)
fi

echo "install-dependencies: installing ${missing[*]}"
apt_get() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=3 \
    -o Dpkg::Use-Pty=0 "$@"
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt_get update >"$log" 2>&1 || {
  cat "$log" >&2
  echo "install-dependencies: the package lists could not all be updated; trying those at hand" >&2
}
apt_get install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1 || {
  cat "$log" >&2
  die "apt-get could not install: ${missing[*]} (its messages are above)"
}
install_page
echo "install-dependencies: done"
