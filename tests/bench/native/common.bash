# shellcheck shell=bash disable=SC2034
# native/common.bash - readers of lines, which the kernel's own bpf_trace_printk
# writes as often as one likes, without a probe (tests/native/generator.c).
#
# Every reader gets the same: an instance with a buffer that holds all lines, which
# are written while it is stopped and read when it goes on; so nothing is lost, and
# none waits. How many were read, the kernel's own statistics say.

# shellcheck source=tests/bench/common.bash
. /mnt/bench/common.bash

tag=tcpv4connect:be7c4000
instance=
reader=
# The reader on the first processor, the writer on the last.
writer_cpu=$(($(nproc) - 1))

# start_program [OPTION]...: the program without its probes; leaves instance, tag
# and reader.
start_program()
{
	local run

	rm -f program.ready program.out
	UNPROBED_READY=program.ready taskset -c 0 unprobed "$@" \
		</dev/null >program.out 2>program.err &
	reader=$!
	wait_until 20 test -s program.ready || die "$(cat program.err)"
	read -r run _ <program.ready
	tag=tcpv4connect:$run
	instance=$tracing/instances/tcpv4connect-$run
	wait_until 20 test -d "$instance/per_cpu" || die "no $instance"
}

# make_instance: one for the others.
make_instance()
{
	tag=tcpv4connect:be7c4000
	instance=$tracing/instances/bench
	mkdir "$instance"
	echo mono >"$instance/trace_clock"
	echo "bpf_string ~ \"*$tag*\"" \
		>"$instance/events/bpf_trace/bpf_trace_printk/filter"
	echo 1 >"$instance/events/bpf_trace/bpf_trace_printk/enable"
}

start_reader()
{
	case $1 in
	tcpv4connect) start_program ;;
	'tcpv4connect -j') start_program -j ;;
	cat)
		make_instance
		taskset -c 0 cat "$instance/trace_pipe" >/dev/null &
		reader=$!
		;;
	'Python, trace_fields')
		make_instance
		taskset -c 0 /usr/bin/python3 /mnt/bench/native/reader.py \
			"$instance/trace_pipe" >program.out &
		reader=$!
		# Its modules are loaded when it has the pipe open.
		wait_until 60 has_pipe_open || die "Python did not start"
		;;
	esac
}

has_pipe_open()
{
	readlink "/proc/$reader/fd/"* 2>/dev/null |
		grep -q "^$instance/trace_pipe\$"
}

# statistic WHAT: of the writer's processor's buffer.
statistic()
{
	sed -n "s/^$1: //p" "$instance/per_cpu/cpu$writer_cpu/stats"
}

read_events()
{
	[ "$(statistic 'read events')" -ge "$1" ]
}

# feed COUNT: that many lines, read to the last one; sets cpu_per_event and, for
# what the writer took, written_ns.
feed()
{
	local before said

	# A line is 95 characters and its frame; 10000 more for the pages' ends.
	echo $((($1 + 10000) * 160 / 1024)) \
		>"$instance/per_cpu/cpu$writer_cpu/buffer_size_kb"
	kill -STOP "$reader"
	said=$(taskset -c "$writer_cpu" generator "$tag" "$1")
	[[ $said = *" 0 of them refused, in "* ]] || die "generator: $said"
	written_ns=$(awk -v n="$1" '{ printf "%.0f", $(NF - 1) * 1e9 / n }' \
		<<<"$said")
	[ "$(statistic overrun)" = 0 ] || die "the buffer was too small"
	before=$(cpu_ns "$reader")
	kill -CONT "$reader"
	wait_until 300 read_events "$1" ||
		die "read $(statistic 'read events') of $1"
	sleep 0.5
	cpu_per_event=$((($(cpu_ns "$reader") - before) / $1))
}

stop_reader()
{
	kill -TERM "$reader"
	wait "$reader" 2>/dev/null || true
	[ ! -d "$tracing/instances/bench" ] || rmdir "$tracing/instances/bench"
}

# check_output COUNT READER: what it wrote has a row for each, if it writes rows.
check_output()
{
	local wanted=$1

	[ "$2" != cat ] || return 0
	# JSON has no header.
	[ "$2" = 'tcpv4connect -j' ] || wanted=$((wanted + 1))
	[ "$(wc -l <program.out)" = "$wanted" ] ||
		die "$2 wrote $(wc -l <program.out) lines, not $wanted"
}

readers=(cat tcpv4connect 'tcpv4connect -j' 'Python, trace_fields')

# read_once READER COUNT MEASURE
read_once()
{
	start_reader "$1"
	feed "$2"
	record "$3" "$2" "$1" "$cpu_per_event"
	stop_reader
	check_output "$2" "$1"
	rm -f program.out
}
