#!/bin/bash
# check: --check says ok on a good host and proves it; it names what is wrong on
# a broken one.
# suites: bookworm
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

# checked NAME STATUS PATTERN COMMAND...
checked() {
	local name=$1 status=$2 pattern=$3

	shift 3
	: >"$name.out"
	launch "$name" "$@" >"$name.out"
	wait_until 120 is_over "$name" || die "$name ends"
	ended "$name" "$status"
	has "$name: $pattern" "$pattern" "$name.out"
}

checked_where() {
	checked "$1" 1 "$2" unshare --mount --propagation private \
		bash -euc "$3; exec tcpv4connect --check"
}

# checked_without NAME COMMAND: COMMAND takes away what the proof does not need.
checked_without() {
	checked "$1" 0 "$proof" unshare --mount --propagation private \
		bash -euc "$2; exec tcpv4connect --check"
}

# switched_off NAME FILE: with FILE at 0.
switched_off() {
	echo 0 >"$2"
	checked "${1//\//_}" 1 "^FAIL  $1 +is 0: no probe fires, and .*echo 1 > $2\$" \
		tcpv4connect --check
	echo 1 >"$2"
}

# shellcheck disable=SC2317 # wait_until calls it
reads_pipe() {
	readlink "/proc/$1/fd/"* | grep -q '/trace_pipe$'
}

remember_kernel
library=$(realpath /usr/lib/*/libbcc.so.0)
proof='^ok    proof +a connect to 127\.0\.0\.1:[0-9]+ of our own was seen'
checked good 0 "$proof" tcpv4connect --check
has "good: libbcc's version" '^ok    libbcc +0\.[0-9]+\.' good.out
check "good: nothing but ok" bash -c '! grep -v "^ok    " good.out'
# Where PIDs are others, where the loopback device is down, and without /proc.
checked pid_namespace 0 "$proof" \
	unshare --pid --fork --mount-proc tcpv4connect --check
checked net_namespace 0 "$proof" unshare --net tcpv4connect --check
checked global_pid_namespace 0 "$proof" \
	unshare --pid --fork --mount-proc tcpv4connect --check --global-pipe
checked_without no_proc 'busybox umount -l /proc'
checked global 0 '^ok    pipe +the global trace_pipe, which has no reader' \
	tcpv4connect --check --global-pipe

switched_off kernel.ftrace_enabled /proc/sys/kernel/ftrace_enabled
switched_off kprobes/enabled /sys/kernel/debug/kprobes/enabled
echo 0 >/sys/kernel/tracing/tracing_on
checked tracing_on 1 '^FAIL  tracing_on +is 0: nothing is recorded, and .*echo 1 > /sys/kernel/tracing/tracing_on$' \
	tcpv4connect --check --global-pipe
checked own_switch 0 '^ok    tracing_on +does not matter' tcpv4connect --check
echo 1 >/sys/kernel/tracing/tracing_on
checked not_root 1 '^FAIL  capabilities +CAP_[A-Z_]+ is missing; run as root' \
	setpriv --reuid 65534 --regid 65534 --clear-groups tcpv4connect --check
checked_where no_libbcc '^FAIL  libbcc .*; apt install libbpfcc$' \
	"busybox mount -o bind /dev/null $library"
checked_where no_tracefs '^FAIL  tracefs' \
	'busybox umount -l /sys/kernel/tracing /sys/kernel/debug'
launch reader cat /sys/kernel/tracing/trace_pipe
reader=${pid_of[reader]}
wait_until 30 reads_pipe "$reader" || die "cat reads the pipe"
checked held 1 "^FAIL  pipe +the global trace_pipe is in use by PID $reader \(cat\)" \
	tcpv4connect --check --global-pipe
kill "$reader"
kernel_unchanged "--check"
end
