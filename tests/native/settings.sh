#!/bin/bash
# settings.sh PROGRAM: settings(), by which other tests compare the global trace
# before and after, on made-up files: it sees a change of a setting, and does not
# take the kernel's own expansion of a new machine's ring buffer for one.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=tests/native/common.bash
. "$here/common.bash"

tracing=$(mktemp -d)
trap 'rm -rf "$tracing"' EXIT
mkdir "$tracing/options"
echo 1 >"$tracing/tracing_on"
echo 0 >"$tracing/options/raw"

# settings_with SIZE: what buffer_size_kb holds.
settings_with()
{
	echo "$1" >"$tracing/buffer_size_kb"
	settings
}

new=$(settings_with '7 (expanded: 1408)')
for size in 1408 1410 1411; do
	[ "$(settings_with "$size")" = "$new" ] ||
		fail "an expanded buffer of $size kB counts as changed"
done
for size in 7 8 64 2048 '7 (expanded: 64)'; do
	[ "$(settings_with "$size")" != "$new" ] ||
		fail "a buffer of $size kB counts as unchanged"
done
before=$(settings_with 1410)
echo 1 >"$tracing/options/raw"
[ "$(settings)" != "$before" ] || fail "options/raw counts as unchanged"
echo "all as it should be"
