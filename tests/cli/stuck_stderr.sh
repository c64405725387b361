#!/bin/bash
# stuck_stderr.sh PROGRAM: a stderr that takes nothing, a pipe, a socket or a
# terminal, holds up neither rows nor the end. Needs no root: -r.
set -euo pipefail
program=$1
command -v python3 >/dev/null || {
	echo "skipped: no python3"
	exit 77
}
scratch=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true; rm -rf "$scratch"' \
	EXIT

fail()
{
	echo "FAIL: $*"
	exit 1
}

# stuck KIND WORD...: the program, with such a stderr, in the background. It leaves
# its output in the file out.
stuck()
{
	: >"$scratch/out"
	lib/stuck_stderr.py "$1" "$program" "${@:2}" >"$scratch/out" 3>&- &
	pid=$!
}

# has_lines COUNT
has_lines()
{
	[ "$(wc -l <"$scratch/out")" -ge "$1" ]
}

is_over()
{
	! kill -0 "$pid" 2>/dev/null
}

# wait_until TENTHS COMMAND...: false where that takes longer.
wait_until()
{
	local tries=$1

	until "${@:2}"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.1
	done
}

# ended WHAT STATUS
ended()
{
	local status=0

	# A second, and two for a machine that has other things to do.
	wait_until 30 is_over || fail "$1: it does not end"
	wait "$pid" || status=$?
	pid=
	[ "$status" = "$2" ] || fail "$1: it ends with $status"
}

mkfifo "$scratch/fifo"
# Its last line has an end, here.
awk 1 data/mixed.trace >"$scratch/trace"
signals=(INT TERM HUP QUIT)
for kind in pipe socket terminal ctrl-s; do
	stuck $kind --nonsense
	ended "$kind, a wrong option" 2

	# -v has something to say at the start and at the end.
	stuck $kind -v -r "$scratch/trace"
	wait_until 50 has_lines "$(wc -l <data/mixed.out)" ||
		fail "$kind: not all rows come"
	ended "$kind" 0
	cmp -s data/mixed.out "$scratch/out" || fail "$kind: the rows are others"

	stuck $kind -v -r "$scratch/fifo"
	exec 3>"$scratch/fifo"
	cat data/6.18.trace >&3
	wait_until 50 has_lines "$(wc -l <data/6.18.out)" ||
		fail "$kind: rows of a pipe do not come"
	kill "-${signals[0]}" "$pid"
	ended "$kind, SIG${signals[0]}" 0
	exec 3>&-
	signals=("${signals[@]:1}" "${signals[0]}")
done
echo "all as it should be"
