#!/bin/bash
# host: how much of a processor it takes that a host makes so many connects a
# second: in percent of one that executes an instruction each nanosecond, with all
# that the kernel and the tracer do for them.
# icount: yes
# shellcheck source=tests/bench/common.bash
. /mnt/bench/common.bash

seconds=$(short_or 2 10)

# idle_ns: how long the only processor has had nothing to do.
idle_ns()
{
	local key value

	while read -r key _ value _; do
		[ "$key" != .idle_sleeptime ] || echo "$value"
	done </proc/timer_list
}

# at_each_rate COMPETITOR
at_each_rate()
{
	local rate idle start ns

	for rate in 100 1000 10000; do
		connects 10 >/dev/null
		idle=$(idle_ns)
		start=${EPOCHREALTIME/./}
		connects $((rate * seconds)) 9 "$rate" >/dev/null
		ns=$(((${EPOCHREALTIME/./} - start) * 1000))
		idle=$(($(idle_ns) - idle))
		record host_percent "$rate" "$1" "$(awk -v ns=$ns \
			-v idle=$idle 'BEGIN { print 100 * (1 - idle / ns) }')"
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
	at_each_rate "$1"
	quiet "$1"
	stop "$1"
}

round=1
at_each_rate 'no tracer'
for competitor in $(competitors); do
	traced "$competitor"
done
traced 'tcpv4connect -c' /mnt/tcpv4connect -c
traced 'tcpv4connect -p' /mnt/tcpv4connect -p 1
end
