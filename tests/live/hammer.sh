#!/bin/bash
# hammer: while other processes make bpf(2) calls without a pause, a kernel that
# preempts them skips BPF programs of kprobes. What it skips is counted, with a
# filter at most; and in the meantime a probe of the test's own, which has no BPF
# in it, counts calls.
# boot: preempt=full
# suites: bookworm trixie
# alone: two processors have to be busy at a time
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

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
echo 'p:live/live_check tcp_v4_connect' >>"$tracing/kprobe_events"
mkdir "$tracing/instances/live"
tool rows -v
tool ports -v -P 9
tool none -v -P 10
start_tool sums -c -v
wait_attached sums
echo 1 >"$tracing/instances/live/events/live/live_check/enable"
launch hammer hammer 3 >hammer.out
wait_until 30 grep -q ready hammer.out || die "the hammer starts" hammer.err
storm 10 400 >/dev/null
check "the hammer was there all the time" is_running hammer
kill "${pid_of[hammer]}"
same "the kernel's own count" 4000 "$(kernel_count)"
for name in rows ports none sums; do
	stop $name
	say "$name: $(tail -n 1 $name.err)"
done

for name in rows ports sums; do
	read_account $name
	same "$name: calls, as it says" 4000 "$account_connects"
	same "$name: rows and losses" 4000 $((account_rows + account_lost))
	is_preemptible ||
		same "$name: without preemption none is skipped" 0 \
			"$account_lost"
	[ "$name" != rows ] || skipped=$account_lost
done
read_account rows
same "rows on stdout are those of the account" "$account_rows" "$(rows rows)"
read_account sums
same "sums on stdout are those of the account" "$account_rows" \
	"$(awk '$4 ~ /^[0-9]+$/ { sum += $4 } END { print sum + 0 }' sums.out)"
read_account none
same "a filter that leaves all out: no rows" 0 "$account_rows"
if is_preemptible; then
	check "the kernel has skipped programs" [ "$skipped" -gt 0 ]
	for name in ports none; do
		has "$name: with a filter it is at most so many" \
			' lost: up to [0-9]+ skipped by the kernel' $name.err
	done
fi
rmdir "$tracing/instances/live"
echo '-:live/live_check' >>"$tracing/kprobe_events"
kernel_unchanged "hammer"
end
