#!/bin/bash
# storm: 24 processes make 400 connects each, as fast as they can, and each one
# is a row, also where the kernel runs out of return probes.
# alone: two processors have to be busy at a time
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

# The storm's processes are numbered on, and each has 400 rows.
connects=9600

# right_rows NAME SADDR: all of them, and with everything in them.
right_rows() {
	same "$1: rows" $connects "$(rows "$1")"
	same "$1: rows with COMM, SADDR, DADDR and DPORT as they were" $connects \
		"$(grep -cE "^[0-9]+ +storm +$2 +127\.0\.0\.1 +9   \$" "$1.out")"
	same "$1: 24 processes with 400 rows each" "24 400" "$(tail -n +2 "$1.out" |
		awk '{ count[$1]++ } END { for (pid in count) {
			n++; if (count[pid] != 400) wrong = 1 }
			print n, wrong ? "not" : 400 }')"
}

complete_account() {
	read_account "$1"
	say "$1: $(tail -n 1 "$1.err")"
	same "$1: calls, rows and losses, as it says" "$connects $connects 0" \
		"$account_connects $account_rows $account_lost"
}

remember_kernel
tool raised -v
storm 24 400 >/dev/null
wait_for_rows raised $connects
stop raised
right_rows raised '127\.0\.0\.1'
complete_account raised
same "raised: no return was missed" 0 "$account_recovered"

tool default -v --maxactive 0
storm 24 400 >/dev/null
wait_for_rows default $connects
stop default
right_rows default '(127\.0\.0\.1|0\.0\.0\.0)'
complete_account default
# As many return probes as CPUs, and calls that wait for each other.
if kernel_before 6.0 && ! uname -v | grep -q PREEMPT; then
	check "default: returns were missed, and made good" \
		[ "$account_recovered" -gt 0 ]
fi
kernel_unchanged "storms"
end
