#!/bin/bash
# load: compile and load, which is most of a start: with the release's libbcc and,
# where they are needed, its kernel headers, into the kernel that runs here.
# Attaching is left out, since that kernel may have no kprobes.
# shellcheck source=tests/bench/common.bash
. /mnt/bench/common.bash

# once NAME COMMAND...
once()
{
	watch "$1.report" 0 "${@:2}" >"$1.out" 2>&1 ||
		die "$1: $(cat "$1.out")"
	record compile_and_load_s - "$1" "$(reported "$1" wall_s)"
	record compile_and_load_cpu_s - "$1" "$(reported "$1" cpu_s)"
	record compiler_peak_kb - "$1" "$(reported "$1" peak_kb)"
}

tcpconnect-bpfcc --ebpf >tcpconnect.c
for ((round = 1; round <= rounds; round++)); do
	once tcpv4connect compile_load
	grep -q '^libbcc ' tcpv4connect.out || die "$(cat tcpv4connect.out)"
	once tcpconnect-bpfcc /usr/bin/python3 \
		/mnt/bench/native/compile.py tcpconnect.c
	grep -qx loaded tcpconnect-bpfcc.out ||
		die "$(cat tcpconnect-bpfcc.out)"
done
end
