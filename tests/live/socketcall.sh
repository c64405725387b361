#!/bin/bash
# socketcall: a 32-bit program connects, by socketcall(2) and by connect(2), and
# each has its row.
# suites: trixie
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

gcc -m32 -ffreestanding -fno-stack-protector -nostdlib -static \
	-o socketcall /mnt/guest/socketcall.c || die "a 32-bit program is built"
tool rows
./socketcall &
pid=$!
wait $pid || fail "both connects are refused"
wait_for_rows rows 2
stop rows
{
	printf '%s\n' "$header"
	for port in 4001 4002; do
		printf '%-6d %-12s %-16s %-16s %-4s\n' $pid socketcall \
			127.0.0.1 127.0.0.1 $port
	done
} >expected
same_file "header and rows, byte for byte" expected rows.out
end
