#!/usr/bin/env bash
# The second command: installs what is missing, builds, runs all tests.
#
#   tools/test.sh [OPTION…] [-- CTEST_ARGUMENT…]
#
# --sanitizers   then again under AddressSanitizer + UBSan, and under ThreadSanitizer
# --fuzz         first the fuzz programs by clang, each over its corpus
# --long         the tests that take minutes as well (they are labelled "long")
# --no-install   trust that everything is installed
# --jobs N       compilers and tests at once (default: one a core)
#
# CI=true makes missing sample files a failure instead of a skipped test.
set -euo pipefail

die() {
  echo "test: $*" >&2
  exit 1
}
say() { echo "test: $*"; }

presets=(release)
install=true
long=false
fuzz=false
jobs=$(nproc)
while (($#)); do
  case $1 in
    --sanitizers) presets=(asan tsan release) ;;  # release last: its summary closes the output
    --fuzz) fuzz=true ;;
    --long) long=true ;;
    --no-install) install=false ;;
    --jobs)
      jobs=${2:-}
      [[ $jobs =~ ^[1-9][0-9]*$ ]] || die "--jobs needs a number"
      shift
      ;;
    -h | --help) sed -n '2,/^set -euo/{/^set -euo/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
    --) shift; break ;;
    *) die "unknown argument '$1' (see --help)" ;;
  esac
  shift
done
ctest_arguments=(-j "$jobs")
$long || ctest_arguments+=(--label-exclude '^long$')
ctest_arguments+=("$@")

cd "$(dirname "$0")/.."
groups=(test)
if $fuzz; then
  presets=(fuzz "${presets[@]}")
  groups+=(fuzz)
fi
if $install; then tools/install-dependencies.sh "${groups[@]}"; fi

mkdir -p build
cmake_arguments=()
# A compiler cache, where there is one, saves rebuilding what did not change.
if command -v ccache >/dev/null && [[ -z ${CMAKE_CXX_COMPILER_LAUNCHER:-} ]]; then
  cmake_arguments+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi

failed=()
for preset in "${presets[@]}"; do
  say "building $preset"
  cmake --preset "$preset" "${cmake_arguments[@]}" >"build/$preset.log" 2>&1 || {
    cat "build/$preset.log" >&2
    die "cmake could not configure $preset"
  }
  cmake --build --preset "$preset" -j "$jobs" || die "$preset does not build"
  say "testing $preset"
  ctest --preset "$preset" "${ctest_arguments[@]}" || failed+=("$preset")
done
((${#failed[@]} == 0)) || die "tests failed under: ${failed[*]}"
