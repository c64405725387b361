#!/bin/bash
# check.sh PROGRAM: what --check says where its proof can't be made, or where the
# tracer ends: "warn" and "FAIL", at once, and with the right exit status.
#
# As in instance.sh this is about $TEST_TOOLS/unprobed. That the proof succeeds,
# tests/live/check.sh sees. Needs root.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=tests/native/common.bash
. "$here/common.bash"

need_root
in_tracefs "$here/check.sh" "$@"
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
	# What a killed tracer left, the next start removes.
	timeout -s INT 20 "$unprobed" --max-events 1 --duration 1 >/dev/null || true
	rm -rf "$scratch"
}

# launch COMMAND...: in the background.
launch()
{
	rm -f "$scratch/ready"
	UNPROBED_READY=$scratch/ready "$@" >"$scratch/out" 2>"$scratch/err" &
	pid=$!
}

is_over()
{
	! kill -0 "$pid" 2>/dev/null
}

# ended WHAT STATUS PATTERN: soon, and it says so.
ended()
{
	local status=0

	wait_until 30 is_over || fail "$1: it does not end: $(<"$scratch/out")"
	wait "$pid" || status=$?
	pid=
	[ "$status" = "$2" ] ||
		fail "$1: it ends with $status: $(<"$scratch/out")"
	grep -qE "$3" "$scratch/out" ||
		fail "$1: it says: $(<"$scratch/out")$(<"$scratch/err")"
}

has_tracer()
{
	[ -s "$scratch/ready" ] && pgrep -P "$pid" >"$scratch/tracer"
}

trap clean_up EXIT

launch env UNPROBED_FAULT=crash "$unprobed" --check
ended "a tracer that fails" 1 '^FAIL  proof +the tracer did not start$'
grep -q 'cannot compile the BPF program: .* signal 11' "$scratch/err" ||
	fail "a tracer that fails does not say why: $(<"$scratch/err")"

# shellcheck disable=SC2016 # the inner bash expands it
launch unshare --net bash -c '
	echo 1-65535 >/proc/sys/net/ipv4/ip_local_reserved_ports
	exec "$0" --check' "$unprobed"
ended "no port" 0 \
	'^warn  proof +not tried: no port of 127\.0\.0\.1 can be had here: '

launch env UNPROBED_FAULT=fork "$unprobed" --check
ended "no process" 0 \
	'^warn  proof +not tried: Resource temporarily unavailable$'
grep -qE '^warn  libbcc +not examined: ' "$scratch/out" ||
	fail "no process: it says $(<"$scratch/out")"

# No row comes, since there are no probes; it is not waited for.
launch "$unprobed" --check
wait_until 30 has_tracer || fail "no tracer: $(<"$scratch/out")"
kill -KILL "$(<"$scratch/tracer")"
ended "a tracer that is killed" 1 \
	'^FAIL  proof +(a connect to 127.* was not seen|the tracer did not start)$'
echo "all as it should be"
