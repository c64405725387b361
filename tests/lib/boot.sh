# shellcheck shell=bash disable=SC2154
# boot.sh - what tests/live/run and tests/bench/run share: a virtual machine that
# is watched from outside. Sourced; the caller has set -euo pipefail, and sets
#
#   share    the directory that the guest has as /mnt
#   case     the script that it runs, below $share
#   machine  "", or what is running; for the caller's trap
#
# and has a function boot, which execs tests/vm. In the guest, a loop writes to
# /mnt/beat every second.

# A machine that has not done so for so many seconds stands still; from its start
# to the first time it may take longer. A slower machine's owner sets more.
beat_seconds=60
first_beat_seconds=150

# older_than SECONDS FILE: it has not been written to for so long.
older_than()
{
	[ $(($(date +%s) - $(stat -c %Y "$2"))) -gt "$1" ]
}

stands_still()
{
	if [ -e "$share/beat" ]; then
		older_than $beat_seconds "$share/beat"
	else
		older_than $first_beat_seconds "$case"
	fi
}

# boot_watched: boot, but end a machine that has come to a standstill, with 125.
# Under emulation a kernel's clock stops now and then, its processors spin, and
# nothing in there goes on; no time limit of the case's own can end that.
boot_watched()
{
	local status=0

	rm -f "$share/beat" "$share/began" "$share/stood_still"
	touch "$case"
	boot &
	machine=$!
	while kill -0 $machine 2>/dev/null; do
		sleep 0.5
		if stands_still; then
			echo "# the machine stands still"
			kill -TERM $machine
			wait $machine || true
			: >"$share/stood_still"
			return 125
		fi
	done
	wait $machine || status=$?
	machine=
	return $status
}

# boot_until_begun: an emulated kernel dies now and then while it starts, before
# the script has begun, or stands still; that says nothing about the script. Sets
# status to how it ended.
boot_until_begun()
{
	local try

	for try in 1 2 3; do
		status=0
		boot_watched || status=$?
		if [ $status != 125 ] ||
			{ [ -e "$share/began" ] &&
				[ ! -e "$share/stood_still" ]; }; then
			break
		fi
		echo "# the machine ended before the case did (try $try)"
	done
}
