#!/usr/bin/env bash
# Installs the build into an empty folder, then builds and runs a program of somebody else's that
# knows nothing but find_package(Tintype).
#
#   package_install_test.sh BUILD_DIR OUTSIDE_SOURCE MAKE_ESE CXX_FLAGS
set -euo pipefail
build=$1 outside=$2 make_ese=$3 cxx_flags=$4

die() {
  echo "package_install_test: $*" >&2
  exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

cmake --install "$build" --prefix "$prefix" >"$work/install.log" || {
  cat "$work/install.log"
  die "cmake --install failed"
}
"$prefix/bin/tintype" --version || die "the installed program does not run"
# An installed header may include only what is installed too, and nothing of the build tree.
if grep -rIl "$build" "$prefix/lib"*/cmake "$prefix"/lib*/*/cmake 2>/dev/null; then
  die "these files of the package name the build folder"
fi

cmake -S "$outside" -B "$work/build" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" \
  -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_CXX_FLAGS="$cxx_flags" >"$work/cmake.log" 2>&1 || {
  cat "$work/cmake.log"
  die "find_package(Tintype) failed"
}
cmake --build "$work/build" || die "the outside program does not build"

"$make_ese" "$work/sound.edb" --size 2MiB --page 32KiB
"$make_ese" "$work/bad.edb" --size 2MiB --page 32KiB --damage badchecksum:17
"$work/build/outside" "$work/sound.edb" || die "the outside program dislikes a sound database"
status=0
"$work/build/outside" "$work/bad.edb" || status=$?
((status == 3)) || die "the outside program ended with $status on a damaged database, not with 3"
echo "package_install_test: good"
