#!/bin/bash
# short.sh native|vm: tests/bench/run, once and with small numbers, on one release:
# every part that this host's own kernel can serve, or one in a virtual machine.
# How long anything took is not looked at.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)

skip()
{
	echo "skipped: $*"
	exit 77
}

# has_row WORDS: a table has that line, with a figure in it.
has_row()
{
	grep -qE "^\| $1 \| [0-9]" "$scratch/out" || {
		echo "FAIL: no row of $1"
		cat "$scratch/out"
		exit 1
	}
}

[ "$(id -u)" = 0 ] || skip "not root"
[ -z "${TCPV4CONNECT_SKIP_LIVE:-}" ] || skip "$TCPV4CONNECT_SKIP_LIVE"
[ -x "${TCPV4CONNECT_BINARY:-}" ] ||
	skip "TCPV4CONNECT_BINARY is not set; tests/run -- -R bench sets it"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if [ "$1" = vm ]; then
	arguments=(--no-native --without tcpconnect-bpfcc ready)
	rows=(tcpv4connect tcpconnect-libbpf tcpconnect.bt)
else
	arguments=(--no-vm)
	rows=(tcpv4connect tcpconnect-bpfcc cat 'Python, trace_fields')
fi
"$here/run" --short --suite bookworm --output "$scratch/numbers" \
	"${arguments[@]}" >"$scratch/out"
for row in "${rows[@]}"; do
	has_row "$row"
done
grep '^###' "$scratch/out"
echo "tables of all of it"
