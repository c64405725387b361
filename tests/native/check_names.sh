#!/bin/bash
# check_names.sh PROGRAM: --check prints names that others have given as a terminal
# can be shown them. Here that of the directory where tracefs is mounted. Needs
# root.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=tests/native/common.bash
. "$here/common.bash"

need_root
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
place=$scratch/$'\e[31m\xe2\x80\xae'
mkdir "$place"
# It fails where there are no kprobes.
# shellcheck disable=SC2016 # the inner bash expands it
unshare --mount --propagation private bash -c '
	umount -l /sys/kernel/tracing /sys/kernel/debug 2>/dev/null
	mount -t tracefs tracefs "$0" || exit 77
	"$1" --check' "$place" "$1" >"$scratch/out" || [ $? != 77 ] ||
	skip "tracefs cannot be mounted"
grep -qxF "ok    tracefs               $scratch/\\x1b[31m\\xe2\\x80\\xae" \
	"$scratch/out" || fail "$(cat -v "$scratch/out")"
echo "all as it should be"
