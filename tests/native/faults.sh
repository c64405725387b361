#!/bin/bash
# faults.sh PROGRAM [CASE]...: what it needs and does not get, and every way to die: it
# ends soon, with one line that says why, and nothing of it stays, or as little
# as can be where it could not tidy up.
#
# As in instance.sh this is about $TEST_TOOLS/unprobed, which also makes faults
# on demand. Needs root.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=tests/native/common.bash
. "$here/common.bash"

need_root
in_tracefs "$here/faults.sh" "$@"
[ -d "$tracing/events/bpf_trace/bpf_trace_printk" ] ||
	skip "this kernel has no event bpf_trace_printk (Linux 5.9)"

tracing_lock
scratch=$(mktemp -d)
unprobed=$TEST_TOOLS/unprobed
pid=

clean_up()
{
	[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true
	wait
	# What a copy was killed over, the next one removes.
	timeout 20 "$unprobed" --max-events 1 --duration 1 >/dev/null || true
	rm -rf "$scratch"
}

# The program -----------------------------------------------------------------

instances()
{
	find "$tracing/instances" -maxdepth 1 -name 'tcpv4connect-*' | sort
}

# Those from before may have gone since: a start removes what is left.
new_instances()
{
	comm -13 <(echo "$instances_before") <(instances)
}

# files: what it could leave, but for instances; other processes come and go.
files()
{
	find /tmp /var/tmp /run /dev/shm -maxdepth 1 -name 'tcpv4connect-*' | sort
	grep -e '^tcpv4connect ' /proc/mounts || true
}

# left_files: those that were not there before and have the name of a run.
left_files()
{
	comm -13 <(echo "$files_before" | sort) <(files | sort) |
		grep -E '(^tcpv4connect |/tcpv4connect-[0-9a-f]{8}$)' || true
}

check_nothing_left()
{
	[ -z "$(new_instances)" ] ||
		fail "$1 leaves an instance: $(new_instances)"
	[ -z "$(left_files)" ] || fail "$1 leaves $(left_files)"
}

# launch COMMAND...: in the background, but with the signals that the shell ignores
# there; stdout to the file out or to $out.
launch()
{
	rm -f "$scratch/ready"
	: >"$scratch/out"
	env --default-signal=INT,QUIT UNPROBED_READY="$scratch/ready" "$@" \
		>"${out:-$scratch/out}" 2>"$scratch/err" </dev/null &
	pid=$!
}

is_over()
{
	! kill -0 "$pid" 2>/dev/null
}

is_ready()
{
	[ -s "$scratch/ready" ]
}

is_ready_or_over()
{
	is_ready || is_over
}

# started COMMAND...
started()
{
	launch "$@"
	wait_until 30 is_ready || fail "$*: $(<"$scratch/err")"
	read -r run ledger _ <"$scratch/ready"
}

# ended WHAT STATUS: the one in the background, by itself.
ended()
{
	local status=0

	wait_until 30 is_over || fail "$1: it does not end"
	wait "$pid" || status=$?
	pid=
	[ "$status" = "$2" ] ||
		fail "$1: it ended with $status: $(<"$scratch/err")"
}

quiet()
{
	[ ! -s "$scratch/err" ] || fail "$1: it says $(<"$scratch/err")"
}

# one_line WHAT PATTERN: on stderr; what is quoted after it is indented.
one_line()
{
	head -n 1 "$scratch/err" | grep -qE "^tcpv4connect: $2" ||
		fail "$1: it says: $(<"$scratch/err")"
	! tail -n +2 "$scratch/err" | grep -v '^  ' ||
		fail "$1: and it says more: $(<"$scratch/err")"
}

# line_and_account WHAT PATTERN: the line; and, where attempts were lost, of what
# they were lost.
line_and_account()
{
	local account='^tcpv4connect: [0-9]+ connects, [0-9]+ rows .* lost: '

	grep -E "$account" "$scratch/err" >"$scratch/account" || true
	sed -i -E "/$account/d" "$scratch/err"
	one_line "$1" "$2"
	! grep unaccounted "$scratch/account" || fail "$1: it does not add up"
}

# refuses WHAT PATTERN COMMAND...: it says so in a line, and nothing is left.
refuses()
{
	local what=$1 pattern=$2

	shift 2
	launch "$@"
	ended "$what" 1
	one_line "$what" "$pattern"
	check_nothing_left "$what"
	[ ! -s "$scratch/out" ] || fail "$what: and it prints"
}

generate()
{
	"$TEST_TOOLS/generator" --ledger "$ledger" --first "$1" \
		"tcpv4connect:$run" "$2" >/dev/null
}

# anonymous_kb: the memory that the process has taken for itself. VmRSS would hold
# pages of files too, which the kernel keeps or drops as it likes.
anonymous_kb()
{
	awk '/^RssAnon/ { print $2 }' "/proc/$pid/status"
}

# Resources -------------------------------------------------------------------

no_memory()
{
	refuses "no memory for the instance" \
		'cannot create the trace instance .*: Cannot allocate memory; --global-pipe does without$' \
		env UNPROBED_FAULT=mkdir "$unprobed"
	started env UNPROBED_FAULT=mkdir "$unprobed" --global-pipe
	kill "$pid"
	ended "--global-pipe without memory for an instance" 0
	refuses "no process for the compiler" \
		'cannot start the compiler: Resource temporarily unavailable$' \
		env UNPROBED_FAULT=fork "$unprobed"
}

# The size is rounded up, to pages of which some bytes are not for us.
many_cpus()
{
	local cpus wanted size

	while read -r cpus wanted; do
		started env UNPROBED_CPUS="$cpus" "$unprobed"
		read -r size <"$tracing/instances/tcpv4connect-$run/buffer_size_kb"
		kill "$pid"
		ended "$cpus CPUs" 0
		((size >= wanted && size <= wanted + 8)) ||
			fail "$cpus CPUs: $size kB for each, and not $wanted"
	done <<-END
	1 2048
	2 2048
	32 2048
	256 256
	1024 64
	4096 64
	END
	check_nothing_left "many CPUs"
}

# With so many descriptors it is refused each time with one line, up to the
# number that is enough.
few_descriptors()
{
	local limit status

	for limit in {3..40}; do
		launch prlimit "--nofile=$limit" "$unprobed"
		wait_until 30 is_ready_or_over || fail "$limit descriptors"
		if is_ready; then
			kill "$pid"
			ended "$limit descriptors" 0
			quiet "$limit descriptors"
			break
		fi
		status=0
		wait "$pid" || status=$?
		# The loader itself needs one; what ctest left open counts, too.
		[ "$status" = 127 ] && [ "$limit" -lt 8 ] && continue
		[ "$status" = 1 ] || fail "$limit descriptors: $status"
		one_line "$limit descriptors" '.*: Too many open files'
		check_nothing_left "$limit descriptors"
	done
	[ "$limit" -lt 40 ] || fail "not even 39 descriptors are enough"
	check_nothing_left "few descriptors"
	echo "    $limit descriptors are enough"
}

# refuses_tmp WHAT MODE PATTERN: with a small /tmp of that mode, and without the
# CAP_SYS_ADMIN that it takes to mount another one.
refuses_tmp()
{
	# shellcheck disable=SC2016 # the inner sh expands it
	refuses "$1" "cannot write the header files for the compiler: $3\$" \
		unshare --mount sh -c 'mount -t tmpfs -o "$1" tests /tmp &&
			mkdir -p "$2" &&
			exec setpriv --bounding-set=-sys_admin /proc/self/fd/9' \
		- "mode=$2,size=4k" "$scratch" 9<"$unprobed"
}

no_header_tree()
{
	refuses_tmp "a /tmp that others can change" 0777 \
		'Permission denied; /tmp must be sticky, and root'"'s or yours"
	refuses_tmp "a full /tmp" 1777 \
		'No space left on device; is there room in /tmp\?'
}

# Ways to die -----------------------------------------------------------------

compiler_faults()
{
	local compile='cannot compile the BPF program'

	refuses "it crashes" "$compile: .* ended by signal 11 " \
		env UNPROBED_FAULT=crash "$unprobed"
	refuses "it aborts" "$compile: .* ended by signal 6 " \
		env UNPROBED_FAULT=abort "$unprobed"
	refuses "it exits" "$compile: .* ended without an answer" \
		env UNPROBED_FAULT=exit "$unprobed"
	refuses "it closes everything and stays" "$compile: the compiler " \
		env UNPROBED_FAULT=closed "$unprobed"
	refuses "it hangs" "$compile: the compiler had not ended after 120 s$" \
		env UNPROBED_FAULT=hang "$unprobed"
	refuses "it prints a megabyte" "$compile with libbcc 0; it says:$" \
		env UNPROBED_FAULT=chatter "$unprobed"
	[ "$(wc -c <"$scratch/err")" -lt 32768 ] || fail "all of it is printed"
	! grep -q $'\033' "$scratch/err" || fail "escape sequences are printed"
}

# With the child in the file child.
compiling()
{
	launch env UNPROBED_FAULT=wait "$unprobed"
	# shellcheck disable=SC2317 # wait_until calls it
	has_child()
	{
		pgrep -P "$pid" >"$scratch/child"
	}
	wait_until 30 has_child || fail "no compiler: $(<"$scratch/err")"
	child=$(<"$scratch/child")
}

child_is_gone()
{
	! kill -0 "$child" 2>/dev/null
}

compiler_from_outside()
{
	compiling
	kill -KILL "$child"
	ended "a compiler that is killed" 1
	one_line "a compiler that is killed" '.* was ended by signal 9 '
	check_nothing_left "a compiler that is killed"

	compiling
	kill -STOP "$child"
	kill "$pid"
	ended "a compiler that is halted, and a stop" 0
	quiet "a compiler that is halted, and a stop"
	child_is_gone || fail "the halted compiler is still there"
	check_nothing_left "a compiler that is halted, and a stop"

	# The kernel reaps the children of a parent that ignores SIGCHLD.
	refuses "SIGCHLD is ignored" 'cannot compile .* by signal 11 ' \
		env --ignore-signal=CHLD UNPROBED_FAULT=crash "$unprobed"
}

signals()
{
	local name

	for name in HUP INT QUIT USR1 USR2 ALRM TERM STKFLT XCPU VTALRM PROF \
		IO PWR RTMIN RTMAX; do
		kill -l "$name" >/dev/null 2>&1 || continue
		started "$unprobed"
		kill "-$name" "$pid"
		ended "SIG$name" 0
		quiet "SIG$name"
		check_nothing_left "SIG$name"
	done
	started "$unprobed"
	for name in PIPE XFSZ CHLD URG WINCH CONT; do
		kill "-$name" "$pid"
	done
	generate 0 10
	wait_until 30 has_lines 11 "$scratch/out" || fail "no rows"
	kill "$pid"
	ended "signals that end nothing" 0
	for name in HUP INT QUIT; do
		started env "--ignore-signal=$name" "$unprobed"
		kill "-$name" "$pid"
		generate 0 10
		wait_until 30 has_lines 11 "$scratch/out" ||
			fail "SIG$name, ignored at the start: no rows"
		kill "$pid"
		ended "SIG$name, ignored at the start" 0
	done
}

# look_after_kill WHAT: what is left is off and small, or was made just then and
# is not in use yet.
look_after_kill()
{
	local left on size

	[ -z "$(left_files)" ] || fail "$1: it leaves $(left_files)"
	left=$(new_instances)
	[ -n "$left" ] || return 0
	[ "$(wc -l <<<"$left")" = 1 ] ||
		fail "$1: those from before are not removed: $left"
	read -r on <"$left/tracing_on"
	read -r size <"$left/buffer_size_kb"
	[ "$on" = 0 ] || [ "$(<"$left/events/enable")" = 0 ] ||
		fail "$1: the instance is on"
	if [ "$size" -lt 32 ]; then
		small=$((small + 1))
	elif [[ $1 = *child* || $left = "$large_left" ]]; then
		# The compiler is at work while the kernel makes the directory;
		# or it is still that of the time before.
		unfinished=$((unfinished + 1))
		large_left=$left
	else
		large_left=$left
		large+=("$1: $size kB")
	fi
}

# check_large WHAT...: the calls at which a large instance was left.
check_large()
{
	local what

	[ $# -le 8 ] || fail "large ones are left"
	for what; do
		[[ $what = *" openat "* ]] ||
			fail "a large one is left: $what"
	done
}

# SIGKILL in the place of each system call, from the first to the last.
killed_at_every_call()
{
	local count number what small=0 unfinished=0 large_left='' large=()

	count=$("$TEST_TOOLS/kill_at" 0 "$unprobed" 2>"$scratch/err" |
		sed -n 's/^ended //p') || fail "$(<"$scratch/err")"
	[ "${count:-0}" -gt 100 ] || fail "only $count calls: $(<"$scratch/err")"
	for ((number = 1; number <= count; number++)); do
		what=$("$TEST_TOOLS/kill_at" "$number" "$unprobed" \
			2>"$scratch/err") || fail "$what: $(<"$scratch/err")"
		quiet "$what"
		look_after_kill "$(grep -e ^killed -e ^ended <<<"$what")"
	done
	echo "    $count times; $small times an instance was left, silent and small"
	echo "    and $unfinished times one that the kernel was just making, large"
	printf '    and large: %s\n' "${large[@]}"
	# Between mkdirat and the next call but one, both openat. The calls of
	# parent and child come in another order each time, so that it may be
	# met some times.
	check_large "${large[@]}"
}

# Two of three are killed at once, and the third is not disturbed.
two_at_once()
{
	local first second

	started "$unprobed"
	first=$pid
	started "$unprobed"
	second=$pid
	started "$unprobed" -v
	kill -KILL "$first" "$second"
	wait "$first" "$second" 2>/dev/null || true
	generate 0 1000
	timeout 1 "$unprobed" >/dev/null || true
	generate 1000 1000
	wait_until 30 has_lines 2001 "$scratch/out" || fail "not all rows"
	kill "$pid"
	ended "the third" 0
	grep -q ' 2000 connects, 2000 rows .* 0 lost$' "$scratch/err" ||
		fail "the third says: $(<"$scratch/err")"
	check_nothing_left "the third"
}

# Output ----------------------------------------------------------------------

has_lines()
{
	[ "$(wc -l <"$2")" -ge "$1" ]
}

# The account's rows and losses are COUNT, and those not taken by stdout among
# the losses.
check_account()
{
	local words

	words=$(tail -n 1 "$scratch/err")
	[[ $words =~ \ ([0-9]+)\ connects,\ ([0-9]+)\ rows\ .*\ ([0-9]+)\ lost ]] ||
		fail "$1: no account: $words"
	if [ "${BASH_REMATCH[1]}" != "$2" ] ||
		[ $((BASH_REMATCH[2] + BASH_REMATCH[3])) != "$2" ]; then
		fail "$1: not $2: $words"
	fi
	echo "    $words"
}

# A reader that stops reading, and a million lines.
stuck_reader()
{
	local line before after start out=$scratch/pipe

	mkfifo "$scratch/pipe"
	exec 7<>"$scratch/pipe"
	started "$unprobed" -v
	IFS= read -r -t 30 line <&7
	generate 0 2000
	before=$(anonymous_kb)
	generate 2000 1000000
	after=$(anonymous_kb)
	[ $((after - before)) -lt 200 ] ||
		fail "a stuck reader: $before kB become $after"
	start=$SECONDS
	kill -INT "$pid"
	ended "a stuck reader" 0
	[ $((SECONDS - start)) -lt 10 ] || fail "a stuck reader: it ends late"
	check_account "a stuck reader" 1002000
	check_nothing_left "a stuck reader"
	timeout 1 cat <&7 >/dev/null || true

	# One that goes on later has the rows then.
	started "$unprobed" -v
	generate 0 5000
	timeout 30 head -n 5001 <&7 >"$scratch/late"
	has_lines 5001 "$scratch/late" || fail "a late reader misses rows"
	kill "$pid"
	ended "a late reader" 0
	check_account "a late reader" 5000

	started "$unprobed" --duration 2
	generate 0 5000
	ended "a stuck reader, and --duration" 0
	check_account "a stuck reader, and --duration" 5000
	exec 7<&-
}

# Rows that stdout did not take are counted, and not its lines: neither the header
# nor what --raw adds, nor the first line of -w.
lost_rows()
{
	local pattern options taken out=$scratch/rows

	mkfifo "$out"
	exec 7<>"$out"
	while read -r pattern options; do
		# shellcheck disable=SC2086 # words
		started "$unprobed" -v $options
		generate 0 4000
		kill "$pid"
		ended "lost rows, $options" 0
		check_account "lost rows, $options" 4000
		timeout 1 cat <&7 >"$scratch/taken" || true
		# Those that have their end.
		taken=$(head -n "$(wc -l <"$scratch/taken")" "$scratch/taken" |
			grep -ce "$pattern")
		[ "$taken" = "${BASH_REMATCH[2]}" ] ||
			fail "lost rows, $options: $taken were taken"
	done <<-'END'
	1342...generator
	1342...generator -t -T -U -L
	1342...generator --raw
	"pid":1342 -j
	bpf_trace_printk: -w -
	END

	# Not even the header finds room.
	head -c 65536 /dev/zero >&7
	started "$unprobed" -v
	kill "$pid"
	ended "no rows" 0
	check_account "no rows" 0
	exec 7<&-
}

# A reader of -w that stops reading: no row is shown from then on, and a signal
# ends the run, as an error.
stuck_recording()
{
	local name start

	mkfifo "$scratch/recording"
	exec 7<>"$scratch/recording"
	for name in INT TERM HUP QUIT; do
		started "$unprobed" -w "$scratch/recording"
		generate 0 5000
		start=$SECONDS
		kill "-$name" "$pid"
		ended "-w to a reader that stops" 1
		[ $((SECONDS - start)) -lt 5 ] || fail "-w: SIG$name ends it late"
		line_and_account "-w to a reader that stops" \
			'cannot write to .*/recording: its reader has stopped$'
		check_nothing_left "-w to a reader that stops"
		timeout 1 cat <&7 >/dev/null || true
	done
	exec 7<&-
}

no_room_to_write()
{
	# shellcheck disable=SC2016 # the inner bash expands it
	started unshare --mount --propagation private bash -c '
		mount -t tmpfs -o size=64k tests /mnt
		exec "$0" -w /mnt/trace' "$unprobed"
	generate 0 5000
	ended "-w on a disk that is full" 1
	line_and_account "-w on a disk that is full" \
		'cannot write to /mnt/trace: No space left on device$'
	check_nothing_left "-w on a disk that is full"

	started "$unprobed" -w /dev/full
	generate 0 1
	ended "-w /dev/full" 1
	line_and_account "-w /dev/full" 'cannot write to /dev/full: No space left on'
	check_nothing_left "-w /dev/full"

	started prlimit --fsize=20000 "$unprobed" -w "$scratch/trace"
	generate 0 5000
	ended "-w above the limit of a file's size" 1
	line_and_account "-w above the limit" 'cannot write to .*: File too large$'
	check_nothing_left "-w above the limit of a file's size"
}

# Its messages go nowhere, and its rows all the same.
no_stderr()
{
	# shellcheck disable=SC2016 # the inner bash expands it
	for way in '2>/dev/full' '2>&-'; do
		started bash -c "exec \"\$0\" -v $way" "$unprobed"
		generate 0 10
		wait_until 30 has_lines 11 "$scratch/out" || fail "$way: no rows"
		kill "$pid"
		ended "$way" 0
		check_nothing_left "$way"
	done
}

# A stderr that takes nothing: rows come all the same, and a signal ends it within
# a second (here: two more, for the machine).
stuck_stderr()
{
	local kind name signals=(INT TERM HUP QUIT) start

	command -v python3 >/dev/null || return 0
	for kind in pipe socket terminal ctrl-s; do
		for name in "${signals[@]:0:2}"; do
			started "$here/../lib/stuck_stderr.py" $kind \
				"$unprobed" -v
			generate 0 1000
			wait_until 5 has_lines 1001 "$scratch/out" ||
				fail "stderr is stuck ($kind): no rows"
			start=${EPOCHREALTIME/[^0-9]/}
			kill "-$name" "$pid"
			ended "stderr is stuck ($kind), SIG$name" 0
			[ $((${EPOCHREALTIME/[^0-9]/} - start)) -lt 3000000 ] ||
				fail "stderr is stuck ($kind), SIG$name: late"
			check_nothing_left "stderr is stuck ($kind), SIG$name"
		done
		signals=("${signals[@]:1}" "${signals[0]}")
	done

	# A warning in the middle: it is lost, and the rows after it are not.
	started "$here/../lib/stuck_stderr.py" pipe "$unprobed"
	echo 0 >"$tracing/instances/tcpv4connect-$run/tracing_on"
	sleep 2
	echo 1 >"$tracing/instances/tcpv4connect-$run/tracing_on"
	generate 0 1000
	wait_until 5 has_lines 1001 "$scratch/out" ||
		fail "a warning that is not taken: no rows"
	kill "$pid"
	ended "a warning that is not taken" 0
	check_nothing_left "a warning that is not taken"

	# stdout as well.
	started "$here/../lib/stuck_stderr.py" terminal sh -c 'exec "$@" >&2' - \
		"$unprobed" -v
	generate 0 1000
	start=${EPOCHREALTIME/[^0-9]/}
	kill "$pid"
	ended "stdout and stderr are stuck" 0
	[ $((${EPOCHREALTIME/[^0-9]/} - start)) -lt 3500000 ] ||
		fail "stdout and stderr are stuck: it ends late"
	check_nothing_left "stdout and stderr are stuck"
}

# From a thousand lines on it takes no more memory, for a million.
flat_memory()
{
	local before after

	out=/dev/null started "$unprobed" -t -T -U -L -d -v
	generate 0 10000
	wait_until 30 has_read || fail "it reads nothing"
	before=$(anonymous_kb)
	generate 10000 1000000
	wait_until 60 has_read || fail "it does not read all"
	after=$(anonymous_kb)
	echo "    $before kB after 10,000 lines, $after kB after 1,010,000"
	[ $((after - before)) -lt 100 ] || fail "$before kB become $after"
	kill "$pid"
	ended "a million lines" 0
	check_account "a million lines" 1010000
}

# The pipe is empty: what was to be read of it is read.
has_read()
{
	local file entries=0 line

	for file in "$tracing/instances/tcpv4connect-$run"/per_cpu/*/stats; do
		read -r line <"$file"
		entries=$((entries + ${line#entries: }))
	done
	[ "$entries" = 0 ]
}

# -----------------------------------------------------------------------------

trap clean_up EXIT
instances_before=$(instances)
files_before=$(files)
cases=(no_memory many_cpus few_descriptors no_header_tree compiler_faults
	compiler_from_outside signals killed_at_every_call two_at_once
	stuck_reader lost_rows stuck_recording no_room_to_write no_stderr
	stuck_stderr flat_memory)
[ $# -lt 2 ] || cases=("${@:2}")
for case in "${cases[@]}"; do
	echo "$case"
	$case
done
echo "all as it should be"
