#!/bin/bash
# signals.sh PROGRAM: a signal ends the run, unless the program that started it
# had it ignored: nohup does so with SIGHUP, a script with SIGINT and SIGQUIT of
# its background jobs. Needs no root: -r.
set -euo pipefail
program=$1
env --default-signal=INT true 2>/dev/null || {
	echo "skipped: env has no --default-signal (coreutils 8.31)"
	exit 77
}
scratch=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true; rm -rf "$scratch"' \
	EXIT
mkfifo "$scratch/fifo"

fail()
{
	echo "FAIL: $*"
	exit 1
}

# has_lines COUNT
has_lines()
{
	[ "$(wc -l <"$scratch/out")" -ge "$1" ]
}

# wait_until COMMAND...: false where that takes longer than 20 seconds.
wait_until()
{
	local tries=200

	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.1
	done
}

# start ENV-OPTION: the program, which waits for lines, with some signals ignored
# and all others not.
start()
{
	: >"$scratch/out"
	env --default-signal=HUP,INT,QUIT,TERM "$1" \
		"$program" -r "$scratch/fifo" >"$scratch/out" &
	pid=$!
	exec 3>"$scratch/fifo"
	wait_until has_lines 1 || fail "it does not start"
}

# ends_by NAME
ends_by()
{
	local status=0

	kill "-$1" "$pid"
	# shellcheck disable=SC2317 # wait_until calls it
	is_over()
	{
		! kill -0 "$pid" 2>/dev/null
	}
	wait_until is_over || fail "SIG$1 does not end it"
	wait "$pid" || status=$?
	pid=
	exec 3>&-
	[ "$status" = 0 ] || fail "SIG$1 ends it with $status"
}

for name in HUP INT QUIT TERM; do
	start --default-signal=$name
	ends_by $name
done
for name in HUP INT QUIT; do
	start --ignore-signal=$name
	kill -$name "$pid"
	head -n 1 data/6.18.trace >&3
	wait_until has_lines 2 || fail "SIG$name ends it where it is ignored"
	ends_by TERM
done
start --ignore-signal=TERM
ends_by TERM
echo "all as it should be"
