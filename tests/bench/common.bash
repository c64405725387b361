# shellcheck shell=bash disable=SC2034
# common.bash - what the measuring scripts share, inside the virtual machine
# (vm/*.sh) and inside a root directory on this host's own kernel (native/*.sh).
# Sourced first; "end" is called last.
#
# /mnt has the program, the tools of this folder and these scripts (see run), and
# /mnt/settings says:
#
#   place    the release and the kernel that this is about, as in the tables
#   rounds   how often everything is measured
#   short    not empty: only see that it works
#   without  competitors to leave out
#   icount   not empty: a machine that counts instructions
#
# Competitors are measured in turn, round by round, never one after the other, so
# that what else the machine does falls on all of them. Each measurement is one
# line in /mnt/results.tsv (see record).

set -eEuo pipefail
# shellcheck source=tests/lib/wait.bash
. /mnt/wait.bash
trap 'echo "# line $LINENO of ${BASH_SOURCE[0]}: $BASH_COMMAND" >&2' ERR
export PATH=/mnt/tools:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
tracing=/sys/kernel/tracing
results=/mnt/results.tsv
round=0
place='' rounds=1 short='' without='' icount=''
# shellcheck source=/dev/null
. /mnt/settings

say()
{
	printf '# %s: %s\n' "$place" "$*" >&2
	echo beat >/mnt/beat
}

die()
{
	say "$*"
	exit 1
}

# short_or SHORT LONG: a number that depends on how thorough this is.
short_or()
{
	[ -n "$short" ] && echo "$1" || echo "$2"
}

# record MEASURE CASE COMPETITOR VALUE: MEASURE has its unit in its name; CASE
# is how many of something there were, or "-".
record()
{
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' \
		"$place" "$1" "$2" "$3" "$round" "$4" >>"$results"
	say "round $round: $3: $1${2:+ ($2)}: $4"
}

# The competitors -------------------------------------------------------------

# How each one is started, and how many probes it has in the kernel's list when
# it is ready. tcpconnect of bcc and of libbpf-tools watch IPv6 as well; the one
# of bpftrace has one probe, deeper in the kernel, for both.
declare -A command_of=(
	[tcpv4connect]=/mnt/tcpv4connect
	[tcpconnect-libbpf]=tcpconnect-libbpf
	[tcpconnect.bt]=tcpconnect.bt
	[tcpconnect-bpfcc]=tcpconnect-bpfcc
)
# bookworm's package has it without the suffix.
command -v tcpconnect-libbpf >/dev/null ||
	command_of[tcpconnect-libbpf]=tcpconnect
declare -A probes_of=(
	[tcpv4connect]=2
	[tcpconnect-libbpf]=4
	[tcpconnect.bt]=1
	[tcpconnect-bpfcc]=4
)

# competitors: those that this release has, but for --without.
competitors()
{
	local name

	for name in tcpv4connect tcpconnect-libbpf tcpconnect.bt \
		tcpconnect-bpfcc; do
		[[ " $without " != *" $name "* ]] || continue
		! command -v "${command_of[$name]}" >/dev/null || echo "$name"
	done
}

# reported NAME KEY: what watch says of it.
reported()
{
	awk -v key="$2" '$1 == key { print $2 }' "$1.report"
}

is_ready()
{
	grep -qs '^ready_s' "$1.report" || ! kill -0 "${watch_of[$1]}" 2>/dev/null
}

declare -A watch_of=()

# start_as NAME PROBES COMMAND...: returns when its probes are live.
start_as()
{
	local name=$1

	rm -f "$name.report"
	watch "$name.report" "$2" "${@:3}" </dev/null >"$name.out" \
		2>"$name.err" &
	watch_of[$name]=$!
	wait_until 1800 is_ready "$name" && [ -s "$name.report" ] && return 0
	cat "$name.err" >&2
	die "$name did not become ready"
}

# start COMPETITOR [OPTION]...: ours sees connects from its header on, which comes
# a moment after its probes.
start()
{
	start_as "$1" "${probes_of[$1]}" "${command_of[$1]}" "${@:2}"
	[ "$1" != tcpv4connect ] || wait_until 60 test -s "$1.out" ||
		die "$1 printed no header"
}

# stop NAME: as Ctrl-C does.
stop()
{
	kill -TERM "${watch_of[$1]}"
	wait "${watch_of[$1]}" || {
		cat "$1.err" >&2
		die "$1 did not end well"
	}
}

# check_probes COMPETITOR: after stop; a peer may have other probes by now.
check_probes()
{
	[ "$(reported "$1" probes)" = "${probes_of[$1]}" ] ||
		die "$1 had $(reported "$1" probes) probes, not" \
			"${probes_of[$1]}: mend tests/bench/common.bash"
}

# Processes -------------------------------------------------------------------

# tree PID: it and what descends from it.
tree()
{
	local child

	echo "$1"
	for child in $(pgrep -P "$1" || true); do
		tree "$child"
	done
}

# memory PID: KEY and kB of the whole tree: Rss, Pss, Anonymous.
memory()
{
	local pid

	for pid in $(tree "$1"); do
		cat "/proc/$pid/smaps_rollup" 2>/dev/null || true
	done | awk '$3 == "kB" { sub(":", "", $1); sum[$1] += $2 }
		END { print sum["Rss"] + 0, sum["Pss"] + 0,
			sum["Anonymous"] + 0 }'
}

# record_memory CASE COMPETITOR RSS PSS ANONYMOUS: what memory or settled printed.
record_memory()
{
	record rss_kb "$1" "$2" "$3"
	record pss_kb "$1" "$2" "$4"
	record anonymous_kb "$1" "$2" "$5"
}

# settled PID: waits until its memory, which children may still add to, is the same
# in three looks, a minute at most, and prints it. Pss changes with what else
# has a library open, so it says nothing.
settled()
{
	local rss before='' same=0 end=$((SECONDS + 60))

	while [ $same -lt 3 ] && [ $SECONDS -lt $end ]; do
		sleep 0.5
		read -r rss _ < <(memory "$1")
		[ "$rss" = "$before" ] && same=$((same + 1)) || same=0
		before=$rss
	done
	memory "$1"
}

# cpu_ns PID: processor time of one process, user and system, in nanoseconds.
cpu_ns()
{
	cut -d' ' -f1 "/proc/$1/schedstat"
}

# Output ----------------------------------------------------------------------

# rows_of NAME COMM: rows that tell of COMM.
rows_of()
{
	grep -cwF -e "$2" "$1.out" || true
}

# quiet NAME: wait until its output has not grown for three seconds. Those who
# buffer it write the rest when they end.
quiet()
{
	local now before=-1 same=0

	while [ $same -lt 6 ]; do
		sleep 0.5
		now=$(stat -c %s "$1.out")
		[ "$now" = "$before" ] && same=$((same + 1)) || same=0
		before=$now
	done
}

# The connect client ----------------------------------------------------------

# cost_of_connect CASE COMPETITOR COUNT: while that one traces, or none.
cost_of_connect()
{
	local cpu elapsed median

	read -r cpu elapsed _ median < <(connects "$3")
	record connect_cpu_ns "$1" "$2" "$cpu"
	record connect_elapsed_ns "$1" "$2" "$elapsed"
	record connect_median_ns "$1" "$2" "$median"
}

end()
{
	echo "done" >/mnt/done
	exit 0
}

# For tests/lib/boot.sh, which can't see otherwise whether time goes on in here. A
# machine that counts instructions does nothing beside what is measured.
if [ -z "$icount" ]; then
	while sleep 1; do echo beat >/mnt/beat; done &
	heart=$!
	trap 'kill $heart' EXIT
fi
mkdir -p /root/bench
cd /root/bench
say "Linux $(uname -r), $(nproc) CPUs"
