#!/bin/sh
#
# run.sh - saved traces of every kernel's dialect give the rows they must.
#
#   run.sh REPLAY_BINARY
#
# For each tests/data/NAME.trace: NAME.out is the table, NAME.t.out the table
# with -t, NAME.counts what replay counts; all three must be there. Each is
# replayed in pieces of several sizes, since a line may come in any.

if [ $# -ne 1 ]; then
	echo "usage: run.sh REPLAY_BINARY" >&2
	exit 2
fi
replay=$1
data=$(dirname "$0")/../data
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# same EXPECTED FOUND: true where they are; shows where they are not
same() {
	cmp "$1" "$2" && return
	[ -e "$1" ] && diff -a "$1" "$2" | head -10
	return 1
}

# check NAME EXPECTED PIECE [-t]
check() {
	"$replay" $4 "$data/$1.trace" "$3" >"$work/out" 2>"$work/counts" &&
	same "$data/$2" "$work/out" &&
	same "$data/$1.counts" "$work/counts" && return
	echo "FAIL $1: replay${4:+ $4} in pieces of $3"
	return 1
}

traces=0
failed=0
for trace in "$data"/*.trace; do
	[ -e "$trace" ] || break
	name=$(basename "$trace" .trace)
	traces=$((traces + 1))
	for piece in 1 7 4095 65536; do
		check "$name" "$name.out" "$piece" &&
		check "$name" "$name.t.out" "$piece" -t && continue
		failed=$((failed + 1))
		break
	done
done
echo "$traces traces, $failed failed"
[ "$traces" -gt 0 ] && [ "$failed" -eq 0 ]
