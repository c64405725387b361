#!/bin/bash
# faults.sh PROGRAM: what it needs and does not get, and every way to die: it
# ends soon, with one line that says why, and nothing of it stays, or as little
# as can be where nobody could tidy up.
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
	timeout -s INT 20 "$unprobed" --max-events 1 --duration 1 >/dev/null || true
	rm -rf "$scratch"
}

# The program -----------------------------------------------------------------

instances()
{
	find "$tracing/instances" -maxdepth 1 -name 'tcpv4connect-*' | sort
}

# What it could leave, but for instances; other processes come and go.
left_files()
{
	find /tmp /var/tmp /run /dev/shm -maxdepth 1 -name 'tcpv4connect-*'
	grep -e '^tcpv4connect ' /proc/mounts || true
}

check_nothing_left()
{
	[ "$(instances)" = "$instances_before" ] ||
		fail "$1 leaves an instance: $(instances)"
	[ -z "$(left_files)" ] || fail "$1 leaves $(left_files)"
}

# launch COMMAND...: in the background; stdout to the file out or to $out.
launch()
{
	rm -f "$scratch/ready"
	: >"$scratch/out"
	UNPROBED_READY=$scratch/ready "$@" >"${out:-$scratch/out}" \
		2>"$scratch/err" </dev/null &
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

with_fault()
{
	local fault=$1

	shift
	env "UNPROBED_FAULT=$fault" "$unprobed" "$@"
}

generate()
{
	"$TEST_TOOLS/generator" --ledger "$ledger" --first "$1" \
		"tcpv4connect:$run" "$2" >/dev/null
}

resident_kb()
{
	awk '/^VmRSS/ { print $2 }' "/proc/$pid/status"
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
		# The loader itself needs one.
		[ "$status" = 127 ] && [ "$limit" = 3 ] && continue
		[ "$status" = 1 ] || fail "$limit descriptors: $status"
				one_line "$limit descriptors" '.*: Too many open files'
		check_nothing_left "$limit descriptors"
	done
	[ "$limit" -lt 40 ] || fail "not even 39 descriptors are enough"
	check_nothing_left "few descriptors"
	echo "    $limit descriptors are enough"
}

no_room_to_write()
{
	refuses "-w /dev/full" 'cannot write to /dev/full: No space left on device$' \
		"$unprobed" -w /dev/full --max-events 1 --duration 1
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

all_cases=(no_memory many_cpus few_descriptors compiler_faults)
trap clean_up EXIT
instances_before=$(instances)
for case in "${all_cases[@]}"; do
	echo "$case"
	$case
done
echo "all as it should be"
