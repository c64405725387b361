#!/bin/bash
# hammer: while other processes make bpf(2) calls without a pause, a kernel with
# preemption skips BPF programs of kprobes. What it skips is counted; and in the
# meantime a counter of the kernel's own, which has no BPF in it, counts calls.
# suites: bookworm sid
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

# is_preemptible: full and lazy preemption; voluntary is none.
is_preemptible() {
	if [ -e "$debug/sched/preempt" ]; then
		grep -qE '\((full|lazy)\)' "$debug/sched/preempt"
	else
		uname -v | grep -q PREEMPT
	fi
}

kernel_count() {
	awk '$1 == "live_check" { print $2 }' "$tracing/kprobe_profile"
}

remember_kernel
tool rows -v
echo 'p:live/live_check tcp_v4_connect' >>"$tracing/kprobe_events"
mkdir "$tracing/instances/live"
echo 1 >"$tracing/instances/live/events/live/live_check/enable"
launch hammer hammer 3 >hammer.out
wait_until 30 grep -q ready hammer.out || die "the hammer starts" hammer.err
storm 24 400 >/dev/null
check "the hammer was there all the time" is_running hammer
kill "${pid_of[hammer]}"
same "the kernel's own count" 9600 "$(kernel_count)"

stop rows
say "$(tail -n 1 rows.err)"
read_account rows
same "calls, as it says" 9600 "$account_connects"
same "rows and losses" 9600 $((account_rows + account_lost))
same "rows on stdout are those of the account" "$account_rows" "$(rows rows)"
if ! is_preemptible; then
	same "a kernel without preemption skips none" 0 "$account_lost"
fi
rmdir "$tracing/instances/live"
echo '-:live/live_check' >>"$tracing/kprobe_events"
kernel_unchanged "hammer"
end
