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

# Left out of the processor is what is slow to emulate: copying byte by byte in
# one instruction (erms), a guard around each look at a process's memory (smap), and
# a fifth level of page tables (la57).
# shellcheck disable=SC2034 # the callers use it
quick_cpu=max,-erms,-smap,-la57

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

# patched_itself_to_death: the kernel died of a breakpoint (int3) that it had put
# into its own code for a moment, elsewhere than in the functions with our probes.
# Two emulated processors do not agree at once about code that one of them
# changes. Each start of a trace changes __schedule(), for the names of processes
# (sched_switch); to do that in a loop, with tasks that sleep and wake beside it,
# kills Linux 6.12 within five seconds, with nothing of ours in there.
patched_itself_to_death()
{
	awk '/int3: 0000/ { died = 1 }
		died && /RIP: 0010:/ { exit }
		END { exit !died || /:tcp_(v4_)?connect/ }' "$VM_CONSOLE"
}

# boot_watched: boot, but end a machine that has come to a standstill, with 125.
# Under emulation a kernel's clock stops now and then, its processors spin, and
# nothing in there goes on; no time limit of the case's own can end that.
boot_watched()
{
	local status=0

	rm -f "$share/beat" "$share/began" "$share/emulation_failed"
	export VM_CONSOLE=$share/console
	touch "$case"
	boot &
	machine=$!
	while kill -0 $machine 2>/dev/null; do
		sleep 0.5
		if stands_still; then
			echo "# the machine stands still"
			kill -TERM $machine
			wait $machine || true
			: >"$share/emulation_failed"
			return 125
		fi
	done
	wait $machine || status=$?
	machine=
	# Outside of interrupts, only the process that met it dies.
	if [ $status != 0 ] && patched_itself_to_death; then
		echo "# the kernel met a breakpoint of its own"
		: >"$share/emulation_failed"
		status=125
	elif [ $status != 0 ]; then
		grep -sE -A30 'Oops|BUG:|stall' "$VM_CONSOLE" | sed 's/^/# /' || :
	fi
	return $status
}

# boot_until_begun: an emulated kernel dies now and then while it starts, before
# the script has begun, or fails as above; that says nothing about the script. Sets
# status to how it ended.
boot_until_begun()
{
	local try

	for try in 1 2 3; do
		status=0
		boot_watched || status=$?
		if [ $status != 125 ] ||
			{ [ -e "$share/began" ] &&
				[ ! -e "$share/emulation_failed" ]; }; then
			break
		fi
		echo "# the machine ended before the case did (try $try)"
	done
}
