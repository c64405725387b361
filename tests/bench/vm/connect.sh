#!/bin/bash
# connect: what a connect() costs its process while nothing traces, while each
# competitor does, and with only a part of what our two probes do (parts.c):
#
#   empty probes    two that return at once
#   a user id       the same, and one asks who runs: what -u can't do without
#   a search        the same, and one searches for a cgroup in a hash: --cgroupmap
#   + maps          all but the message
#   + message       written, and thrown away: the event is off
#   + instance      taken by an instance as ours is
#   + global        taken by the global trace as well, which a kernel switches
#                   on by itself when it loads such a program; no one reads
#
# The last column of parts is what tcpv4connect does, but for reading it.
# The competitor "-c" is tcpv4connect -c, which counts in a map and writes no line;
# "-p", "-u" and "--cgroupmap" leave the process out, and "before" is an older one.
# With icount=1, one virtual processor counts instructions: a nanosecond is one.
# icount: yes
# shellcheck source=tests/bench/common.bash
. /mnt/bench/common.bash

count=$(short_or 500 3000)
printk=$tracing/events/bpf_trace/bpf_trace_printk/enable
probes_of[part]=2

# repeat COMPETITOR: five measurements of one start, since starting takes long, and
# with icount one start is as the next.
repeat()
{
	local i

	for ((i = 0; i < $(short_or 1 5); i++)); do
		cost_of_connect - "$1" "$count"
	done
}

# traced COMPETITOR [COMMAND...]
traced()
{
	if [ $# = 1 ]; then
		start "$1"
	else
		start_as "$1" 2 "${@:2}"
	fi
	repeat "$1"
	quiet "$1"
	stop "$1"
}

# left_out OPTION VALUE: what a process pays that the filter leaves out.
left_out()
{
	start_as filter 2 /mnt/tcpv4connect "$1" "$2"
	repeat "tcpv4connect $1"
	stop filter
}

# empty_map: the path of a pinned map with no cgroup in it.
empty_map()
{
	local map=/sys/fs/bpf/bench

	mountpoint -q /sys/fs/bpf || busybox mount -t bpf bpf /sys/fs/bpf
	bpftool map create $map type hash key 8 value 8 entries 16 name bench
	echo $map
}

# part NAME PART [GLOBAL]: GLOBAL is 1 where the global trace takes it, too.
part()
{
	start_as part 2 parts "$2"
	# A kernel switches it on a moment after the program is loaded (6.19).
	if [ -n "${3:-}" ]; then
		sleep 1
		[ ! -e "$printk" ] || echo "$3" >"$printk"
	fi
	repeat "$1"
	stop part
}

round=1
repeat 'no tracer'
for competitor in $(competitors); do
	traced "$competitor"
done
[ ! -x /mnt/before ] || traced 'tcpv4connect before' /mnt/before
traced 'tcpv4connect -c' /mnt/tcpv4connect -c
left_out -p 1
left_out -u 12345
left_out --cgroupmap "$(empty_map)"
part 'empty probes' empty 0
part 'a user id' uid 0
part 'a search' lookup 0
part '+ maps' silent 0
part '+ message' message 0
if [ -e "$printk" ]; then
	part '+ instance' instance 0
	part '+ global' instance 1
	echo 0 >"$printk"
fi
end
