#!/bin/bash
# settings: what is changed on the host while the program traces, or before
# it starts: it says so, once, and how to set it back; that helps; and what was
# lost meanwhile is counted, where anything can be.
# suites: bullseye sid
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

ftrace_enabled=/proc/sys/kernel/ftrace_enabled
kprobes_enabled=$debug/kprobes/enabled
event=events/bpf_trace/bpf_trace_printk
declare -A directory_of=() sent=() lost=()

# shellcheck disable=SC2317 # wait_until calls it
warned() {
	grep -q "warning: $2 is .*to set it back: " "$1.err"
}

# shellcheck disable=SC2317 # wait_until calls it
warned_times() {
	[ "$(grep -c "warning: $2 is .*to set it back: " "$1.err")" -ge "$3" ]
}

# shellcheck disable=SC2317 # wait_until calls it
set_back() {
	[ "$(grep -c "^tcpv4connect: $2 is set back" "$1.err")" -ge "${3:-1}" ]
}

# shellcheck disable=SC2317 # wait_until calls it
lost_so_far() {
	grep -qE "warning: (up to )?$2 connects lost so far, $3" "$1.err"
}

# wait_for NAME WHAT COMMAND...
wait_for() {
	local name=$1 what=$2

	shift 2
	wait_until 30 "$@" && return 0
	fail "$name: $what"
	show "$name.err"
}

# remedy NAME FILE: do what the last warning says would set it back.
remedy() {
	bash -c "$(sed -n "s|^.*warning: $2 is .*; to set it back: ||p" \
		"$1.err" | tail -n 1)"
}

# connects COUNT: which both of them see.
connects() {
	local name

	storm 1 "$1" >/dev/null
	for name in own all; do
		sent[$name]=$((sent[$name] + $1))
		wait_for_rows $name $((sent[$name] - lost[$name]))
	done
}

# silent FILE TIMES: at 0, no probe fires; so it was TIMES before, with this one.
silent() {
	local name

	echo 0 >"$1"
	for name in own all; do
		wait_for $name "warns of $1" warned_times $name "$1" "$2"
	done
	storm 1 3 >/dev/null
	remedy own "$1"
	for name in own all; do
		wait_for $name "sees that $1 is set back" set_back $name "$1" "$2"
	done
	connects 2
	for name in own all; do
		same "$name: one warning for each time that $1 is 0" "$2" \
			"$(grep -c "warning: $1 is 0: no probe fires, and connects are neither seen nor counted" $name.err)"
	done
}

# changed FILE VALUE: in the directory of each of them.
changed() {
	local name file

	for name in own all; do
		echo "$2" >"${directory_of[$name]}/$1"
	done
	for name in own all; do
		wait_for $name "warns of $1" warned $name "${directory_of[$name]}/$1"
	done
	storm 1 3 >/dev/null
	for name in own all; do
		file=${directory_of[$name]}/$1
		sent[$name]=$((sent[$name] + 3)) lost[$name]=$((lost[$name] + 3))
		wait_for $name "$1 at '$2': counts ${lost[$name]}" \
			lost_so_far $name "${lost[$name]}" 'while a setting'
		remedy $name "$file"
		wait_for $name "sees that $1 is set back" set_back $name "$file"
	done
	connects 1
	for name in own all; do
		same "$name: one warning of $1" 1 \
			"$(grep -c "warning: ${directory_of[$name]}/$1 is " $name.err)"
	done
}

# harmless OPTION=VALUE...
harmless() {
	local pair name file value

	for pair; do
		for name in own all; do
			file=${directory_of[$name]}/options/${pair%=*}
			[ ! -e "$file" ] || echo "${pair#*=}" >"$file"
		done
		connects 1
	done
	for pair; do
		value=$((1 - ${pair#*=}))
		for name in own all; do
			file=${directory_of[$name]}/options/${pair%=*}
			[ ! -e "$file" ] || echo $value >"$file"
		done
	done
	for name in own all; do
		check "$name: a row for each connect, whatever $*" \
			has_rows $name $((sent[$name] - lost[$name]))
	done
}

# emptied NAME CAUSE COUNT COMMAND...: COMMAND, with lines in the buffer.
emptied() {
	local name=$1 cause=$2 count=$3 total

	shift 3
	kill -STOP "${pid_of[$name]}"
	storm 1 "$count" >/dev/null
	bash -c "$*"
	kill -CONT "${pid_of[$name]}"
	for total in own all; do
		sent[$total]=$((sent[$total] + count))
	done
	wait_for "$name" "$*: counts it" lost_so_far "$name" "[0-9]+" "$cause"
}

if ! has_printk_event; then
	say "this kernel has no instances of ours"
	end
fi
remember_kernel

# Before the start; and two options that only the global trace then has.
echo 0 >$ftrace_enabled
echo 1 >"$tracing/options/hex"
echo 1 >"$tracing/options/latency-format"
start_tool own -v
start_tool all --global-pipe -v
for name in own all; do
	sent[$name]=0 lost[$name]=0
	wait_ready $name
	wait_for $name "warns of it at the start" warned $name $ftrace_enabled
done
directory_of[own]=$(sed -n 's|^.* reading \(.*\)/trace_pipe$|\1|p' own.err)
directory_of[all]=$tracing
wait_for all "warns of hex" warned all "$tracing/options/hex"
check "own: its instance has options of its own" \
	bash -c '! grep -q "warning: .*options" own.err'
remedy own $ftrace_enabled
remedy all "$tracing/options/hex"
echo 0 >"$tracing/options/latency-format"
for name in own all; do
	wait_for $name "sees that it is set back" set_back $name $ftrace_enabled
done
wait_for all "sees that hex is set back" set_back all "$tracing/options/hex"
connects 2

silent $ftrace_enabled 2
silent "$kprobes_enabled" 1
changed tracing_on 0
changed $event/enable 0
changed $event/filter 'bpf_string ~ "x"'
changed set_event_pid 1
changed tracing_cpumask 0
changed options/raw 1
changed options/bin 1
harmless block=1 record-tgid=1 latency-format=1 context-info=0 \
	irq-info=0 verbose=1 sym-addr=1

# Who looks at our instance, or would have it away.
cat "${directory_of[own]}/trace" "$tracing/trace" >/dev/null
check "rmdir of an instance that is in use: refused" \
	bash -c "! rmdir ${directory_of[own]} 2>/dev/null"
if (exec 8<"${directory_of[own]}/trace_pipe") 2>/dev/null; then
	say "this kernel lets a second reader into our pipe"
fi
connects 2

emptied own 'missing from our trace buffer, as if another' 5 \
	"echo > ${directory_of[own]}/trace"
emptied all 'overwritten in the global trace buffer, or cleared' 5 \
	"echo > $tracing/trace"
emptied own 'overwritten in the trace buffer before' 200 \
	"echo 1 > ${directory_of[own]}/buffer_size_kb"
emptied own 'while a setting of the trace was changed' 5 \
	"echo boot > ${directory_of[own]}/trace_clock"
wait_for own "warns of its clock" warned own "${directory_of[own]}/trace_clock"
remedy own "${directory_of[own]}/trace_clock"
wait_for own "sees that its clock is set back" \
	set_back own "${directory_of[own]}/trace_clock"

for name in own all; do
	stop $name
	read_account $name
	same "$name: each connect while the probes fired" "${sent[$name]}" \
		"$account_connects"
	same "$name: rows and losses" "${sent[$name]}" \
		$((account_rows + account_lost))
	same "$name: what it says are its rows" "$(rows $name)" "$account_rows"
	has "$name: the whole time of it" \
		"^tcpv4connect: $ftrace_enabled was changed for about [0-9]+ s" \
		$name.err
done
# Where nothing else keeps the function probed, the kernel lets probes that are
# made meanwhile stay off.
echo 0 >"$kprobes_enabled"
start_tool late
wait_ready late
wait_for late "warns of kprobes/enabled at the start" warned late "$kprobes_enabled"
has "late: and that it has to start again" 'enabled, and start again$' late.err
echo 1 >"$kprobes_enabled"
wait_for late "says it again" grep -q 'is set back, but .* start again$' late.err
stop late
kernel_unchanged "settings that were changed and set back"
end
