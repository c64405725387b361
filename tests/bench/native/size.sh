#!/bin/bash
# size: of the program's file, and of all packages that have to be there for it,
# the C library and what that needs left out.
# shellcheck source=tests/bench/common.bash
. /mnt/bench/common.bash

# size NAME FILE PACKAGE...
size()
{
	record file_kb - "$1" "$(awk -v bytes="$(stat -Lc %s "$2")" \
		'BEGIN { printf "%.1f", bytes / 1024 }')"
	read -r count kb < <(/usr/bin/python3 /mnt/bench/native/closure.py \
		/var/lib/dpkg/status "${@:3}")
	record packages - "$1" "$count"
	record packages_mb - "$1" "$((kb / 1024))"
}

strip -o tcpv4connect /mnt/tcpv4connect
round=1
size tcpv4connect tcpv4connect libbpfcc
for competitor in $(competitors); do
	file=$(command -v "${command_of[$competitor]}")
	case $competitor in
	tcpconnect-libbpf) size "$competitor" "$file" libbpf-tools ;;
	tcpconnect.bt) size "$competitor" "$file" bpftrace ;;
	tcpconnect-bpfcc)
		size "$competitor" "$file" bpfcc-tools linux-headers-amd64
		size "$competitor, but for headers" "$file" bpfcc-tools
		;;
	esac
done
end
