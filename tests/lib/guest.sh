# shellcheck shell=bash disable=SC2034
# guest.sh - what the cases of tests/live share, inside the virtual machine.
#
# A case sources it first and calls "end" last. It prints "ok - what" or "FAIL -
# what" for each thing that it looks at, goes on after a failure, and fails if
# there was one, or if it did not reach its end. Nothing waits for a time:
# everything waits for a condition, and gives up after a generous limit, for the
# machine may be slow.
#
# The program runs in the background under a name that the case gives it; its
# stdout is NAME.out and its stderr NAME.err, in the working directory.

set -euo pipefail
# shellcheck source=tests/lib/wait.bash
. /mnt/wait.bash
# shellcheck source=tests/lib/check.bash
. /mnt/check.bash
# shellcheck source=tests/lib/buffer_size.bash
. /mnt/buffer_size.bash

# An emulated processor takes some 50 ms to start a process. So what is done again
# and again in here, to wait for something or to look at the kernel, is done
# with what the shell has itself, where it can be.

# pause: in the place of wait.bash's. Before bash 5.2 read -t sets a timer and then
# reads; where the timer is over before the read begins, only the byte that comes
# each second (from cases.sh) ends it. What is written while the FIFO is open
# nowhere else is gone.
# shellcheck disable=SC2317 # wait_until calls it
pause()
{
	read -rt 0.1 <>/run/pause || :
}

tracing=/sys/kernel/tracing
debug=/sys/kernel/debug
header='PID    COMM         SADDR            DADDR            DPORT'
header_t="TIME(s)  $header"
PATH=/mnt/tools:$PATH

declare -A pid_of=()
failures=0
reached_end=

# Results ---------------------------------------------------------------------

say()
{
	printf '# %s\n' "$*"
}

ok()
{
	printf 'ok - %s\n' "$*"
}

fail()
{
	printf 'FAIL - %s\n' "$*"
	failures=$((failures + 1))
}

# die WHAT [FILE]...: the case cannot go on.
die()
{
	fail "$1"
	show "${@:2}"
	exit 1
}

# show FILE...: for after a failure.
show()
{
	local file

	for file; do
		[ -e "$file" ] || continue
		say "--- $file ($(wc -l <"$file") lines)"
		head -n 40 "$file" | sed 's/^/#   /'
	done
}

# same WHAT EXPECTED FOUND
same()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		fail "$1"
		say "expected: $2"
		say "found:    $3"
	fi
}

# same_file WHAT EXPECTED FOUND: byte for byte.
same_file()
{
	if cmp -s "$2" "$3"; then
		ok "$1"
	else
		fail "$1"
		diff -u --label expected --label found "$2" "$3" |
			cat -A | head -n 60 | sed 's/^/#   /' || true
	fi
}

# has WHAT PATTERN FILE: a line of FILE matches the extended expression.
has()
{
	if grep -qE -e "$2" "$3"; then
		ok "$1"
	else
		fail "$1 (no line of $3 matches: $2)"
		show "$3"
	fi
}

# empty WHAT FILE
empty()
{
	if [ ! -s "$2" ]; then
		ok "$1"
	else
		fail "$1"
		show "$2"
	fi
}

# The program -----------------------------------------------------------------

# launch NAME COMMAND...: COMMAND in the background, in a process group of its
# own (without set -m it would start with SIGINT and SIGQUIT ignored).
launch()
{
	local name=$1

	shift
	# The file is there, and empty, before a check reads it.
	: >"$name.err"
	set -m
	"$@" </dev/null 2>"$name.err" &
	set +m
	pid_of[$name]=$!
}

start_tool()
{
	local name=$1

	shift
	: >"$name.out"
	launch "$name" tcpv4connect "$@" >"$name.out"
}

is_running()
{
	kill -0 "${pid_of[$1]}" 2>/dev/null
}

is_over()
{
	! is_running "$1"
}

has_header()
{
	local line=

	read -r line <"$1.out" || :
	[[ $line =~ ^('TIME(s)  ')?'PID    COMM ' ]] || is_over "$1"
}

# is_confined NAME: or over already. What is built to be examined is not.
is_confined()
{
	grep -qE '^Seccomp:[[:space:]]*2$' "/proc/${pid_of[$1]}/status" ||
		is_over "$1" ||
		grep -qE '__asan_init|__gcov_' /usr/local/sbin/tcpv4connect
}

# wait_ready NAME: until its header says that the probes are attached.
wait_ready()
{
	if wait_until 120 has_header "$1" && [ -s "$1.out" ]; then
		is_confined "$1" || fail "$1 is confined"
		return 0
	fi
	show "$1.out" "$1.err"
	die "$1: no header"
}

# wait_attached NAME...: until -v says that connects are seen; for -c, and for -j.
wait_attached()
{
	local name

	for name; do
		wait_until 120 is_attached "$name" || true
		is_running "$name" || die "$name is attached" "$name.err"
	done
}

# shellcheck disable=SC2317 # wait_until calls it
is_attached()
{
	local lines

	mapfile -t lines <"$1.err"
	[[ ${lines[*]} = *'kprobe and kretprobe'* ]] || is_over "$1"
}

# tool NAME [OPTION]...: the program, tracing.
tool()
{
	start_tool "$@"
	wait_ready "$1"
}

# rows NAME: how many rows it has printed.
rows()
{
	awk 'END { print NR ? NR - 1 : 0 }' "$1.out"
}

has_rows()
{
	local lines

	mapfile -t lines <"$1.out"
	((${#lines[@]} > $2))
}

# wait_for_rows NAME COUNT [SECONDS]
wait_for_rows()
{
	wait_until "${3:-60}" has_rows "$1" "$2" && return 0
	fail "$1 has $(rows "$1") rows, and $2 were expected"
	show "$1.out" "$1.err"
	return 0
}

# ended NAME [STATUS]: it ends within 30 seconds, and with STATUS, 0 by default.
ended()
{
	local name=$1 wanted=${2:-0} status=0

	if ! wait_until 30 is_over "$name"; then
		fail "$name ends (it did not within 30 s)"
		kill -KILL "${pid_of[$name]}" || true
	fi
	wait "${pid_of[$name]}" || status=$?
	same "$name ends with status $wanted" "$wanted" "$status"
	[ "$status" = "$wanted" ] || show "$name.out" "$name.err"
}

# stop NAME [SIGNAL [STATUS]]
stop()
{
	kill "-${2:-INT}" "${pid_of[$1]}"
	ended "$1" "${3:-0}"
}

# child_of NAME: the process that compiles, where there is one.
child_of()
{
	pgrep -P "${pid_of[$1]}"
}

# is_compiling NAME: its child has loaded libbcc; or it is past that already, as
# happens where the machine is quick.
is_compiling()
{
	local child

	if child=$(child_of "$1"); then
		grep -qs libbcc "/proc/$child/maps"
	else
		has_header "$1"
	fi
}

# read_account NAME: sets account_connects, _rows, _recovered and _lost from the
# last account on its stderr.
read_account()
{
	local numbers='^tcpv4connect: ([0-9]+) connects, ([0-9]+) rows \(([0-9]+)'

	account_connects='' account_rows='' account_recovered='' account_lost=''
	numbers+=" of them without the call's return\\), ([0-9]+) lost"
	while IFS= read -r line; do
		[[ $line =~ $numbers ]] || continue
		account_connects=${BASH_REMATCH[1]}
		account_rows=${BASH_REMATCH[2]}
		account_recovered=${BASH_REMATCH[3]}
		account_lost=${BASH_REMATCH[4]}
		[[ $line != *unaccounted* ]] ||
			fail "$1: every connect is accounted for: $line"
	done <"$1.err"
	[ -n "$account_lost" ] || die "$1 gives its account on stderr"
}

# one_line_error NAME PATTERN: the first line of its stderr is the program's and
# matches; what follows is another program's, and indented; no stdout.
one_line_error()
{
	local first

	first=$(head -n 1 "$1.err")
	if [[ $first =~ ^tcpv4connect:\ $2 ]]; then
		ok "$1: $first"
	else
		fail "$1: stderr begins with: $2"
		show "$1.err"
	fi
	empty "$1: after that line, nothing that is not quoted" \
		<(tail -n +2 "$1.err" | grep -v '^  ' || true)
	empty "$1: nothing on stdout" "$1.out"
}

# fleet_commands TITLE: those that a section of examples/fleet/README.md gives.
fleet_commands()
{
	awk -v title="$1" '/^## / { on = index($0, title) }
		on && sub(/^    /, "")' /mnt/fleet/README.md
}

# The kernel ------------------------------------------------------------------

# lines_of NAME FILE [PATTERN]: FILE's lines, those that match, each after NAME.
lines_of()
{
	local line lines=()

	{ mapfile -t lines <"$2"; } 2>/dev/null || return 0
	for line in "${lines[@]}"; do
		# shellcheck disable=SC2053 # a pattern
		[[ $line != ${3:-*} ]] || printf '%s: %s\n' "$1" "$line"
	done
}

# kernel_state: what the program may change while it runs, and has to leave as
# it was.
kernel_state()
{
	local file

	for file in "$tracing"/instances/*/; do
		[ ! -d "$file" ] || echo "instance: $file"
	done
	lines_of kprobe_events "$tracing/kprobe_events"
	lines_of kprobes "$debug/kprobes/list" '*tcp_v4_connect*'
	for file in tracing_on trace_clock current_tracer trace_options; do
		lines_of $file "$tracing/$file"
	done
	buffer_size
	# A kernel (5.9 and newer) that loads a program which may call
	# bpf_trace_printk switches this event of the global trace on by itself,
	# and leaves it so. That is not for us to undo: others may rely on it.
	lines_of event "$tracing/set_event" '!(bpf_trace:bpf_trace_printk)'
	lines_of bpf <(bpf_objects)
	for file in /proc/[0-9]*/comm; do
		lines_of "process: $file" "$file" '*tcpv4connect*'
	done
	find /tmp /var/tmp /run /dev/shm -ignore_readdir_race \
		\( -name 'tcpv4connect*' -o -name bcc \) -printf 'file: %p\n'
	lines_of mount /proc/mounts '*tcpv4connect*'
}

remember_kernel()
{
	kernel_state >kernel.before
}

kernel_is_as_before()
{
	kernel_state >kernel.after
	cmp -s kernel.before kernel.after
}

# kernel_unchanged WHAT: since remember_kernel. Programs and probes are freed a
# moment after the last descriptor is closed.
kernel_unchanged()
{
	if wait_until 15 kernel_is_as_before; then
		ok "$1: the kernel is as it was"
	else
		fail "$1: the kernel is as it was"
		diff -u kernel.before kernel.after | sed 's/^/#   /' || true
	fi
}

# has_printk_event: where this is not there, there are no instances of ours.
has_printk_event()
{
	[ -d "$tracing/events/bpf_trace/bpf_trace_printk" ]
}

# kernel_before MAJOR.MINOR: for what no file in the kernel tells.
kernel_before()
{
	[ "$(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1)" != "$1" ]
}

# Begin and end ---------------------------------------------------------------

end()
{
	reached_end=1
	exit 0
}

# shellcheck disable=SC2317 # the trap calls it
at_exit()
{
	local status=$?

	[ -n "$reached_end" ] ||
		fail "the case reaches its end (status $status)"
	for report in /mnt/sanitizer.*; do
		[ -e "$report" ] || continue
		fail "the sanitizers have nothing to report"
		show "$report"
		rm "$report"
	done
	say "$SECONDS seconds, $failures failures"
	[ $failures = 0 ] || exit 1
}

# For a sanitized program: what it has to report, at_exit finds.
export ASAN_OPTIONS=exitcode=99:log_path=/mnt/sanitizer:detect_leaks=1
export UBSAN_OPTIONS=print_stacktrace=1
[ ! -d /mnt/counts ] || export GCOV_PREFIX=/mnt/counts

cd /root
trap at_exit EXIT
say "Linux $(uname -r), $(nproc) CPUs," \
	"$(basename "$(realpath /usr/lib/*/libbcc.so.0)")"
