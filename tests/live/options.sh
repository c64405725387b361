#!/bin/bash
# options: -t, -p, -v and --global-pipe, all at once, on the same connects.
# suites: bullseye trixie sid
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

# Two processes with three threads each, which connect when they are told to.
for name in chosen other; do
	launch $name python3 /mnt/guest/client.py \
		wait 127.0.0.1 8001 8002 8003 >$name.rows
done
launch server python3 /mnt/guest/server.py server.log 127.0.0.1:8001 \
	127.0.0.1:8002 127.0.0.1:8003
start_tool time -t --global-pipe -v
start_tool filtered -p "${pid_of[chosen]}" -v
start_tool unfiltered -p '' -v

# While these compile: what ends before it has begun.
launch no_stdout bash -c 'exec tcpv4connect >&-'
: >no_stdout.out
ended no_stdout 1
one_line_error no_stdout 'cannot write to stdout: Bad file descriptor'

wait_until 60 grep -qs ready server.log || die "the server listens" server.err
for name in time filtered unfiltered; do
	wait_ready $name
done
touch go
for name in chosen other; do
	wait_until 60 is_over $name || die "$name connects"
done
# The only thing here that takes a fixed time: for TIME(s) to show it.
sleep 1.5
attempt 127.0.0.1 9 >/dev/null

# -v: the instructions can be read beside their source.
entry=$(bpftool prog show | sed -n 's/^\([0-9]*\): kprobe .*trace_connect_e.*/\1/p' |
	head -n 1)
bpftool prog dump xlated id "${entry:-0}" >instructions || true
has "-v: bpftool shows source lines" '^; .*bpf_get_current_pid_tgid' instructions

wait_for_rows time 7
wait_for_rows unfiltered 7
wait_for_rows filtered 3
for name in time filtered unfiltered; do
	stop $name
done

# -p
{
	echo "$header"
	cat chosen.rows
} >expected
same_file "-p: the threads of that process, and no other" expected filtered.out
has "-p: the account is of those alone" ' 3 connects, 3 rows \(0 .*, 0 lost$' \
	filtered.err
same "-p '': 7 rows" 7 "$(rows unfiltered)"
same_file "-p '': both processes" <(cat chosen.rows other.rows | sort) \
	<(sed '1d;$d' unfiltered.out | sort)

# -t
same "-t: the header" "$header_t" "$(head -n 1 time.out)"
# Two processes at once: which of them comes first, two clocks may see apart.
sort unfiltered.out >expected
cut -c10- time.out | sort >found
same_file "-t: behind the time, the same rows" expected found
same "-t: the first row" '0.000    ' "$(sed -n '2s/^\(.........\).*/\1/p' time.out)"
same "-t: seconds with three decimals, in 9 columns" 7 \
	"$(tail -n +2 time.out | cut -c1-9 | grep -cE '^[0-9]+\.[0-9]{3} +$')"
# The kernel merges the buffers of its CPUs as it finds them when they are read:
# one that is stopped while it writes a line can be behind a little.
# shellcheck disable=SC2016 # awk's
check "-t: no row is earlier than the one before" \
	awk 'NR > 2 && $1 < last - 0.2 { exit 1 } { last = $1 }' time.out
# shellcheck disable=SC2016 # awk's
check "-t: the last row comes 1.5 s after the others, and not much more" \
	awk 'NR > 1 { before = last; last = $1 }
		END { exit !(last - before >= 1.5 && last - before < 60) }' time.out

# -v
same "-v: three lines" 3 "$(wc -l <unfiltered.err)"
has "-v: what the process has given away" \
	'^tcpv4connect: confined: .*; system calls are filtered$' unfiltered.err
has "-v: what was attached, and what is read" \
	'^tcpv4connect: libbcc 0\.[0-9.]+; kprobe and kretprobe on tcp_v4_connect, maxactive 4096; reading /sys/kernel/tracing/' unfiltered.err
has "-v: the account" \
	'^tcpv4connect: 7 connects, 7 rows \(0 of them without the call.s return\), 0 lost$' unfiltered.err
has "--global-pipe: it is that one" 'reading /sys/kernel/tracing/trace_pipe$' \
	time.err
if has_printk_event; then
	has "otherwise an instance" \
		'reading /sys/kernel/tracing/instances/tcpv4connect-[0-9a-f]{8}/trace_pipe$' \
		unfiltered.err
fi
kill "${pid_of[server]}"
end
