#!/bin/bash
# failures: calls that tcp_v4_connect refuses, or that are out of the ordinary,
# are rows too, with the destination that was asked for. SADDR is what the
# socket has.
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

printf '%s\n' "$header" >expected

# attempt WHAT RESULT "SADDR DADDR DPORT" ARGUMENT...: one row; the call's result
# is as expected, or else it was not the call that we wanted. An address "own" is
# what the socket said after the call.
attempt() {
	local what=$1 result=$2 row=$3 pid found own

	shift 3
	command attempt "$@" >said || fail "$what: $*"
	read -r pid found own <said
	same "$what: $result" "$result" "$found"
	[ -n "$row" ] || return 0
	# shellcheck disable=SC2086 # three words
	set -- ${row/own/$own}
	printf '%-6d %-12.12s %-16s %-16s %-4s\n' "$pid" attempt "$@" >>expected
}

# The same row COUNT times; the results of the calls after the first.
again() {
	tail -n "+2" said | cut -d' ' -f2 | paste -sd ' '
}

repeat_row() {
	tail -n 1 expected >row
	cat row >>expected
}

launch server python3 /mnt/guest/server.py server.log 127.0.0.1:8001
sysctl -qw net.ipv4.tcp_fastopen=3
start_tool rows
wait_until 60 grep -qs ready server.log || die "the server listens" server.err
wait_ready rows

attempt "refused" ECONNREFUSED "127.0.0.1 127.0.0.1 9" 127.0.0.1 9
attempt "no route" ENETUNREACH "own 198.51.100.7 80" 198.51.100.7 80
attempt "no route, bound source" ENETUNREACH \
	"127.0.0.9 198.51.100.7 81" -b 127.0.0.9 198.51.100.7 81
attempt "to 0.0.0.0" ECONNREFUSED "127.0.0.1 127.0.0.1 82" 0.0.0.0 82
attempt "broadcast" ENETUNREACH "own 255.255.255.255 85" 255.255.255.255 85
attempt "another family" EAFNOSUPPORT "0.0.0.0 0.0.0.0 0" -f 10 127.0.0.1 86
attempt "a short address" EINVAL "0.0.0.0 0.0.0.0 0" -l 8 127.0.0.1 87
attempt "bound source, refused" ECONNREFUSED \
	"127.0.0.9 127.0.0.1 88" -b 127.0.0.9 127.0.0.1 88
attempt "not blocking" EINPROGRESS "127.0.0.1 127.0.0.1 8001" \
	-n 127.0.0.1 8001
attempt "sendto with MSG_FASTOPEN" 0 "127.0.0.1 127.0.0.1 8001" \
	-d 127.0.0.1 8001

# The first has no cookie yet and gets one; the second is put off until send().
attempt "TCP_FASTOPEN_CONNECT, twice" 0 "127.0.0.1 127.0.0.1 8001" \
	-o -c 2 127.0.0.1 8001
same "the second one too" 0 "$(again)"
repeat_row

attempt "a connected socket" 0 "127.0.0.1 127.0.0.1 8001" -r 127.0.0.1 8001
same "its second connect does not get that far: no row" EISCONN "$(again)"
attempt "AF_UNSPEC does not get that far: no row" 0 "" -f 0 127.0.0.1 8001

# Two local ports: the third socket to the same destination gets none.
range=$(sysctl -n net.ipv4.ip_local_port_range)
sysctl -qw net.ipv4.ip_local_port_range="61000 61001"
attempt "ports, while there are some" 0 "127.0.0.1 127.0.0.1 8001" \
	-c 3 127.0.0.1 8001
sysctl -qw net.ipv4.ip_local_port_range="$range"
same "and when there are none left" "0 EADDRNOTAVAIL" "$(again)"
repeat_row
own=$(tail -n 1 said | cut -d' ' -f3)
sed "s/ 127.0.0.1       / $(printf '%-16s' "$own")/" row >>expected

wait_for_rows rows $(($(wc -l <expected) - 1))
stop rows
same_file "every attempt is a row, byte for byte" expected rows.out
empty "nothing on stderr" rows.err
kill "${pid_of[server]}"
end
