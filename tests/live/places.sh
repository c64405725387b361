#!/bin/bash
# places: tracefs and debugfs may be mounted or not, here or there; it traces all
# the same, without a mount of its own that other processes see.
# suites: bullseye bookworm
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

# where NAME SCRIPT: the program in a mount namespace that SCRIPT has changed.
where() {
	: >"$1.out"
	launch "$1" unshare --mount --propagation private \
		bash -euc "$2; exec tcpv4connect -v" >"$1.out"
}

mkdir elsewhere
remember_kernel
where below_debugfs 'busybox umount -l /sys/kernel/tracing'
where no_debugfs 'busybox umount -l /sys/kernel/debug'
where elsewhere 'busybox umount -l /sys/kernel/tracing /sys/kernel/debug
	busybox mount -t tracefs tracefs /root/elsewhere'
for name in below_debugfs no_debugfs elsewhere; do
	wait_ready $name
done
storm 1 3 >/dev/null
for name in below_debugfs no_debugfs elsewhere; do
	wait_for_rows $name 3
	stop $name
	has "$name: the account" ' 3 connects, 3 rows .* 0 lost$' $name.err
done
has "below_debugfs" 'reading /sys/kernel/debug/tracing/' below_debugfs.err
has "no_debugfs" 'reading /sys/kernel/tracing/' no_debugfs.err
has "elsewhere" 'reading /root/elsewhere/' elsewhere.err
kernel_unchanged "mounted elsewhere"
end
