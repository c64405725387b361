#!/bin/sh
#
# run.sh - saved traces of every kernel's dialect give the rows they must.
#
#   run.sh REPLAY_BINARY
#
# For each tests/data/NAME.trace: NAME.out is the table, NAME.t.out the table
# with -t, NAME.counts what replay counts; all three must be there. Each is
# replayed in pieces of several sizes, since a line may come in any.
# Where there is NAME.columns, it is the table with every choice of columns,
# each below a line that names it; NAME.json is what -j and -d give.

if [ $# -ne 1 ]; then
	echo "usage: run.sh REPLAY_BINARY" >&2
	exit 2
fi
replay=$1
export TZ=UTC
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

# check NAME EXPECTED PIECE [OPTIONS]
check() {
	# shellcheck disable=SC2086 # no option, no word
	"$replay" $4 "$data/$1.trace" "$3" >"$work/out" 2>"$work/counts" &&
	same "$data/$2" "$work/out" &&
	same "$data/$1.counts" "$work/counts" && return
	echo "FAIL $1: replay${4:+ $4} in pieces of $3"
	return 1
}

# columns NAME: the table with every choice of columns
columns() {
	for T in "" T; do for t in "" t; do for U in "" U; do
	for L in "" L; do for x in "" x; do for d in "" d; do
		echo "-- $T$t$U$L$x$d"
		set -- "$1" "${T:+-T}" "${t:+-t}" "${U:+-U}" "${L:+-L}" \
			"${x:+-x}" "${d:+-d}"
		# shellcheck disable=SC2086 # no option, no word
		"$replay" $2 $3 $4 $5 $6 $7 "$data/$1.trace" 2>/dev/null
	done; done; done
	done; done; done
}

# check_trace NAME: all that there is for it
check_trace() {
	for piece in 1 7 4095 65536; do
		check "$1" "$1.out" "$piece" &&
		check "$1" "$1.t.out" "$piece" -t || return 1
	done
	if [ -e "$data/$1.columns" ]; then
		columns "$1" >"$work/out"
		if ! same "$data/$1.columns" "$work/out"; then
			echo "FAIL $1: choices of columns"
			return 1
		fi
	fi
	[ ! -e "$data/$1.json" ] || check "$1" "$1.json" 4095 -jd
}

traces=0
failed=0
for trace in "$data"/*.trace; do
	[ -e "$trace" ] || break
	traces=$((traces + 1))
	check_trace "$(basename "$trace" .trace)" || failed=$((failed + 1))
done
echo "$traces traces, $failed failed"
[ "$traces" -gt 0 ] && [ "$failed" -eq 0 ]
