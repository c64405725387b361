#!/bin/bash
# privileges: one that is missing is named; those that are not needed any more
# are given away; and a user who has just what is needed traces and leaves
# nothing behind.
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

# By number: older setpriv have no names for these.
dac_override=cap_1 net_raw=cap_13 perfmon=cap_38 bpf=cap_39
user=65534 where=()

# start_with NAME CAPABILITIES [OPTION]...: as another user who has those and no
# others; from here, which that user may not look into.
start_with() {
	: >"$1.out"
	launch "$1" setpriv --reuid "$user" --regid "$user" --clear-groups \
		--inh-caps="-all,$2" --ambient-caps="-all,$2" \
		--bounding-set="-all,$2" "${where[@]}" \
		tcpv4connect "${@:3}" >"$1.out"
}

# refused_with NAME CAPABILITIES PATTERN [OPTION]...
refused_with() {
	start_with "$1" "$2" "${@:4}"
	wait_until 120 is_over "$1" || fail "$1 gives up"
	ended "$1" 1
	one_line_error "$1" "$3"
	kernel_unchanged "$1"
}

# status_of NAME: of its process, in one line.
status_of() {
	awk '/^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs|Seccomp):/ { printf "%s ", $2 }' \
		"/proc/${pid_of[$1]}/status"
}

# gave_away NAME CAPABILITIES: all but those, a set of bits in hexadecimal.
gave_away() {
	local none=0000000000000000

	same "$1: what is left of its privileges" \
		"$none $2 $2 $none 1 2 " "$(status_of "$1")"
}

# traces NAME: three connects are three rows, and it ends as it should.
traces() {
	storm 1 3 >/dev/null
	wait_for_rows "$1" 3
	stop "$1"
	same "$1: three rows" 3 "$(rows "$1")"
	has "$1: and none lost" ' 3 connects, 3 rows .* 0 lost$' "$1.err"
	kernel_unchanged "$1"
}

# shellcheck disable=SC2317 # wait_until calls it
has_tree() {
	compgen -G '/tmp/tcpv4connect-*/include/linux/kconfig.h' >/dev/null
}

paranoid=$(cat /proc/sys/kernel/perf_event_paranoid)
# What stays, where a map is not to be read without it.
kept=0000000000000000 kept_dac=0000000000000002
if kernel_before 5.19; then
	kept=0000008000000000 kept_dac=0000008000000002
fi
echo 2 >/proc/sys/kernel/perf_event_paranoid
ulimit -l unlimited
remember_kernel

tool root -v
gave_away root $kept
same "root: no capability can come back" 0000000000000000 \
	"$(awk '/^CapBnd:/ { print $2 }' "/proc/${pid_of[root]}/status")"
has "root: -v says it" '^tcpv4connect: confined: .* are filtered$' root.err
traces root

refused_with no_bpf +$perfmon,+$dac_override 'cannot trace: CAP_BPF is missing'
refused_with no_perfmon +$bpf,+$dac_override \
	'cannot trace: CAP_PERFMON is missing'
refused_with no_tracefs +$bpf,+$perfmon \
	'cannot trace: /sys/kernel/.*: Permission denied; .* CAP_DAC_OVERRIDE$'
if kernel_before 5.11; then
	ulimit -S -l 64
	ulimit -H -l 64
	refused_with no_memory +$bpf,+$perfmon,+$dac_override \
		'cannot .*CAP_SYS_RESOURCE'
	ulimit -l unlimited
fi
if [ "$paranoid" -gt 2 ]; then
	echo "$paranoid" >/proc/sys/kernel/perf_event_paranoid
	refused_with paranoid +$bpf,+$perfmon,+$dac_override \
		'cannot attach .*; kernel.perf_event_paranoid asks for CAP_SYS_ADMIN'
	echo 2 >/proc/sys/kernel/perf_event_paranoid
fi

# In a directory with files that want to mislead the compiler.
mkdir -p /tmp/trap/linux
echo '#error "this is not a header of ours"' | tee /tmp/trap/linux/types.h \
	>/tmp/trap/linux/kconfig.h
where=(env -C /tmp/trap)
start_with dac +$bpf,+$perfmon,+$dac_override,+$net_raw -v -d
where=()
wait_ready dac
gave_away dac $kept_dac
empty "dac: it may listen to DNS answers" <(grep 'DNS' dac.err)
traces dac

# Exactly two. Killed while it compiles, it leaves its headers, for the next.
chmod 755 $tracing
chown $user $tracing/instances
start_with killed +$bpf,+$perfmon
wait_until 60 has_tree || fail "killed: its headers lie below /tmp"
kill -KILL "${pid_of[killed]}" 2>/dev/null || true
wait "${pid_of[killed]}" 2>/dev/null || true
start_with exact +$bpf,+$perfmon -v
wait_ready exact
gave_away exact $kept
has "exact: it has an instance of its own" '/instances/tcpv4connect-' exact.err
has "exact: and probes without a name" \
	' maxactive 0 \(the kernel.s default\); ' exact.err
traces exact
# 5.10 does not let it look into events/; --check decides as the start did.
start_with checked +$bpf,+$perfmon --check
wait_until 120 is_over checked || fail "checked ends"
has "checked: an instance as well" '^ok    pipe +an instance of our own' \
	checked.out
chown 0 $tracing/instances
end
