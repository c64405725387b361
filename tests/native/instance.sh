#!/bin/bash
# instance.sh PROGRAM [CASE]...: lines of the running kernel's own
# bpf_trace_printk become rows, from the trace instance (or the global pipe) to
# stdout: each of them, none of other tracers, and what is lost is counted.
#
# PROGRAM itself needs kprobes, so this is about $TEST_TOOLS/unprobed, which is
# all of it but the probes; $TEST_TOOLS/generator stands in for those. Needs root.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=tests/native/common.bash
. "$here/common.bash"

need_root
in_tracefs "$here/instance.sh" "$@"
[ -d "$tracing/events/bpf_trace/bpf_trace_printk" ] ||
	skip "this kernel has no event bpf_trace_printk (Linux 5.9)"

tracing_lock
scratch=$(mktemp -d)
event=events/bpf_trace/bpf_trace_printk
program=$1
declare -A pid run ledger attempts
all_runs=()
declare -A pipe_of=([own]=-v [all]=--global-pipe)
below=()	# a command that the program is started by

clean_up()
{
	local name

	end_reader
	restore_options
	restore_settings
	for name in "${!pid[@]}"; do
		kill -KILL "${pid[$name]}" 2>/dev/null || true
	done
	wait
	for name in $(left_behind); do
		rmdir "$tracing/instances/$name" || true
	done
	rm -rf "$scratch"
}

# left_behind: the instances that runs of ours have not removed.
left_behind()
{
	local name

	for name in "${all_runs[@]}"; do
		[ ! -e "$tracing/instances/tcpv4connect-$name" ] ||
			echo "tcpv4connect-$name"
	done
}

# The program, and lines for it -----------------------------------------------


# start NAME OPTION...: a copy of the program, up to its header.
start()
{
	local name=$1

	shift
	rm -f "$scratch/$name".*
	# A background job's are ignored, and the program leaves it at that.
	env --default-signal=INT,QUIT UNPROBED_READY="$scratch/$name.ready" \
		"${below[@]}" "$TEST_TOOLS/unprobed" "$@" \
		>"$scratch/$name.out" 2>"$scratch/$name.err" &
	pid[$name]=$!
	wait_until 20 test -s "$scratch/$name.ready" ||
		fail "$name did not start: $(<"$scratch/$name.err")"
	read -r "run[$name]" "ledger[$name]" "attempts[$name]" \
		<"$scratch/$name.ready"
	all_runs+=("${run[$name]}")
}

# stop NAME SIGNAL STATUS
stop()
{
	local status=0

	kill "-$2" "${pid[$1]}"
	wait "${pid[$1]}" 2>/dev/null || status=$?
	unset "pid[$1]"
	[ "$status" = "$3" ] ||
		fail "$1 ended with $status: $(<"$scratch/$1.err")"
}

# generate NAME FIRST COUNT: messages with the tag of that copy.
generate()
{
	"$TEST_TOOLS/generator" --ledger "${ledger[$1]}" --first "$2" \
		"tcpv4connect:${run[$1]}" "$3" >>"$scratch/generated"
}

foreign()
{
	"$TEST_TOOLS/generator" --text "$1" "$2" >>"$scratch/generated"
}

rows()
{
	wc -l <"$scratch/$1.out"
}

has_rows()
{
	[ "$(rows "$1")" -gt "$2" ]
}

# wait_rows NAME COUNT
wait_rows()
{
	wait_until 60 has_rows "$1" "$2" ||
		fail "$1 shows $(rows "$1") lines, and no more: $(
			cat "$scratch/$1.err")"
}

# check_rows NAME FIRST COUNT: a header, and rows of the lines from FIRST on,
# none of them twice; prints how many.
check_rows()
{
	awk -v first="$2" -v count="$3" '
	function bad(why) { print "row " NR ": " why ": " $0; exit failed = 1 }
	NR == 1 {
		if ($0 !~ /^PID    COMM         SADDR            DADDR / ||
		    $NF != "DPORT")
			bad("not the header")
		next
	}
	{
		split($4, part, ".")
		n = ((part[1] * 256 + part[2]) * 256 + part[3]) * 256 + part[4]
		row = sprintf("%-6d %-12.12s %-16s %-16s %-4s", 1342,
			"generator", "127.0.0.1", $4, n % 65536)
		if (NF != 5 || $0 != row)
			bad("not the row that it should be")
		if (n < first || n >= first + count)
			bad("this was never sent")
		if (n in seen)
			bad("shown twice")
		seen[n]
	}
	END { if (failed) exit 1; print NR - 1 }' "$scratch/$1.out" \
		>"$scratch/checked" || fail "$1: $(<"$scratch/checked")"
	cat "$scratch/checked"
}

check_all_rows()
{
	local count

	count=$(check_rows "$@") || fail "$count"
	[ "$count" = "$3" ] || fail "$1: $count rows of $3"
}

check_quiet()
{
	[ ! -s "$scratch/$1.err" ] || fail "$1 says: $(<"$scratch/$1.err")"
}

# check_account NAME FIRST SENT: the last line that it said, and the rows that it
# showed; prints how many were lost.
check_account()
{
	local shown words

	shown=$(check_rows "$@") || fail "$shown"
	words=$(tail -n 1 "$scratch/$1.err")
	[[ $words =~ \ ([0-9]+)\ connects,\ ([0-9]+)\ rows\ .*\ ([0-9]+)\ lost ]] ||
		fail "$1 gives no account: $words"
	[ "${BASH_REMATCH[1]}" = "$3" ] || fail "$1 counts not $3: $words"
	[ "${BASH_REMATCH[2]}" = "$shown" ] ||
		fail "$1 shows $shown rows and says: $words"
	[ $((BASH_REMATCH[2] + BASH_REMATCH[3])) = "$3" ] ||
		fail "$1: rows and losses are not $3: $words"
	echo "${BASH_REMATCH[3]}"
}

instance_of()
{
	echo "$tracing/instances/tcpv4connect-${run[$1]}"
}

check_gone()
{
	[ ! -e "$(instance_of "$1")" ] || fail "the instance of $1 is left"
}

# Options of the global trace -------------------------------------------------

hostile_options=(raw=1 hex=1 bin=1 block=1 record-tgid=1 latency-format=1
	fields=1 verbose=1 sym-addr=1 sym-offset=1 context-info=0 irq-info=0
	overwrite=0 pause-on-trace=1)
saved_options=()
saved_settings=()

set_hostile_options()
{
	local option file

	for option in "${hostile_options[@]}"; do
		file=$tracing/options/${option%=*}
		[ -e "$file" ] || continue
		saved_options+=("${option%=*}=$(<"$file")")
		echo "${option#*=}" >"$file"
	done
}

restore_options()
{
	local option

	for option in "${saved_options[@]}"; do
		echo "${option#*=}" >"$tracing/options/${option%=*}"
	done
	saved_options=()
}

# hold <FILE & reader=$!: a process that has it open, and does not read it.
reader=

hold()
{
	exec sleep 100
}

reads_trace()
{
	[[ $(readlink "/proc/$reader/fd/0") = */trace &&
		$(<"/proc/$reader/comm") = sleep ]]
}

end_reader()
{
	[ -n "$reader" ] || return 0
	kill "$reader"
	wait "$reader" || true
	reader=
} 2>/dev/null

# What a case changes there and may not come to set back.
save_settings()
{
	local file value

	for file in tracing_on trace_clock tracing_cpumask buffer_size_kb \
		options/{raw,hex,bin}; do
		value=$(sed 's/.*\[\(.*\)\].*/\1/; s/.*expanded: //; s/)//' \
			"$tracing/$file")
		saved_settings+=("$file=$value")
	done
	saved_settings+=("$event/filter=0" "set_event_pid=")
}

restore_settings()
{
	local setting

	for setting in "${saved_settings[@]}"; do
		echo "${setting#*=}" >"$tracing/${setting%%=*}"
	done
	saved_settings=()
}

# Cases -----------------------------------------------------------------------

# Two copies at once, the other's lines, strangers' lines, and strangers' lines
# that talk of us: the filter lets those in.
amid_others()
{
	local senders=() sender

	start one
	start two
	generate one 0 5000 & senders+=($!)
	generate two 50000 5000 & senders+=($!)
	foreign "another tracer's line" 200000 & senders+=($!)
	foreign "see tcpv4connect:${run[one]} 1 2 00002476 00002477 00000 x" \
		1000 & senders+=($!)
	for sender in "${senders[@]}"; do
		wait "$sender" || fail "a generator failed"
	done
	wait_rows one 5000
	wait_rows two 5000
	stop one INT 0
	stop two TERM 0
	check_all_rows one 0 5000
	check_all_rows two 50000 5000
	check_quiet one
	check_quiet two
	check_gone one
	check_gone two
}

few_lines_at_once()
{
	start single
	generate single 7 1
	wait_until 2 has_rows single 1 || fail "a single row waits"
	sleep 0.5
	generate single 8 1
	wait_until 2 has_rows single 2 || fail "the second row waits"
	stop single HUP 0
	check_all_rows single 7 2
	check_quiet single
}

# evenly NAME RATE COUNT: so many lines, with the same time between them; prints how
# often the copy has slept meanwhile, and how many milliseconds that was.
evenly()
{
	local before start=${EPOCHREALTIME/./}

	before=$(sleeps "$1")
	"$TEST_TOOLS/generator" --ledger "${ledger[$1]}" --rate "$2" \
		"tcpv4connect:${run[$1]}" "$3" >>"$scratch/generated"
	echo $(($(sleeps "$1") - before)) \
		$(((${EPOCHREALTIME/./} - start) / 1000))
}

# sleeps NAME: how often it has waited for anything.
sleeps()
{
	awk '$1 == "voluntary_ctxt_switches:" { print $2 }' \
		"/proc/${pid[$1]}/status"
}

# A row that comes alone is worth one wake-up; of those that come close together,
# many are read at once, however long a busy host takes for all.
wake_ups()
{
	local count ms

	start lone
	read -r count ms < <(evenly lone 50 100)
	echo "    100 lines in $ms ms: $count wake-ups"
	((count < 150)) || fail "$count wake-ups for 100 lone rows"
	stop lone INT 0
	start close
	read -r count ms < <(evenly close 1000 2000)
	echo "    2000 lines in $ms ms: $count wake-ups"
	((count < ms / 3)) || fail "$count wake-ups for 2000 rows in $ms ms"
	stop close INT 0
	check_all_rows lone 0 100
	check_all_rows close 0 2000
}

with_hostile_options()
{
	local before

	set_hostile_options
	before=$(settings)
	start hostile
	generate hostile 0 500
	# A reader of its trace stops nothing.
	hold <"$(instance_of hostile)/trace" & reader=$!
	wait_until 10 reads_trace || fail "sleep does not start"
	generate hostile 500 500
	wait_rows hostile 1000
	end_reader
	stop hostile INT 0
	check_all_rows hostile 0 1000
	check_quiet hostile
	check_gone hostile
	[ "$(settings)" = "$before" ] || fail "it changed the global settings"
	restore_options
}

with_timestamps()
{
	start times -t
	generate times 0 100
	sleep 0.3
	generate times 100 1
	wait_rows times 101
	stop times INT 0
	awk 'NR == 1 { if ($1 != "TIME(s)") exit 1; next }
	     NR == 2 { if ($1 != "0.000") exit 1 }
	     $1 < last { exit 1 }
	     { last = $1 }
	     END { if (last < 0.3 || last > 5) exit 1 }' \
		"$scratch/times.out" || fail "times: $(tail -n 3 \
			"$scratch/times.out")"
}

# seconds_of NAME: ts of the objects that it has printed.
seconds_of()
{
	sed -n 's/^{"ts":\([0-9.]*\),.*/\1/p' "$scratch/$1.out"
}

# check_times NAME FIRST LAST: all of them lie between the two.
check_times()
{
	seconds_of "$1" | awk -v first="$2" -v last="$3" '
		$1 < first || $1 > last { exit 1 }' ||
		fail "$1: not between $2 and $3: $(seconds_of "$1" | sed -n '1p;$p')"
}

# replays_as NAME TRACE: -r -j of it is what -j printed.
replays_as()
{
	"$program" -r "$2" -j >"$scratch/replayed"
	cmp "$scratch/$1.out" "$scratch/replayed" ||
		fail "$1: -r -j differs: $(
			diff "$scratch/$1.out" "$scratch/replayed" | head)"
}

# missed_return NAME COUNT: that many calls whose return never comes; it prints
# them when they are two seconds old.
missed_return()
{
	local lines start ms

	lines=$(rows "$1")
	"$TEST_TOOLS/generator" --ledger "${ledger[$1]}" \
		--attempts "${attempts[$1]}" "$2"
	start=${EPOCHREALTIME/./}
	wait_until 120 has_rows "$1" $((lines + $2 - 1)) ||
		fail "$1: $2 calls without a return have no row"
	ms=$(((${EPOCHREALTIME/./} - start) / 1000))
	((ms > 1500 && ms < 120000)) ||
		fail "$1: calls without a return have a row after $ms ms"
}

# Where CLOCK_MONOTONIC of user space is not that of the kernel.
time_namespaces()
{
	local uptime offset start

	[ "$(unshare -T readlink /proc/self/ns/time)" != \
		"$(readlink /proc/self/ns/time)" ] || {
		echo "    there are none here, or only for children"
		return 0
	}
	read -r uptime _ </proc/uptime
	for offset in 0 100000 -$((${uptime%.*} / 2)); do
		below=(unshare -T --monotonic "$offset")
		start=$EPOCHREALTIME
		start shifted -j
		below=()
		generate shifted 0 10
		wait_rows shifted 9
		missed_return shifted 10
		stop shifted INT 0
		check_times shifted "$start" "$EPOCHREALTIME"
		[ "$(rows shifted)" = 20 ] ||
			fail "$(rows shifted) objects, and not 20"
		check_gone shifted
	done
}

# heads TRACE: what each head line of it adds to the trace's time.
heads()
{
	sed -n 's/^# tcpv4connect: .* + \(.*\) us$/\1/p' "$1"
}

# A file of -w has the times that were printed, to the microsecond.
recorded()
{
	local pipe i start

	for pipe in own all; do
		start=$EPOCHREALTIME
		start recorded -j -w "$scratch/trace" "${pipe_of[$pipe]}"
		for ((i = 0; i < 500; i += 5)); do
			generate recorded "$i" 5
		done
		wait_rows recorded 499
		stop recorded INT 0
		check_times recorded "$start" "$EPOCHREALTIME"
		replays_as recorded "$scratch/trace"
		[ "$pipe" = all ] || [ "$(heads "$scratch/trace" | wc -l)" = 1 ] ||
			fail "the time of day was not set: $(
				heads "$scratch/trace")"
	done
}

# The time of day is set by an hour, and back; or the machine was suspended.
time_set()
{
	local us rows=0 start=$EPOCHREALTIME

	echo 0 >"$scratch/clock"
	export UNPROBED_CLOCK=$scratch/clock
	start clock -j -w "$scratch/trace"
	for us in 0 3600000000 -50000 0; do
		echo $us >"$scratch/clock"
		generate clock $rows 10
		rows=$((rows + 10))
		wait_rows clock $((rows - 1))
	done
	stop clock INT 0
	unset UNPROBED_CLOCK
	seconds_of clock | awk -v first="$start" -v last="$EPOCHREALTIME" '
		{ set = NR <= 10 || NR > 30 ? 0 : NR <= 20 ? 3600 : -0.05 }
		$1 - set < first || $1 - set > last { exit 1 }
		END { if (NR != 40) exit 1 }' ||
		fail "clock: $start to $EPOCHREALTIME: $(seconds_of clock)"
	heads "$scratch/trace" | awk '
		function near(us, wanted) {
			return us - wanted < 100 && wanted - us < 100
		}
		NR == 1 { first = $1 }
		NR == 2 && !near($1, first + 3600e6) { exit 1 }
		NR == 3 && !near($1, first - 50000) { exit 1 }
		NR == 4 && !near($1, first) { exit 1 }
		END { if (NR != 4) exit 1 }' ||
		fail "clock: head lines: $(heads "$scratch/trace")"
	replays_as clock "$scratch/trace"
}

# As fast as can be: what the buffer cannot hold is lost, and counted.
storm()
{
	local lost

	start storm -v
	generate storm 0 500000
	stop storm INT 0
	lost=$(check_account storm 0 500000) || fail "$lost"
	echo "    500000 lines at full speed: $lost lost;" \
		"$(tail -n 1 "$scratch/generated")"
}

# The losses of this one are certain.
stopped_reader()
{
	local lost

	start slow
	kill -STOP "${pid[slow]}"
	echo 8 >"$(instance_of slow)/buffer_size_kb"
	generate slow 0 20000
	kill -CONT "${pid[slow]}"
	wait_until 10 grep -q 'lost so far, overwritten' "$scratch/slow.err" ||
		fail "slow does not warn: $(<"$scratch/slow.err")"
	generate slow 20000 10
	stop slow INT 0
	lost=$(check_account slow 0 20010) || fail "$lost"
	[ "$lost" -gt 10000 ] || fail "slow lost but $lost"
	check_gone slow
	echo "    20010 lines into 8 kB: $lost lost"
}

# size_of NAME: the file with the size of its buffer.
size_of()
{
	local directory=$tracing

	[ "$1" = all ] || directory=$(instance_of "$1")
	echo "$directory/buffer_size_kb"
}

# A buffer of a few pages is full within two milliseconds. Whether it was small
# at the start or became so later, lines must not gather in there. Only a reader
# with a priority can be quick enough on a host that has much to do.
small_buffer()
{
	local name lost

	below=(chrt --fifo 1)
	for name in all own; do
		[ "$name" = own ] || echo 8 >"$(size_of all)"
		start "$name" -v "${pipe_of[$name]}"
		echo 8 >"$(size_of "$name")"
		sleep 1.5
		"$TEST_TOOLS/generator" --ledger "${ledger[$name]}" \
			--rate 40000 "tcpv4connect:${run[$name]}" 40000 \
			>>"$scratch/generated"
		stop "$name" INT 0
		lost=$(check_account "$name" 0 40000) || fail "$lost"
		echo "    40000 lines in a second, $name, 8 kB: $lost lost;" \
			"$(tail -n 1 "$scratch/generated")"
		[ "$lost" -lt 4000 ] || fail "$name loses $lost of 40000"
	done
	below=()
	restore_settings
	save_settings
}

not_our_message()
{
	start garbage
	foreign "tcpv4connect:${run[garbage]} 1 2 000053e 0000000 x" 3
	generate garbage 0 1
	wait_rows garbage 1
	stop garbage INT 0
	check_all_rows garbage 0 1
	grep -q "1 rows .*3 on lines that can't be parsed" \
		"$scratch/garbage.err" ||
		fail "garbage says: $(<"$scratch/garbage.err")"
}

# At the end it reads for two seconds more. What is in the buffer then is counted as
# not read.
slow_end()
{
	local lost

	UNPROBED_FAULT=slow start late
	generate late 0 15000
	stop late TERM 0
	lost=$(check_account late 0 15000) || fail "$lost"
	grep -q " $lost lost: $lost not shown before the run ended" \
		"$scratch/late.err" || fail "late says: $(<"$scratch/late.err")"
	check_gone late
	echo "    15000 lines, read slowly, SIGTERM: $lost lost"
}

# -c has no pipe and no instance, so it takes no other reader's lines.
counting()
{
	start counted -c -v
	[ ! -e "$(instance_of counted)" ] || fail "-c makes an instance"
	! find "/proc/${pid[counted]}/fd" -lname '*/trace_pipe' | grep . ||
		fail "-c has a pipe open"
	grep -q '; reading no pipe$' "$scratch/counted.err" ||
		fail "-c says: $(<"$scratch/counted.err")"
	generate counted 0 10
	stop counted INT 0
	# It has counted ten calls, of which nothing is in the map of sums.
	grep -q ' 10 connects, 0 rows .* 10 lost: 10 counted while' \
		"$scratch/counted.err" ||
		fail "-c says: $(<"$scratch/counted.err")"
}

# What the kernel skips may have been wanted, or not where there is a filter; and
# -x is one.
skipped()
{
	local option bound

	for option in -v -x; do
		bound='up to '
		[ "$option" = -x ] || bound=
		UNPROBED_SKIPPED=7 start skipped "$option"
		generate skipped 0 3
		wait_rows skipped 3
		wait_until 10 grep -q "warning: ${bound}7 connects lost so far" \
			"$scratch/skipped.err" ||
			fail "$option says: $(<"$scratch/skipped.err")"
		stop skipped INT 0
		grep -q " 10 connects, 3 rows .* 7 lost: ${bound}7 skipped by" \
			"$scratch/skipped.err" ||
			fail "$option says: $(<"$scratch/skipped.err")"
	done
}

# forge NAME WAY: our own mark, and a message that could be ours, in a line of
# another BPF program, in one of the file trace_marker, or behind a newline
# there. It takes root.
forge()
{
	local forged="tcpv4connect:${run[$1]} 7f0000017f000009 9000003e8"
	local marker

	marker=$(instance_of "$1")/trace_marker
	forged+=" 00002476 00002477 00000 generator"
	case $2 in
	printk) foreign "$forged" 1 ;;
	marker) echo "$forged" >"$marker" ;;
	newline) printf '\n x-1 [000] ..... 1.000001: %s%s\n' \
		"bpf_trace_printk: " "$forged" >"$marker" ;;
	esac
}

# A row without a connect does not fit the account, which a warning says.
forged()
{
	local way wanted

	for way in printk marker newline; do
		start $way -v
		forge $way $way
		generate $way 8 1
		wait_until 60 grep -q ' 0\.0\.0\.8 ' "$scratch/$way.out" ||
			fail "$way: no row: $(<"$scratch/$way.out")"
		stop $way INT 0
		wanted=1
		[ $way != marker ] || wanted=0
		[ "$(rows $way)" = $((2 + wanted)) ] ||
			fail "$way shows: $(<"$scratch/$way.out")"
		[ "$(grep -c 'warning: 1 lines had our tag and were not ours' \
			"$scratch/$way.err")" = $wanted ] ||
			fail "$way says: $(<"$scratch/$way.err")"
	done
}

# The global buffer may be as small as 7 kB, and others write to it as well.
global_pipe()
{
	local lost status=0

	start global --global-pipe -v
	[ ! -e "$(instance_of global)" ] || fail "--global-pipe makes an instance"
	foreign "another tracer's line" 5
	generate global 0 10
	wait_rows global 10
	UNPROBED_READY=/dev/null timeout 5 \
		"$TEST_TOOLS/unprobed" --global-pipe >"$scratch/late.out" \
		2>"$scratch/late.err" || status=$?
	check_second_reader "$status"
	generate global 10 20000
	stop global INT 0
	lost=$(check_account global 0 20010) || fail "$lost"
	echo "    20010 lines into the global pipe: $lost lost"
	start global --global-pipe
	stop global INT 0
	check_quiet global
}

# Some kernels before 6.5 let a second one in.
check_second_reader()
{
	! grep -q "PID ${pid[global]} (unprobed) reads .*trace_pipe too" \
		"$scratch/late.err" || return 0
	if [ "$1" != 1 ] || [ -s "$scratch/late.out" ] ||
		! grep -q "in use by PID ${pid[global]} (unprobed)" \
			"$scratch/late.err"; then
		fail "a second --global-pipe ends with $1 and says:" \
			"$(<"$scratch/late.err")"
	fi
}

# On a slow host another copy takes seconds to make or remove something. A start
# that does not wait for it may find its own instance removed before it is in use.
slow_neighbour()
{
	local holder

	flock "$tracing" bash -c "touch '$scratch/held'; sleep 7" & holder=$!
	wait_until 5 test -e "$scratch/held" || fail "no lock is held"
	start patient
	! kill -0 "$holder" 2>/dev/null || fail "it does not wait its turn"
	stop patient INT 0
	check_quiet patient
	check_gone patient
}

# What a killed copy leaves, the next start removes; a live copy's stays.
killed()
{
	local looks_like_ours=("$tracing/instances/tcpv4connect-0123456"
		"$tracing/instances/tcpv4connect-012345678"
		"$tracing/instances/tcpv4connect-0123456X")

	start living
	start killed
	stop killed KILL 137
	[ -e "$(instance_of killed)" ] || fail "SIGKILL left no instance"
	mkdir "${looks_like_ours[@]}"
	start next
	check_gone killed
	rmdir "${looks_like_ours[@]}" ||
		fail "a start removed an instance of another name"
	[ -e "$(instance_of living)" ] || fail "a start removed a live instance"
	generate living 0 10
	wait_rows living 10
	stop next INT 0
	stop living INT 0
	check_all_rows living 0 10
	check_gone living
}

# Other tracers change something ----------------------------------------------

warned()
{
	grep -q "warning: $2 is .*to set it back: " "$scratch/$1.err"
}

# remedy NAME FILE: what the warning says would set it back.
remedy()
{
	sed -n "s|^.*warning: $2 is .*; to set it back: ||p" "$scratch/$1.err"
}

lost_while_changed()
{
	grep -q "warning: $2 connects lost so far, while a setting of" \
		"$scratch/$1.err"
}

# change NAME DIRECTORY FILE VALUE: while it is set, 10 lines are lost, and it is
# set back in the way that the warning says.
change()
{
	local name=$1 file=$2/$3

	echo "$4" >"$file"
	wait_until 10 warned "$name" "$file" ||
		fail "$name: $3 at '$4': it says $(<"$scratch/$name.err")"
	generate "$name" "${sent[$name]}" 10
	lost[$name]=$((lost[$name] + 10))
	wait_until 10 lost_while_changed "$name" "${lost[$name]}" ||
		fail "$name: $3 at '$4': $(tail -n 1 "$scratch/$name.err")"
	bash -c "$(remedy "$name" "$file")"
	wait_until 10 grep -q "$file is set back" "$scratch/$name.err" ||
		fail "$name: $3: its remedy does not help: $(
			remedy "$name" "$file")"
	generate "$name" $((sent[$name] + 10)) 3
	sent[$name]=$((sent[$name] + 13))
	wait_rows "$name" $((sent[$name] - lost[$name]))
	[ "$(grep -c "warning: $file is " "$scratch/$name.err")" = 1 ] ||
		fail "$name warns of $3 more than once"
}

# With the option pause-on-trace a reader of the file trace stops the recording,
# and tracing_on does not tell.
stopping_reader()
{
	local file

	start own
	file=$(instance_of own)/options/pause-on-trace
	echo 1 >"$file"
	wait_until 10 warned own "$file" || fail "own says nothing of $file"
	hold <"$(instance_of own)/trace" & reader=$!
	wait_until 10 reads_trace || fail "sleep does not start"
	generate own 0 10
	wait_until 10 lost_while_changed own 10 ||
		fail "own says: $(<"$scratch/own.err")"
	end_reader
	bash -c "$(remedy own "$file")"
	wait_until 10 grep -q "$file is set back" "$scratch/own.err" ||
		fail "own says: $(<"$scratch/own.err")"
	generate own 10 3
	wait_rows own 3
	stop own INT 0
	check_gone own
}

# The event of the global trace is not among them: the kernel enables it as soon
# as a generator is loaded.
changed_settings()
{
	local name directory account
	local -A sent=() lost=()

	for name in own all; do
		start "$name" "${pipe_of[$name]}"
		directory=$tracing
		[ "$name" = all ] || directory=$(instance_of own)
		sent[$name]=0 lost[$name]=0
		change "$name" "$directory" tracing_on 0
		change "$name" "$directory" "$event/filter" 'bpf_string ~ "x"'
		change "$name" "$directory" set_event_pid 1
		change "$name" "$directory" tracing_cpumask 0
		change "$name" "$directory" options/raw 1
		change "$name" "$directory" options/hex 1
		change "$name" "$directory" options/bin 1
		[ "$name" = all ] || change own "$directory" "$event/enable" 0
		stop "$name" INT 0
		account=$(grep ' connects, ' "$scratch/$name.err")
		[[ $account == *", ${lost[$name]} lost: ${lost[$name]} while a setting of the trace was changed" ]] ||
			fail "$name: $account"
		[ "$(check_rows "$name" 0 "${sent[$name]}")" = \
			$((sent[$name] - lost[$name])) ] ||
			fail "$name: $(<"$scratch/checked") rows"
		grep -q "$directory/tracing_on was changed for about [0-9]* s" \
			"$scratch/$name.err" ||
			fail "$name does not tell of it at the end"
	done
}

# harmless NAME DIRECTORY: an option at a time, and then all of them.
harmless()
{
	local name=$1 option file options=()

	for option in block=1 record-tgid=1 latency-format=1 \
		context-info=0 irq-info=0 verbose=1 sym-offset=1 sym-addr=1; do
		file=$2/options/${option%=*}
		[ -e "$file" ] || continue
		[ "$2" != "$tracing" ] ||
			saved_options+=("${option%=*}=$(<"$file")")
		options+=("$file=$(<"$file")")
		echo "${option#*=}" >"$file"
		generate "$name" "${first[$name]}" 3
		first[$name]=$((first[$name] + 3))
		wait_rows "$name" "${first[$name]}"
	done
	for file in "${options[@]}"; do
		echo "${file#*=}" >"${file%=*}"
	done
}

# Other readers open our instance, and the global trace.
looked_at()
{
	local name directory
	local -A first=()

	start own
	start all --global-pipe
	for name in own all; do
		first[$name]=0
		directory=$tracing
		[ "$name" = all ] || directory=$(instance_of own)
		harmless "$name" "$directory"
		cat "$directory/trace" >"$scratch/trace"
		! timeout 1 cat "$directory/trace_pipe" 2>"$scratch/cat" ||
			fail "$name: cat of its pipe ends by itself"
		generate "$name" "${first[$name]}" 10
	done
	! rmdir "$(instance_of own)" 2>/dev/null || fail "rmdir of its instance"
	generate own $((first[own] + 10)) 10
	for name in own all; do
		wait_rows "$name" $((first[$name] + 10))
	done
	wait_rows own $((first[own] + 20))
	stop own INT 0
	stop all INT 0
	check_all_rows own 0 $((first[own] + 20))
	check_all_rows all 0 $((first[all] + 10))
	check_quiet own
	check_quiet all
	check_gone own
}

# emptied NAME CAUSE COMMAND...: COMMAND, with lines in the buffer.
emptied()
{
	local name=$1 cause=$2 count

	shift 2
	kill -STOP "${pid[$name]}"
	generate "$name" 0 1000
	"$@"
	kill -CONT "${pid[$name]}"
	wait_until 10 grep -qE "[0-9]+ connects lost so far, $cause" \
		"$scratch/$name.err" ||
		fail "$name, $*: it says $(<"$scratch/$name.err")"
	generate "$name" 1000 10
	stop "$name" INT 0
	count=$(check_account "$name" 0 1010) || fail "$count"
	[ "$count" -gt 500 ] || fail "$name, $*: $count lost"
	grep -q " lost: $count $cause" "$scratch/$name.err" ||
		fail "$name, $*: $(tail -n 1 "$scratch/$name.err")"
}

put()
{
	echo "$1" >"$2"
}

# What was there is gone, one way or another; it is counted, and as what it is.
cleared()
{
	local gone='missing from our trace buffer, as if another' directory
	local all='overwritten in the global trace buffer, or cleared or read'

	start own
	directory=$(instance_of own)
	emptied own "$gone" put '' "$directory/trace"
	start own
	directory=$(instance_of own)
	emptied own 'overwritten in the trace buffer before' \
		put 1 "$directory/buffer_size_kb"
	start own
	directory=$(instance_of own)
	emptied own 'while a setting of the trace was changed' \
		put boot "$directory/trace_clock"
	grep -q "$directory/trace_clock is boot: .* echo mono > " \
		"$scratch/own.err" || fail "own: nothing of its clock"
	start all --global-pipe
	emptied all "$all" put '' "$tracing/trace"
	start all --global-pipe
	emptied all "$all" put 1 "$tracing/buffer_size_kb"
	start all --global-pipe
	emptied all 'while a setting of the trace was changed' \
		put boot "$tracing/trace_clock"
	restore_settings
	save_settings
}

# A tool that prints as much as it can, some 100,000 lines a second or more.
flooded()
{
	local name lost sender

	for name in own all; do
		start "$name" -v "${pipe_of[$name]}"
		foreign "another tracer's line, as long as one of ours may be" \
			1000000 & sender=$!
		generate "$name" 0 10000
		wait "$sender" || fail "the flood failed"
		[ "$name" = all ] || wait_rows own 10000
		stop "$name" INT 0
		lost=$(check_account "$name" 0 10000) || fail "$lost"
		echo "    10000 lines in a flood, $name: $lost lost;" \
			"$(tail -n 1 "$scratch/generated")"
		[ "$name" = all ] || [ "$lost" = 0 ] ||
			fail "own loses lines to a flood that is not let in"
	done
}

# -----------------------------------------------------------------------------

trap clean_up EXIT
# The first program with bpf_trace_printk switches the event on, for good, and
# newer kernels (6.19) a moment after it was loaded.
foreign "another tracer's line" 1
wait_until 10 grep -q 1 "$tracing/$event/enable" || fail "the event is off"
before=$(settings)
save_settings
cases=(few_lines_at_once wake_ups amid_others with_hostile_options with_timestamps
	time_namespaces recorded time_set storm small_buffer stopped_reader
	slow_end
	not_our_message forged counting skipped global_pipe
	slow_neighbour killed stopping_reader changed_settings looked_at cleared
	flooded)
[ $# -lt 2 ] || cases=("${@:2}")
for case in "${cases[@]}"; do
	echo "$case"
	$case
done
after=$(settings)
[ "$after" = "$before" ] || {
	diff <(echo "$before") <(echo "$after") || true
	fail "the settings of the global trace are not as before"
}
[ -z "$(left_behind)" ] || fail "left behind: $(left_behind)"
echo "all as it should be"
