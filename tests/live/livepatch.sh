#!/bin/bash
# livepatch: it traces a tcp_v4_connect() that a live patch replaces, whichever
# of the two comes first.
# suites: trixie
# module: livepatch
# boot: ibt=off
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

patch=/sys/kernel/livepatch/livepatch

# shellcheck disable=SC2317 # wait_until calls it
is_patched() {
	[ "$(cat "$patch/enabled" "$patch/transition")" = $'1\n0' ]
}

# has_all NAME COUNT: it has a whole row of each connect.
has_all() {
	wait_for_rows "$1" "$2"
	stop "$1"
	read_account "$1"
	same "$1: connects, rows, without return, lost" "$2 $2 0 0" \
		"$account_connects $account_rows $account_recovered $account_lost"
	same "$1: every row has its source" "$2" \
		"$(awk '$3 == "127.0.0.1"' "$1.out" | wc -l)"
}

tool before -v
storm 4 25 >/dev/null
insmod /mnt/livepatch.ko || die "the module is loaded"
wait_until 60 is_patched || die "the function is patched"
tool after -v
storm 4 50 >/dev/null
has_all before 300
has_all after 200
same "calls of what replaces it" 200 \
	"$(cat /sys/module/livepatch/parameters/calls)"
end
