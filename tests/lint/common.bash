# shellcheck shell=bash disable=SC2034
# common.bash - what the checks of the source share. Each is called with the
# warnings that the program is compiled with (CMakeLists.txt), and fails where
# it finds anything. Sourced; leaves the shell at the top of the tree.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# For all files the same; in a build each has of these macros what it needs.
flags=(-std=gnu11 -D_GNU_SOURCE '-DPROGRAM_VERSION="0"' '-DTEST_DATA="."'
	'-DREAL_LIBBCC="."' -DMINOR=5 -Itool "$@")

# need COMMAND: skipped, never passed, where it is not there.
need()
{
	command -v "$1" >/dev/null && return 0
	echo "skipped: no $1"
	exit 77
}

# files PATTERN: but for what compiles the BPF program's text, in a world of
# macros of its own.
files()
{
	find tool tests -name "$1" ! -name host_text.c ! -path 'tests/arch/*.h' |
		LC_ALL=C sort
}

# for_each COUNT COMMAND...: with COUNT of the names in stdin at a time, on all
# processors; fails if one of them does.
for_each()
{
	xargs -P "$(nproc)" -n "$@"
}
