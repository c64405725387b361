#!/bin/bash
# limits: little locked memory, few descriptors, small files, little memory,
# nowhere to write, and a clock that is set: it works all the same, or says in
# one line what it lacks, and leaves nothing.
# suites: bullseye trixie
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

# with NAME COMMAND...: the program, below COMMAND.
with() {
	local name=$1

	shift
	: >"$name.out"
	launch "$name" "$@" tcpv4connect -v >"$name.out"
}

# where NAME SCRIPT: the program in a mount namespace that SCRIPT has changed.
where() {
	: >"$1.out"
	launch "$1" unshare --mount --propagation private \
		bash -euc "$2; exec tcpv4connect -v" >"$1.out"
}

# works NAME...: three connects are three rows of each.
works() {
	local name

	for name; do
		wait_ready "$name"
	done
	storm 1 3 >/dev/null
	for name; do
		wait_for_rows "$name" 3
		stop "$name"
		has "$name: the account" ' 3 connects, 3 rows .* 0 lost$' \
			"$name.err"
	done
}

# refused NAME PATTERN
refused() {
	wait_until 120 is_over "$1" || fail "$1 gives up"
	ended "$1" 1
	one_line_error "$1" "$2"
}

remember_kernel
no_resource='setpriv --bounding-set -sys_resource'
with locked prlimit --memlock=0
# shellcheck disable=SC2086 # several words
with locked_hard prlimit --memlock=0 $no_resource
# Its own output must be no file then.
launch files bash -c 'exec prlimit --fsize=0 tcpv4connect -v \
	> >(cat >files.out) 2> >(cat >files.err)'
if kernel_before 5.11; then
	refused locked_hard 'cannot .*ulimit -l unlimited'
	works locked files
else
	works locked files locked_hard
fi

with memory prlimit --as=150000000
refused memory 'cannot '

# How many it takes depends on libbcc; below that it is an error.
for count in 14 20 28; do
	with fds$count prlimit --nofile=$count
done
for count in 14 20 28; do
	wait_until 120 has_header fds$count || fail "$count descriptors"
	if is_over fds$count; then
		refused fds$count 'cannot '
	else
		stop fds$count
	fi
done

# shellcheck disable=SC2016 # the inner bash expands it
fill='for place in /tmp /var/tmp /run /dev/shm; do
	busybox mount -t tmpfs -o size=4k tests $place
	head -c 4096 /dev/zero >$place/full
done'
# shellcheck disable=SC2016 # the inner bash expands it
shut='for place in /tmp /var/tmp /run /dev/shm; do
	busybox mount -t tmpfs -o ro,noexec tests $place
done'
where full "$fill"
where read_only "$shut"
works full read_only
busybox umount -l /tmp
rmdir /tmp
with no_tmp env
works no_tmp
# Nor can it mount a place of its own: there are as many mounts as there may be.
mount_max=$(cat /proc/sys/fs/mount-max)
where nowhere 'busybox mount -t tmpfs -o ro tests /run
echo 1 >/proc/sys/fs/mount-max'
refused nowhere 'cannot write the header files for the compiler: '
echo "$mount_max" >/proc/sys/fs/mount-max
mkdir -m 1777 /tmp
kernel_unchanged "limits"

# The time of day is set an hour on: TIME follows, TIME(s) does not.
start_tool clock -T -t
wait_until 120 grep -q ^TIME clock.out || die "clock: no header" clock.err
storm 1 1 >/dev/null
wait_for_rows clock 1
date -s "+1 hour" >/dev/null
storm 1 1 >/dev/null
wait_for_rows clock 2
stop clock
same "the clock is set: TIME is an hour later, TIME(s) is not" "1 hour" "$(awk '
	function seconds(time) {
		split(time, part, ":")
		return part[1] * 3600 + part[2] * 60 + part[3]
	}
	NR == 2 { time = seconds($1); trace = $2 }
	NR == 3 {
		later = (seconds($1) - time + 86400) % 86400
		if (later >= 3600 && later < 3900 && $2 - trace < 300)
			print "1 hour"
	}' clock.out)"
kernel_unchanged "a clock that is set"
end
