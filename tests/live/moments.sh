#!/bin/bash
# moments: SIGKILL at fifty moments from its first system call to its last, most
# of them around the attach; after each there is no probe that is active, no
# program, no process, no file, and what is left of the instance is silent and
# small. The next start removes that.
# suites: trixie
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

# shellcheck disable=SC2317 # wait_until calls it
probes_are_gone() {
	! grep -s tcp_v4_connect "$debug/kprobes/list" | grep -v DISABLED
}

# Maps and programs are freed a moment after the last descriptor is closed.
# shellcheck disable=SC2317 # wait_until calls it
objects_are_gone() {
	[ "$(bpf_objects)" = "$objects" ]
}

# look_after KILL: what was left at that moment.
look_after() {
	local left size on

	wait_until 20 probes_are_gone || fail "$1: a probe is active"
	wait_until 20 objects_are_gone || fail "$1: BPF objects: $(bpf_objects)"
	left=$(echo "$tracing"/instances/tcpv4connect-*)
	[[ $left != *\** ]] || return 0
	instances_left=$((instances_left + 1))
	if [[ $left = *\ * ]]; then
		fail "$1: two instances: $left"
		return 0
	fi
	read -r size <"$left/buffer_size_kb"
	read -r on <"$left/events/enable"
	[ "$on" = 0 ] || read -r on <"$left/tracing_on"
	same "$1: the instance is off" 0 "$on"
	[ "$size" -lt 32 ] || large+=("$1: $size kB")
}

# moments COUNT: of those in the file calls, the ones of the attach, the first, the
# last, and some of the rest, spread evenly.
moments() {
	awk -v count="$1" '
	$2 ~ /^(sendmsg|recvmsg|clone|mkdirat|perf_event_open|ioctl)$/ ||
		$2 == "bpf" && $3 == "child" {
		chosen[$1]
	}
	# Of a name, and of the event of that name.
	$2 == "perf_event_open" { chosen[$1 - 1]; chosen[$1 - 2] }
	{ last = $1 }
	END {
		chosen[1]; chosen[last]
		for (number in chosen) n++
		for (i = 1; n < count; i++) {
			number = int(i * 0.618034 * last) % last + 1
			if (!(number in chosen)) { chosen[number]; n++ }
		}
		for (number in chosen) print number
	}' calls | sort -n
}

remember_kernel
objects=$(bpf_objects)
kill_at 0 tcpv4connect >calls 2>calls.err || fail "it ends by itself"
empty "nothing on stderr" calls.err
kernel_unchanged "without SIGKILL"
say "$(sed -n 's/^ended //p' calls) calls; $SECONDS seconds"
sed -i /^ended/d calls

instances_left=0 large=()
for number in $(moments 50); do
	killed=$(kill_at "$number" tcpv4connect 2>kill.err) ||
		fail "$killed: no process stays"
	empty "$killed" kill.err
	look_after "$killed"
done
say "$instances_left instances were left, of these large: ${large[*]:-none}"
check "most were killed when there was an instance" [ $instances_left -gt 25 ]
check "the moment in which it stays large is short" [ ${#large[@]} -le 2 ]
start_tool next
wait_ready next
storm 1 3 >/dev/null
wait_for_rows next 3
stop next
kernel_unchanged "SIGKILL at fifty moments, and a start after them"
end
