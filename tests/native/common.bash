# shellcheck shell=bash
# What the native tests share; sourced, never run. The caller has set -euo
# pipefail and gives its own arguments to in_tracefs.

export PATH="$PATH:/usr/sbin:/sbin"
tracing=/sys/kernel/tracing
# shellcheck source=tests/lib/buffer_size.bash
. "$(dirname "${BASH_SOURCE[0]}")/../lib/buffer_size.bash"

skip()
{
	echo "skipped: $*"
	exit 77
}

fail()
{
	echo "FAIL: $*"
	exit 1
}

need_root()
{
	[ "$(id -u)" = 0 ] || skip "not root"
}

# in_tracefs SCRIPT ARGUMENT...: where tracefs is not mounted, run SCRIPT again
# in a mount namespace in which it is.
in_tracefs()
{
	[ ! -e "$tracing/trace_pipe" ] || return 0
	[ -z "${IN_TRACEFS:-}" ] || skip "tracefs cannot be mounted here"
	[ -d "$tracing" ] || skip "no $tracing here"
	# shellcheck disable=SC2016 # the inner bash expands it
	IN_TRACEFS=1 exec unshare --mount --propagation private bash -c \
		'mount -t tracefs tracefs /sys/kernel/tracing; exec "$0" "$@"' \
		"$@"
}

# tracing_lock: one test at a time, of all on this host, in whatever namespace
# and chroot: they change settings of the trace of all. Held up to our end.
tracing_lock()
{
	exec 9<"$tracing/instances"
	flock -w 200 9 || skip "another run's tests hold $tracing/instances"
}

# wait_until SECONDS COMMAND...: asks again and again, ten times a second.
wait_until()
{
	local tries=$(($1 * 10))

	shift
	until "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.1
	done
}

# settings: what the trace of all is set to.
settings()
{
	local file

	buffer_size
	for file in "$tracing"/options/* "$tracing"/{trace_clock,tracing_on} \
		"$tracing"/{current_tracer,set_event} \
		"$tracing"/{kprobe_events,tracing_cpumask} \
		"$tracing"/events/bpf_trace/bpf_trace_printk/{enable,filter}; do
		[ ! -e "$file" ] || echo "${file#"$tracing/"} $(<"$file")"
	done
}
