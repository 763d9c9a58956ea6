#!/usr/bin/env bash
# The second command: installs what is missing, builds, runs all tests. Before them the program is
# linked as one (two definitions of one name show only there), and built with assertions and without
# optimisation, for all tests but the slowest.
#
#   tools/test.sh [OPTION…] [-- CTEST_ARGUMENT…]
#
# --sanitizers   then again under AddressSanitizer + UBSan, and under ThreadSanitizer
# --quick        the optimised build alone
# --lint         clang-tidy over all sources as well
# --coverage     only: which lines the tests run, as a table and one figure
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

presets=(odr debug release)
install=true
long=false
fuzz=false
lint=false
coverage=false
jobs=$(nproc)
while (($#)); do
  case $1 in
    --sanitizers) presets=(asan tsan release) ;;  # release last: its summary closes the output
    --quick) presets=(release) ;;
    --lint) lint=true ;;
    --coverage) coverage=true ;;
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

cd "$(dirname "$0")/.."
groups=(test)
if $fuzz; then
  presets=(fuzz "${presets[@]}")
  groups+=(fuzz)
fi
if $coverage; then
  presets=(coverage)
  groups+=(coverage)
fi
if $lint; then groups+=(lint); fi
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
  [[ $preset != odr ]] || continue  # to be linked is its test
  say "testing $preset"
  excluded=long
  if $long; then excluded=none; fi
  if [[ $preset = debug ]]; then excluded="$excluded|slow"; fi
  ctest --preset "$preset" -j "$jobs" --label-exclude "^($excluded)\$" "$@" || failed+=("$preset")
done
if $lint; then
  say "clang-tidy"
  run-clang-tidy -quiet -extra-arg=-Wno-unknown-warning-option -j "$jobs" \
    -p "build/${presets[-1]}" "^$PWD/(hashing|io|verify|engine|tools)/" >build/lint.log 2>&1 || {
    grep -E '(warning|error):' build/lint.log | sort -u >&2
    failed+=(clang-tidy)
  }
fi
if $coverage; then
  gcovr --root . --object-directory build/coverage --exclude '(tests|bench|build)/' \
    --exclude-unreachable-branches --print-summary --output build/coverage/coverage.txt
  say "file by file in build/coverage/coverage.txt"
fi
((${#failed[@]} == 0)) || die "tests failed under: ${failed[*]}"
