#!/bin/bash
# sums: -c counts in the kernel, exactly; alone, with filters, and cleared every
# few seconds.
# suites: bullseye bookworm
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

remember_kernel
start_tool count -c -v
start_tool ports -c -P 10 -v
start_tool failed -c -x -v
start_tool often -c --interval 2 -v
wait_attached count ports failed often
for name in count ports failed often; do
	empty "$name: no pipe is open" <(
		find "/proc/${pid_of[$name]}/fd" -lname '*trace_pipe' -o \
			-lname '*/instances*')
done
same "no instance was made" "" "$(ls "$tracing/instances")"

storm 6 50 127.0.0.1 9 >/dev/null
storm 4 25 127.0.0.2 10 >/dev/null
sleep 3
storm 3 7 127.0.0.1 9 >/dev/null
attempt -c 5 198.51.100.7 443 >/dev/null

for name in count ports failed often; do
	stop $name
done

# table ADDRESS DESTINATION PORT COUNT...
table() {
	printf '\n%-25s %-25s %-20s %-10s\n' LADDR RADDR RPORT CONNECTS
	printf '%-25s %-25s %-20s %-10s\n' "$@"
}

table 127.0.0.1 127.0.0.1 9 321 127.0.0.1 127.0.0.2 10 100 \
	0.0.0.0 198.51.100.7 443 5 >expected
same_file "-c: byte for byte, the highest sum first" expected count.out
table 127.0.0.1 127.0.0.2 10 100 >expected
same_file "-c -P" expected ports.out
table 0.0.0.0 198.51.100.7 443 5 >expected
same_file "-c -x" expected failed.out

check "--interval: more than one table" \
	[ "$(grep -c LADDR often.out)" -gt 1 ]
awk '$4 ~ /^[0-9]+$/ { sum[$1 " " $2 " " $3] += $4 }
	END { for (key in sum) print key, sum[key] }' often.out | sort >found
printf '%s\n' '0.0.0.0 198.51.100.7 443 5' '127.0.0.1 127.0.0.1 9 321' \
	'127.0.0.1 127.0.0.2 10 100' >expected
same_file "--interval: all tables together" expected found
has "the account: all of them, none lost" \
	'^tcpv4connect: 426 connects, 426 rows \(.*, 0 lost$' count.err
has "-x: the account is of those that failed" \
	'^tcpv4connect: 5 connects, 5 rows \(.*, 0 lost$' failed.err
kernel_unchanged "counting"
end
