#!/bin/bash
# screen.sh PROGRAM: examples/screen.svg is what examples/screen.py makes of the
# recording beside it, small and for dark screens too; README.md shows the same
# rows.
set -euo pipefail
# shellcheck source=tests/docs/common.bash
. "$(dirname "$0")/common.bash"
begin "$@"
need python3 python3
recording=$top/examples/screen.txt
picture=$top/examples/screen.svg

check_picture()
{
	python3 "$top/examples/screen.py" <"$recording" >"$scratch/picture"
	same "the picture is not what its script makes of the recording" \
		"$scratch/picture" "$picture"
	python3 -c 'import sys, xml.dom.minidom as d; d.parse(sys.argv[1])' \
		"$picture" || fail "the picture is no XML"
	[ "$(wc -c <"$picture")" -lt 60000 ] || fail "the picture is too large"
	grep -q 'prefers-color-scheme:dark' "$picture" ||
		fail "the picture has no colors for a dark screen"
}

check_same_rows()
{
	sed -nE 's/^ *[0-9.]+ tracer ([^#^])/\1/p' "$recording" \
		>"$scratch/recorded"
	sed -nE '/^    # tcpv4connect$/,/^$/s/^    ([^#])/\1/p' "$readme" \
		>"$scratch/shown"
	same "README.md does not show the recorded rows" "$scratch/recorded" \
		"$scratch/shown"
}

check_picture
check_same_rows
check_rows "$scratch/recorded"
end
