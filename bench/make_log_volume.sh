#!/usr/bin/env bash
# Makes an ext4 volume full of transaction logs, to measure what judging them in-line costs.
#
#   bench/make_log_volume.sh FILE COUNT LOG_SIZE [--make-ese-stream PROGRAM]
#   bench/make_log_volume.sh logs.img 4000 1MiB
#   bench/copy_bench.py --volume logs.img --only '^tintype (copy|backup auto) --no-read-back'
#
# One small database needs the last three logs. Takes twice the volume's room while it works.
set -euo pipefail

die() {
  echo "make_log_volume: $*" >&2
  exit 1
}
if [[ ${1:-} == -h || ${1:-} == --help || $# -lt 3 ]]; then
  sed -n '2,/^set -euo/{/^set -euo/d;s/^# \{0,1\}//;p}' "$0"
  exit 2
fi
file=$1 count=$2 log_size=$3
maker=$(dirname "$0")/../build/release/tests/support/make_ese_stream
[[ ${4:-} != --make-ese-stream ]] || maker=$5
[[ -x $maker ]] || die "$maker is not there: build it (cmake --build --preset release)"
[[ ! -e $file ]] || die "$file exists already"

folder=$(mktemp -d "$(dirname "$file")/make-log-volume.XXXXXX")
trap 'rm -rf "$folder"' EXIT
"$maker" "$folder/Mailbox" --logs "1-$count" --log-size "$log_size"
# A tenth and 64 MiB for what the file system keeps for itself.
kib=$(($(du -sk "$folder" | cut -f 1) * 11 / 10 + 65536))
mke2fs -q -t ext4 -b 4096 -N $((count + 1000)) -d "$folder" "$file" "${kib}k"
# As on a device: no holes.
fallocate "$file" -l "$(stat -c %s "$file")"
