#!/bin/bash
# overrun: it is stopped during a storm, with a trace buffer that holds a few
# hundred lines. What the kernel then writes over is lost, and counted to the one.
# suites: bullseye trixie sid
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

# overrun NAME BUFFER_SIZE_FILE CALLS: so many, those before it included.
overrun() {
	echo 8 >"$2"
	kill -STOP "${pid_of[$1]}"
	storm 24 400 >/dev/null
	kill -CONT "${pid_of[$1]}"
	# Whether it still reads or drains already makes no difference.
	stop "$1"
	say "$1: $(tail -n 1 "$1.err")"
	read_account "$1"
	same "$1: rows on stdout are those of the account" "$account_rows" \
		"$(rows "$1")"
	same "$1: calls" "$3" "$account_connects"
	same "$1: rows and losses" "$3" $((account_rows + account_lost))
	check "$1: most are lost" [ "$account_lost" -gt 5000 ]
	check "$1: and some are not" [ "$account_rows" -gt 20 ]
	has "$1: the cause" ' lost: [0-9]+ overwritten in the [a-z ]*buffer[^;]*$' "$1.err"
}

remember_kernel
start_tool global --global-pipe
if has_printk_event; then
	start_tool instance
	wait_ready instance
fi
wait_ready global
calls=9600
if has_printk_event; then
	overrun instance "$tracing"/instances/tcpv4connect-*/buffer_size_kb $calls
	calls=19200
fi
overrun global "$tracing/buffer_size_kb" $calls
echo 1408 >"$tracing/buffer_size_kb"
kernel_unchanged "overruns"
end
