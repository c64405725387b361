#!/bin/bash
# host: how much of a processor it takes that a host makes so many connects a
# second: in percent of one that executes an instruction each nanosecond, with all
# that the kernel and the tracer do for them.
# icount: yes
# shellcheck source=tests/bench/common.bash
. /mnt/bench/common.bash

declare -A seconds_at=([100]=20 [1000]=5 [10000]=2)

# at_each_rate COMPETITOR: connects looks at the processor itself, for a clock
# that counts instructions races ahead while a program is loaded from the host.
at_each_rate()
{
	local rate busy

	for rate in 100 1000 10000; do
		read -r _ _ busy _ < <(connects \
			$((rate * $(short_or 1 "${seconds_at[$rate]}"))) 9 $rate)
		record host_percent $rate "$1" "$(awk -v rate=$rate \
			-v ns="$busy" 'BEGIN { print rate * ns / 1e7 }')"
	done
}

# traced COMPETITOR [COMMAND...]
traced()
{
	if [ $# = 1 ]; then
		start "$1"
	else
		start_as "$1" 2 "${@:2}"
		# It begins a moment after its probes are there.
		sleep 2
	fi
	at_each_rate "$1"
	stop "$1"
}

round=1
at_each_rate 'no tracer'
traced 'tcpv4connect -c' /mnt/tcpv4connect -c
traced 'tcpv4connect -p' /mnt/tcpv4connect -p 1
for competitor in $(competitors); do
	traced "$competitor"
done
end
