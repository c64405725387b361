#!/bin/bash
# clocks: ts is right in a time namespace and after the clock was set, and -r -j
# shows what -j has printed. (A suspend is the same to the program; this machine,
# whose disk is shared over 9p, would not wake from one.)
# suites: bookworm
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

# attached NAME COMMAND...: in the background, up to its probes.
attached() {
	: >"$1.out"
	launch "$@" >"$1.out"
	wait_attached "$1"
}

# shellcheck disable=SC2317 # wait_until calls it
has_objects() {
	[ "$(wc -l <"$1.out")" -ge "$2" ]
}

# attempt_at NAME NUMBER: the object of that number of NAME, of an attempt that is
# made now, has the right time; 100 ms are for what the machine needs.
attempt_at() {
	local before=$EPOCHREALTIME

	storm 1 1 >/dev/null
	wait_until 60 has_objects "$1" "$2" || die "$1: object $2" "$1.err"
	# shellcheck disable=SC2016 # awk expands it
	check "$1: object $2 has the right time" \
		awk -v before="$before" -v after="$EPOCHREALTIME" -v number="$2" '
		NR == number {
			split($0, part, /[:,]/)
			exit part[2] < before - 0.1 || part[2] > after + 0.1
		}' "$1.out"
}

# heads FILE: how many head lines there are.
heads() {
	grep -c '^# tcpv4connect: time of day = ' "$1"
}

remember_kernel
read -r uptime _ </proc/uptime
for offset in 100000 -$((${uptime%.*} / 2)); do
	attached forked unshare -T --monotonic "$offset" --fork \
		tcpv4connect -j -v --max-events 1
	attempt_at forked 1
	ended forked
	# Before Linux 6.3 only children are in the namespace then.
	attached alone unshare -T --monotonic "$offset" \
		tcpv4connect -j -v --max-events 1
	attempt_at alone 1
	ended alone
done

attached clock tcpv4connect -j -v -w clock.trace
attempt_at clock 1
date -s "+1 hour" >/dev/null
attempt_at clock 2
date -s "-2 hours" >/dev/null
attempt_at clock 3
same "a head line for each time that the clock was set" 3 "$(heads clock.trace)"
stop clock
tcpv4connect -r clock.trace -j >replayed
same_file "-r -j shows the same times" clock.out replayed
kernel_unchanged "clocks"
end
