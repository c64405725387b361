# shellcheck shell=bash
# wait.bash - what waits in a virtual machine: for the cases of tests/live and for
# the parts of tests/bench.

# pause: a moment, between two looks. tests/lib/guest.sh has another.
pause()
{
	sleep 0.1
}

# wait_until SECONDS COMMAND...: false where that took longer.
wait_until()
{
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		pause
	done
}
