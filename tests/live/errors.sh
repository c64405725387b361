#!/bin/bash
# errors: what keeps it from starting is said in one line, with what to do about
# it; the status is 1, and nothing is left.
# suites: bookworm
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

# refused NAME PATTERN COMMAND...
refused() {
	local name=$1 pattern=$2

	shift 2
	: >"$name.out"
	launch "$name" "$@" >"$name.out"
	ended "$name" 1
	one_line_error "$name" "$pattern"
}

# refused_where NAME PATTERN SCRIPT: in a mount namespace that SCRIPT changes.
refused_where() {
	refused "$1" "$2" unshare --mount --propagation private \
		bash -euc "$3; exec tcpv4connect"
}

remember_kernel
library=$(realpath /usr/lib/*/libbcc.so.0)

refused not_root 'cannot trace: CAP_[A-Z_]+ is missing; run as root' \
	setpriv --reuid 65534 --regid 65534 --clear-groups tcpv4connect
refused no_capability 'cannot trace: CAP_[A-Z_]+ is missing; run as root' \
	setpriv --bounding-set -all tcpv4connect
refused_where no_libbcc 'cannot load libbcc: .*; apt install libbpfcc$' \
	"busybox mount -o bind /dev/null $library"
refused_where no_tracefs \
	'cannot trace: tracefs is not mounted; mount -t tracefs tracefs /sys/kernel/tracing$' \
	'busybox umount -l /sys/kernel/tracing /sys/kernel/debug'
kernel_unchanged "no start"
end
