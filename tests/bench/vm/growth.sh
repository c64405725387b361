#!/bin/bash
# growth: more connects, more values of -p and -P, more copies at once. Each is
# measured once, since with icount one is as the next.
# icount: yes
# shellcheck source=tests/bench/common.bash
. /mnt/bench/common.bash

# connects_cases COMPETITOR COUNT...: for each, the tracer's processor time for one
# more connect, and its memory after so many; one start serves for all.
connects_cases()
{
	local before after rss pid count done=0

	start "$1"
	pid=$(reported "$1" pid)
	settled "$pid" >/dev/null
	for count in "${@:2}"; do
		before=$(cpu_ns "$pid")
		storm 1 $((count - done)) >/dev/null
		quiet "$1"
		after=$(cpu_ns "$pid")
		read -r rss _ < <(memory "$pid")
		record reader_cpu_ns_per_connect "$count" "$1" \
			$(((after - before) / (count - done)))
		record rss_kb_after_connects "$count" "$1" "$rss"
		done=$count
	done
	stop "$1"
}

# others COUNT: that many numbers, none of which is the client's process or port.
others()
{
	seq -s, 60001 $((60000 + $1))
}

# filter_case OPTION COUNT: what a connect() costs that is looked for among so many
# values, in vain.
filter_case()
{
	local cpu

	start tcpv4connect "$1" "$(others "$2")"
	read -r cpu _ < <(connects "$client_count")
	record connect_cpu_ns_by_values "$2" "tcpv4connect $1" "$cpu"
	stop tcpv4connect
}

# copies_case COUNT: each with a trace instance of its own.
copies_case()
{
	local i rss=0 one cpu

	for ((i = 1; i <= $1; i++)); do
		start_as "copy$i" $((2 * i)) /mnt/tcpv4connect
	done
	read -r cpu _ < <(connects "$client_count")
	record connect_cpu_ns_by_copies "$1" tcpv4connect "$cpu"
	for ((i = 1; i <= $1; i++)); do
		quiet "copy$i"
		read -r one _ < <(memory "$(reported "copy$i" pid)")
		rss=$((rss + one))
	done
	record rss_kb_of_all_copies "$1" tcpv4connect "$rss"
	for ((i = 1; i <= $1; i++)); do
		stop "copy$i"
	done
}

client_count=$(short_or 500 5000)
round=1
for competitor in $(competitors); do
	# shellcheck disable=SC2046 # numbers
	connects_cases "$competitor" 1000 $(short_or '' '10000 100000')
done
for count in 1 $(short_or 64 '2 4 8 16 32 64'); do
	filter_case -p "$count"
	filter_case -P "$count"
done
for count in 1 $(short_or 3 '2 5 10'); do
	copies_case "$count"
done
end
