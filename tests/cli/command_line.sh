#!/bin/bash
#
# command_line.sh PROGRAM - the whole command line, through the program.
#
# Every case gives words, and wants an exit status, a stdout and a stderr, to
# the byte. Words that would start a trace are tried together with --ebpf,
# which prints the program's text instead: the filter in it shows which
# process was asked for. Needs neither root nor libbcc.

set -u

if [ $# -ne 1 ] || [ ! -x "$1" ]; then
	echo "usage: ${0##*/} PROGRAM" >&2
	exit 2
fi
real=$(realpath -- "$1")
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
failed=0
passed=0

# The name is part of every message, so the program gets a known one.
ln -s "$real" "$scratch/tcpv4connect"
ln -s "$real" "$scratch/tcpv4connect-bpfcc"
program=$scratch/tcpv4connect

usage='usage: tcpv4connect [-h] [-t] [-p PID] [-P PORT] [-u UID] [--cgroupmap PATH]
                    [--mntnsmap PATH] [-x] [-T] [-U] [-L] [-d] [-j] [--raw]
                    [-c] [--interval SECONDS] [--duration SECONDS]
                    [--max-events N] [-w FILE] [-r FILE] [--check] [--ebpf]
                    [--global-pipe] [--original] [--kernel-headers[=DIR]]
                    [--maxactive N] [-v] [-V]
'

help="$usage
Trace TCP IPv4 connects

optional arguments:
  -h, --help            show this help message and exit
  -t, --timestamp       include timestamp on output
  -p PID, --pid PID     trace this PID only
  -P PORT, --port PORT  only connects to these ports, as in 80,443
  -u UID, --uid UID     only connects of this user id
  --cgroupmap PATH      only processes of the cgroups in this BPF map
  --mntnsmap PATH       only processes of the mount namespaces in this BPF map
  -x, --failed          only connects that failed at once, and why
  -T, --time            include the time of day on output
  -U, --print-uid       include the user id on output
  -L, --lport           include the local port on output
  -d, --dns             include the name that was looked up for DADDR
  -j, --json            print a JSON object for each connect
  --raw                 print the trace line under each row
  -c, --count           count connects, and print the sums at the end
  --interval SECONDS    with -c: print and clear the sums this often
  --duration SECONDS    end after this time
  --max-events N        end after this many connects
  -w FILE, --write FILE
                        also save the trace lines; - is stdout
  -r FILE, --read FILE  print the connects saved by -w; - is stdin
  --check               test whether this host can trace, and exit
  --ebpf                print the BPF program and exit
  --global-pipe         read the global trace_pipe, as the original did
  --original            trace as the tool of 2015 did, with its faults
  --kernel-headers[=DIR]
                        compile with the host's kernel headers
  --maxactive N         calls the return probe can track at once (4096)
  -v, --verbose         report what is done, and count at the end
  -V, --version         show the program's version and exit

examples:
    ./tcpv4connect           # trace all TCP IPv4 connect()s
    ./tcpv4connect -t        # include timestamps
    ./tcpv4connect -p 181    # only trace PID 181
    ./tcpv4connect -P 80,443 # only trace these ports
    ./tcpv4connect -x        # only trace failed connects
    ./tcpv4connect -c        # count connects per address
"

# Run the program; leaves $status, and files stdout and stderr in $scratch.
run() {
	"$program" "$@" </dev/null >"$scratch/stdout" 2>"$scratch/stderr"
	status=$?
}

verdict() {
	local ok=$1 name
	shift
	printf -v name ' %q' "$@"
	if [ "$ok" = yes ]; then
		passed=$((passed + 1))
		echo "ok  $name"
		return
	fi
	failed=$((failed + 1))
	echo "FAIL$name"
	echo "    status $status"
	sed 's/^/    stdout: /' "$scratch/stdout" | head -n 40
	sed 's/^/    stderr: /' "$scratch/stderr" | head -n 40
}

# holds STDOUT STDERR: byte for byte, the last newline included.
holds() {
	printf '%s' "$1" | cmp -s - "$scratch/stdout" &&
		printf '%s' "$2" | cmp -s - "$scratch/stderr"
}

# helps WORD...
helps() {
	local ok=no
	run "$@"
	[ $status -eq 0 ] && holds "$help" '' && ok=yes
	verdict $ok "$@"
}

# refuses MESSAGE WORD...
refuses() {
	local ok=no message=$1
	shift
	run "$@"
	[ $status -eq 2 ] &&
		holds '' "${usage}tcpv4connect: error: $message"$'\n' && ok=yes
	verdict $ok "$@"
}

# traces PID WORD...: accepted, for that process; for all where PID is ''.
traces() {
	local ok=no pid=$1 filters
	shift
	run "$@" --ebpf
	filters=$(grep -Eo 'pid != [^)]*' "$scratch/stdout")
	[ $status -eq 0 ] && [ ! -s "$scratch/stderr" ] &&
		[ -s "$scratch/stdout" ] &&
		[ "$filters" = "${pid:+pid != $pid}" ] && ok=yes
	verdict $ok "$@" --ebpf
}

# details 0|1 WORD...: whether the program is to print all that is known.
details() {
	local ok=no wanted=$1
	shift
	run "$@" --ebpf
	[ $status -eq 0 ] && grep -qx "#define DETAILS $wanted" "$scratch/stdout" &&
		ok=yes
	verdict $ok "$@" --ebpf
}

no_pid='argument -p/--pid: expected one argument'
bad_pid='argument -p/--pid: invalid PID value:'
ignored='argument -t/--timestamp: ignored explicit argument'
unknown='unrecognized arguments:'
all='--help, --timestamp, --pid, --port, --uid, --cgroupmap, --mntnsmap, --failed, --time, --print-uid, --lport, --dns, --json, --raw, '
all+='--count, --interval, --duration, --max-events, --write, --read, --check, --ebpf, --global-pipe, --original, --kernel-headers, --maxactive, --verbose, --version'

helps -h
helps --help
helps --h
helps --he
helps --hel
helps -th
helps -hh
helps -t=h
helps -k -h
helps foo -h
helps -p 1 --help
helps -h -p abc
helps -hp abc
helps -h --timestamp=5

traces ''
traces '' -t
traces '' --timestamp
for word in --t --ti --tim --time --times --timest --timesta --timestam; do
	traces '' $word
done
traces '' -tt
traces 181 -p 181
traces 181 -p181
traces 181 -p=181
traces 181 --pid 181
traces 181 --pid=181
traces 181 --p=181
traces 181 --p 181
traces 181 --pi 181
traces 181 -tp181
traces 181 -tp 181
traces '' -p=
traces '' -p ''
traces '' --pid=
traces '' --pid ''
traces 2 -p 1 -p 2
traces '' -p 1 -p ''
traces 7 -p 007
traces 2147483647 -p 2147483647
traces '' -v
traces '' --global-pipe
traces '' --original
traces 9 --original -tp 9

for word in -t -T -d -c '-p 9' '-u 9' '-P 9' -v '--max-events 1'; do
	# shellcheck disable=SC2086 # an option and its value
	details 0 $word
done
for word in -U -L -x -j --raw '-w x'; do
	# shellcheck disable=SC2086 # an option and its value
	details 1 $word
done

refuses "$no_pid" -p
refuses "$no_pid" --pid
refuses "$no_pid" -p -k
refuses "$no_pid" -p -t
refuses "$no_pid" -p --
refuses "$no_pid" --pid -h
refuses "$unknown -k" -k
refuses "$unknown foo" foo
refuses "$unknown foo bar" -t foo bar
refuses "$unknown --foo=1" --foo=1
refuses "$unknown --" --
refuses "$unknown -- foo" -- foo
refuses "$unknown -- -h" -- -h
refuses "$unknown " ''
refuses "$unknown -kh" -kh
refuses "$unknown -1" -t -1
refuses "$unknown /usr/src" --kernel-headers /usr/src
refuses "$unknown a\\x1b[31m\\n\\xff" $'a\e[31m\n\xff'
refuses "$ignored '5'" -t=5
refuses "$ignored '5'" --timestamp=5
refuses "$ignored '5'" --t=5
refuses "$ignored '5'" -t5
refuses "$ignored 'k'" -tk
refuses "$ignored 'k'" -htk
refuses "$bad_pid '-1'" -p -1
refuses "$bad_pid '-1.5'" -p -1.5
refuses "$bad_pid '-'" -p -
refuses "$bad_pid '0'" -p 0
refuses "$bad_pid '+1'" -p +1
refuses "$bad_pid ' 1'" -p ' 1'
refuses "$bad_pid '1 '" -p '1 '
refuses "$bad_pid '0x10'" -p 0x10
refuses "$bad_pid '12abc'" -p 12abc
refuses "argument -t/--timestamp: not allowed with argument -c/--count" -ct
refuses "argument --interval: not allowed without argument -c/--count" \
	--interval 3
# --original takes -t and -p.
while read -r name value; do
	refuses "argument $name: not allowed with argument --original" \
		--original "${name#*/}" ${value:+"$value"}
done <<'OPTIONS'
-P/--port 80
-u/--uid 0
--cgroupmap /map
--mntnsmap /map
-x/--failed
-T/--time
-U/--print-uid
-L/--lport
-d/--dns
-j/--json
--raw
-c/--count
--duration 1
--max-events 1
-w/--write f
-r/--read f
--check
--global-pipe
--kernel-headers
--maxactive 1
-v/--verbose
OPTIONS
refuses "argument -P/--port: invalid PORT value: '80,x'" -P 80,x
refuses "$bad_pid '1,,2'" -p 1,,2
refuses "$bad_pid '2147483648'" -p 2147483648
refuses "$bad_pid '1) { return 0; } //'" -p '1) { return 0; } //'
refuses "$bad_pid '1\\n\\x1b'" -p $'1\n\e'
refuses "$bad_pid \"it's\"" -p "it's"
refuses "$bad_pid 'abc'" -p abc -h
refuses "ambiguous option: --=5 could match $all" --=5
refuses "ambiguous option: --=5 could match $all" -h --=5

# Under another name, as distributions install it.
program=$scratch/tcpv4connect-bpfcc
usage='usage: tcpv4connect-bpfcc [-h] [-t] [-p PID] [-P PORT] [-u UID]
                          [--cgroupmap PATH] [--mntnsmap PATH] [-x] [-T] [-U]
                          [-L] [-d] [-j] [--raw] [-c] [--interval SECONDS]
                          [--duration SECONDS] [--max-events N] [-w FILE]
                          [-r FILE] [--check] [--ebpf] [--global-pipe]
                          [--original] [--kernel-headers[=DIR]]
                          [--maxactive N] [-v] [-V]
'
ok=no
run foo
[ $status -eq 2 ] &&
	holds '' "${usage}tcpv4connect-bpfcc: error: $unknown foo"$'\n' &&
	ok=yes
verdict $ok "(as tcpv4connect-bpfcc)" foo

ok=no
run --help
[ $status -eq 0 ] && holds "$usage${help#*\[-V]$'\n'}" '' && ok=yes
verdict $ok "(as tcpv4connect-bpfcc)" --help

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
