#!/bin/bash
# killed: SIGKILL leaves no chance to tidy up, so what is left is small and
# silent, the next start removes it, and never what a running copy uses.
# suites: bullseye trixie sid
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

instances() {
	find "$tracing/instances" -maxdepth 1 -name 'tcpv4connect-*'
}

# instance_of NAME: the one whose trace_pipe it has open, as -v says it.
instance_of() {
	sed -n 's|^.* reading \(.*\)/trace_pipe$|\1|p' "$1.err"
}

# killed NAME: SIGKILL, and its child is gone as well.
killed() {
	local child

	child=$(child_of "$1" || true)
	kill -KILL "${pid_of[$1]}"
	wait "${pid_of[$1]}" 2>/dev/null || true
	[ -z "$child" ] ||
		check "$1: its compiler ends with it" \
			wait_until 10 is_gone "$child"
}

# shellcheck disable=SC2317 # wait_until calls it
is_gone() {
	! kill -0 "$1" 2>/dev/null
}

# has_instances COUNT
# shellcheck disable=SC2317 # wait_until calls it
has_instances() {
	[ "$(instances | wc -l)" = "$1" ]
}

remember_kernel
start_tool live -v
start_tool tracing -v
start_tool compiling -v
wait_until 60 is_compiling compiling || die "compiling starts its compiler" compiling.err
# Its instance comes after its compiler has begun.
if has_printk_event; then
	wait_until 60 has_instances 3 || die "three instances" compiling.err
fi
killed compiling
wait_ready live
wait_ready tracing
storm 1 3 >/dev/null
wait_for_rows tracing 3
killed tracing

if has_printk_event; then
	left=$(instance_of tracing)
	same "tracing: its instance is left, switched off" 0 \
		"$(cat "$left/tracing_on")"
	check "tracing: and its buffer is freed" \
		[ "$(cat "$left/buffer_size_kb")" -lt 32 ]
	same "three instances: of the live one and of two that were killed" 3 \
		"$(instances | wc -l)"
fi

start_tool next -v
wait_ready next
if has_printk_event; then
	same "the next start removes both" \
		"$(printf '%s\n' "$(instance_of live)" "$(instance_of next)" | sort)" \
		"$(instances | sort)"
fi
same "and their names in kprobe_events: two pairs of probes are left" 4 \
	"$(grep -cE 'kprobes/tcpv4connect_[0-9a-f]{8}_(entry|return) ' \
		"$tracing/kprobe_events")"
storm 1 4 >/dev/null
wait_for_rows live 7
wait_for_rows next 4
stop next
storm 1 2 >/dev/null
wait_for_rows live 9
stop live
same "live: saw all of it" 9 "$(rows live)"
has "live: and lost nothing" ' 9 connects, 9 rows .* 0 lost$' live.err
same "next: saw its part" 4 "$(rows next)"
kernel_unchanged "SIGKILL, and a start after it"
end
