#!/bin/bash
# neighbors: other copies, and other programs that use bpf_trace_printk and the
# global trace_pipe, take nothing from us, nor we from them.
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

# What a forger may try: another run's tag, and a whole message behind it.
forged='tcpv4connect:00000000 7f0000017f000001 c0de005000000000 00002476 00002476 00000 forged'

only_ours() {
	same "$1: $2 rows" "$2" "$(rows "$1")"
	same "$1: and all of them are of our storm" "$2" \
		"$(grep -cE '^[0-9]+ +storm +127\.0\.0\.1 +127\.0\.0\.1 +9   $' "$1.out")"
	empty "$1: nothing on stderr" "$1.err"
}

# shellcheck disable=SC2317 # wait_until calls it
counted_lines() {
	[ "$(grep -c 'a counted line' cat.out)" -ge 50 ]
}

remember_kernel

# Lines from before we start, in the global trace; and while we run.
printk 'a line from before' 10
printk "$forged" 10
launch foreign printk $'another tracer\'s line\n' 5 20
launch forger printk "$forged" 5 20
names=(global)
start_tool global --global-pipe
if has_printk_event; then
	names+=(first second)
	start_tool first
	start_tool second
fi
for name in "${names[@]}"; do
	wait_ready "$name"
done
storm 2 5 >/dev/null
for name in "${names[@]}"; do
	wait_for_rows "$name" 10
done
stop global
only_ours global 10
if has_printk_event; then
	stop second
	only_ours second 10
fi
for name in foreign forger; do
	check "$name still printed" is_running $name
	kill "${pid_of[$name]}"
done

# The global trace_pipe is read while an instance of ours is there.
launch cat cat "$tracing/trace_pipe" >cat.out
wait_until 30 grep -q . cat.out || true
printk 'a counted line' 50
storm 1 5 >/dev/null
wait_until 30 counted_lines || true
same "who reads the global pipe gets his 50 lines" 50 \
	"$(grep -c 'a counted line' cat.out)"
if has_printk_event; then
	wait_for_rows first 15
	stop first
	only_ours first 15
fi

# One reader at a time: kernels with that rule (6.5, and older ones that have it
# by now) refuse the second one who opens it.
if (exec 8<"$tracing/trace_pipe") 2>/dev/null; then
	say "this kernel gives the global pipe to several readers at a time:" \
		"nothing to refuse"
else
	start_tool refused --global-pipe
	ended refused 1
	one_line_error refused "cannot open $tracing/trace_pipe: in use by PID ${pid_of[cat]} \(cat\)"
fi
kill "${pid_of[cat]}"
kernel_unchanged "other readers and writers"
end
