#!/bin/bash
# filters: each filter alone, and all at once, on the same connects; each with a
# near miss: another process, port, user, cgroup and mount namespace.
# suites: bookworm
# files: examples/tcpv4connect_example.txt
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

# connects WHO ADDRESS PORT [ATTEMPT'S OPTION]...: one attempt; WHO.pid is who.
connects() {
	local who=$1 address=$2 port=$3

	shift 3
	attempt "$@" "$address" "$port" >"$who.said"
	awk '{ print $1 }' "$who.said" >"$who.pid"
}

# selected NAME ADDRESS...: NAME saw a row for each of these addresses, which no
# two connects share, and no other row.
selected() {
	local name=$1

	shift
	same_file "$name: rows" <(printf '%s\n' "$@" | sort) \
		<(tail -n +2 "$name.out" | awk '{ print $4 }' | sort)
}

# Pinned maps, as bcc's tools take them: a cgroup's and a namespace's number.
make_maps() {
	busybox mount -t bpf bpf /sys/fs/bpf
	mkdir -p cgroups
	busybox mount -t cgroup2 cgroup2 cgroups
	mkdir cgroups/inside cgroups/outside
	bpftool map create /sys/fs/bpf/cgroupset type hash key 8 value 8 \
		entries 16 name cgroupset
	bpftool map create /sys/fs/bpf/mount_ns_set type hash key 8 value 4 \
		entries 16 name mount_ns_set
	bpftool map create /sys/fs/bpf/short_keys type hash key 4 value 4 \
		entries 16 name short_keys
}

# bytes NUMBER COUNT: as bpftool takes them, lowest first.
bytes() {
	local number=$1 i

	for ((i = 0; i < $2; i++)); do
		printf '%d ' $((number >> (8 * i) & 255))
	done
}

# A process of its own, so that its pid is known before it connects.
launch chosen bash -c 'until [ -e go ]; do sleep 0.1; done
	exec attempt 127.0.1.1 81 >chosen.said'
launch also_chosen bash -c 'until [ -e go ]; do sleep 0.1; done
	exec attempt 127.0.1.2 81 >also_chosen.said'
chosen=${pid_of[chosen]} also_chosen=${pid_of[also_chosen]}

make_maps
launch in_namespace unshare --mount --propagation private bash -c \
	'until [ -e go ]; do sleep 0.1; done; exec attempt 127.0.5.1 85 >ns.said'
namespace=$(readlink "/proc/${pid_of[in_namespace]}/ns/mnt" | tr -dc 0-9)
[ "$namespace" != "$(readlink /proc/self/ns/mnt | tr -dc 0-9)" ] || {
	sleep 2
	namespace=$(readlink "/proc/${pid_of[in_namespace]}/ns/mnt" | tr -dc 0-9)
}
# The id as the example has it found, in bytes.
# shellcheck disable=SC2016 # python3 is to see it as it is
sed -n "/^# python3 -c '/,/^> print/p" /mnt/tcpv4connect_example.txt |
	sed "s/^[#>] //; s|/sys/fs/cgroup/batch|cgroups/inside|" >find_id
read -ra cgroup < <(bash find_id)
same "the example's id is the inode number, from Linux 5.5 on" \
	"$(bytes "$(stat -c %i cgroups/inside)" 8)" \
	"$(printf '%d ' "${cgroup[@]/#/0x}")"
# shellcheck disable=SC2046 # bytes are words
{
	bpftool map update pinned /sys/fs/bpf/cgroupset \
		key hex "${cgroup[@]}" value 0 0 0 0 0 0 0 0
	bpftool map update pinned /sys/fs/bpf/mount_ns_set \
		key $(bytes "$namespace" 8) value 0 0 0 0
}

# In a PID namespace of its own -p means the numbers that are seen there. (Before
# Linux 5.7 there it can't.)
: >inside.out
launch inside unshare --pid --fork bash -c '
	bash -c "until [ -e go.inside ]; do sleep 0.1; done
		exec attempt 127.0.8.1 86 >/dev/null" &
	exec tcpv4connect --max-events 1 -p $!' >inside.out
start_tool pids -p "$chosen,$also_chosen"
start_tool ports -P 82,84
start_tool user -u 1234
start_tool all -u 1234 -P 83,84
start_tool failed -x
start_tool cgroup --cgroupmap /sys/fs/bpf/cgroupset
start_tool everything
start_tool mount_ns --mntnsmap /sys/fs/bpf/mount_ns_set
for name in pids ports user all failed cgroup everything; do
	wait_ready $name
done
wait_until 120 has_header inside || die "inside: no header" inside.err
if [ -e /sys/kernel/btf/vmlinux ]; then
	wait_ready mount_ns
else
	ended mount_ns 1
	one_line_error mount_ns 'cannot use --mntnsmap: '
fi

touch go
for name in chosen also_chosen in_namespace; do
	wait_until 60 is_over $name || die "$name connects"
done
connects port 127.0.2.1 82
connects near_port 127.0.2.2 81
connects nearer_port 127.0.2.3 83
setpriv --reuid 1234 --clear-groups attempt 127.0.3.1 80 >/dev/null
setpriv --reuid 1235 --clear-groups attempt 127.0.3.2 80 >/dev/null
setpriv --reuid 1234 --clear-groups attempt 127.0.3.3 84 >/dev/null
(echo "$BASHPID" >cgroups/inside/cgroup.procs; exec attempt 127.0.4.1 85) \
	>/dev/null
(echo "$BASHPID" >cgroups/outside/cgroup.procs; exec attempt 127.0.4.2 85) \
	>/dev/null
attempt 198.51.100.7 443 >/dev/null
attempt -l 8 127.0.6.1 443 >/dev/null

touch go.inside

wait_for_rows everything 14
wait_for_rows failed 2
wait_for_rows inside 1
for name in pids ports user all failed cgroup everything; do
	stop $name
	empty "$name: nothing on stderr" $name.err
done
selected pids 127.0.1.1 127.0.1.2
selected ports 127.0.2.1 127.0.3.3
selected user 127.0.3.1 127.0.3.3
selected all 127.0.3.3
selected cgroup 127.0.4.1
ended inside
selected inside 127.0.8.1
same "inside: one line says whose PIDs -p takes" \
	"tcpv4connect: -p takes the PIDs of this PID namespace; rows show the host's" \
	"$(cat inside.err)"
selected everything 127.0.{1.1,1.2,2.1,2.2,2.3,3.1,3.2,3.3,4.1,4.2,5.1,8.1} \
	198.51.100.7 0.0.0.0
if [ -e /sys/kernel/btf/vmlinux ]; then
	stop mount_ns
	selected mount_ns 127.0.5.1
fi

# -x names the error; a call that was refused later has not failed here.
{
	echo "$header  ERR"
	printf '%-6d %-12.12s %-16s %-16s %-6d %s\n' \
		"$(awk 'NR == 2 { print $1 }' failed.out)" attempt 0.0.0.0 \
		198.51.100.7 443 ENETUNREACH \
		"$(awk 'NR == 3 { print $1 }' failed.out)" attempt 0.0.0.0 \
		0.0.0.0 0 EINVAL
} >expected
same_file "-x: byte for byte" expected failed.out

# Maps that can't be used.
start_tool no_map --cgroupmap /sys/fs/bpf/nothing
ended no_map 1
one_line_error no_map 'cannot open the BPF map /sys/fs/bpf/nothing: No such file'
start_tool short_keys --cgroupmap /sys/fs/bpf/short_keys
ended short_keys 1
one_line_error short_keys 'cannot use the BPF map /sys/fs/bpf/short_keys: its keys have 4 bytes; make one with keys of 8 bytes'
busybox umount cgroups /sys/fs/bpf
end
