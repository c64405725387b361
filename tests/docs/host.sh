#!/bin/bash
# host.sh PROGRAM: examples/host.svg is what tests/bench/plot makes of the table in
# tests/bench/README.md, small and for dark screens too.
set -euo pipefail
# shellcheck source=tests/docs/common.bash
. "$(dirname "$0")/common.bash"
begin "$@"
need python3 python3
plot=$top/examples/host.svg

python3 "$top/tests/bench/plot" "$top/tests/bench/README.md" >"$scratch/plot"
same "the plot is not what its script makes of the table" "$scratch/plot" "$plot"
python3 -c 'import sys, xml.dom.minidom as d; d.parse(sys.argv[1])' "$plot" ||
	fail "the plot is no XML"
[ "$(wc -c <"$plot")" -lt 8000 ] || fail "the plot is too large"
grep -q 'prefers-color-scheme:dark' "$plot" ||
	fail "the plot has no colors for a dark screen"
end
