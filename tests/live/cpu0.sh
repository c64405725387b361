#!/bin/bash
# cpu0: a probe's perf event needs a CPU that is online, and any one will do.
# Linux lets go of CPU 0 where it is Intel's (arch/x86/kernel/topology.c, 5.10).
# boot: cpu0_hotplug
# cpu: max,vendor=GenuineIntel
# suites: bullseye
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

cpus=/sys/devices/system/cpu
# Linux 6.5 took away the option to let go of it.
if [ ! -e $cpus/cpu0/online ]; then
	say "this kernel keeps CPU 0"
	end
fi
remember_kernel
tool before -v
echo 0 >$cpus/cpu0/online
same "CPU 0 is offline" 1 "$(cat $cpus/online)"
tool after -v
# While the lines of a CPU that has gone wait in its buffer, and later.
storm 4 50 >/dev/null
wait_for_rows before 200
wait_for_rows after 200
echo 1 >$cpus/cpu0/online
storm 4 50 >/dev/null
wait_for_rows before 400
wait_for_rows after 400
for name in before after; do
	stop $name
	read_account $name
	same "$name: calls, rows and losses" "400 400 0" \
		"$account_connects $account_rows $account_lost"
done
kernel_unchanged "tracing without CPU 0"
end
