#!/bin/bash
# edges: a run that begins and ends in the middle of a load has a row for each
# connect in between, whole, and for no other; nothing is lost at either edge.
# suites: bullseye bookworm trixie
# alone: two processors have to be busy at a time
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

# Hundredths of a second, of CLOCK_MONOTONIC where nothing was ever suspended.
uptime() {
	awk -v more="$1" '{ printf "%.2f", $1 + more }' /proc/uptime
}

# between NAME FAILED [OPTION]...: a run with some hundred connects.
between() {
	local name=$1 failed=$2

	shift 2
	tool "$name" "$@"
	ready[$name]=$(uptime 0.02)
	wait_for_rows "$name" 700
	stopped[$name]=$(uptime -0.02)
	stop "$name" TERM
	failed_only[$name]=$failed
}

declare -A ready=() stopped=() failed_only=()
remember_kernel
launch load nice -n 10 load 3 load.log >load.out
wait_until 30 grep -q ready load.out || die "the load begins" load.err
between all 0 -v
between failed 1 -v -x
between quiet 0
kill "${pid_of[load]}"
ended load

for name in all failed quiet; do
	same "$name: a row for each connect, and no other" ok \
		"$(python3 /mnt/guest/edges.py "$name.out" load.log \
			"${failed_only[$name]}" "${ready[$name]}" \
			"${stopped[$name]}")"
	[ "$name" != quiet ] || continue
	read_account "$name"
	say "$name: $(tail -n 1 "$name.err")"
	same "$name: lost" 0 "$account_lost"
	same "$name: rows, as it says" "$(rows "$name")" "$account_rows"
	same "$name: connects, as it says" "$account_connects" "$account_rows"
	same "$name: all is accounted for" 0 \
		"$(grep -c 'unaccounted' "$name.err" || true)"
	kernel_before 6.0 ||
		same "$name: no return was missed" 0 "$account_recovered"
done
empty "a run that lost nothing prints nothing on stderr" quiet.err
kernel_unchanged "starts and stops in a load"
end
