#!/bin/bash
# image.sh PROGRAM: examples/fleet/Containerfile, line by line, without a registry:
# for Debian's image stand roots of ours, below an overlay. The image that comes of
# it has the program, and the libbcc that it needs.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd -P)

skip()
{
	echo "skipped: $*"
	exit 77
}

[ "$(id -u)" = 0 ] || skip "not root"
for reason in "${TCPV4CONNECT_SKIP_LIVE:-}" "${TCPV4CONNECT_SKIP_FLEET:-}"; do
	[ -z "$reason" ] || skip "$reason"
done
if [ "${2:-}" != inside ]; then
	TCPV4CONNECT_ROOT=$("$top/tests/root" bookworm)
	TCPV4CONNECT_ROOT_FLEET=$("$top/tests/root" --with fleet bookworm)
	export TCPV4CONNECT_ROOT TCPV4CONNECT_ROOT_FLEET
	# Its mounts go with it.
	exec unshare --mount --propagation private "$0" "$1" inside
fi
scratch=$(mktemp -d)
trap 'cd /; umount -R "$scratch"; rmdir "$scratch"' EXIT
mount -t tmpfs tmpfs "$scratch"

declare -A stages=()
stage=
entrypoint=() arguments=()

fail()
{
	echo "FAIL: $*"
	exit 1
}

# from IMAGE [AS NAME]: the root that has the packages which the stage installs.
# What it builds with is no part of the image.
from()
{
	local lower=$TCPV4CONNECT_ROOT_FLEET

	[[ $1 = docker.io/library/debian:bookworm* ]] || fail "no root for $1"
	[ -z "${2:-}" ] || lower=$TCPV4CONNECT_ROOT
	stage=$scratch/${3:-image}
	stages[${3:-image}]=$stage
	mkdir "$stage" "$stage.upper" "$stage.work"
	mount -t overlay -o "lowerdir=$lower,upperdir=$stage.upper,workdir=$stage.work" \
		overlay "$stage"
	mount -t proc proc "$stage/proc"
	cp /etc/resolv.conf "$stage/etc/" 2>/dev/null || true
}

inside_stage()
{
	chroot "$stage" env -i PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin \
		DEBIAN_FRONTEND=noninteractive "$@" </dev/null
}

# copy [--from=STAGE] SOURCE TARGET: a directory's contents, as COPY does it, but
# for what was built in it.
copy()
{
	local base=$top target=$stage${*: -1}

	case $1 in
	--from=*)
		base=${stages[${1#--from=}]}
		shift
		;;
	esac
	if [ -d "$base/$1" ]; then
		mkdir -p "$target"
		tar -C "$base/$1" --exclude='./build*' --exclude=./.git -c . |
			tar -C "$target" -x
	else
		mkdir -p "${target%/*}"
		cp "$base/$1" "$target"
	fi
}

# words LIST: those of a list as JSON has it, each a line.
words()
{
	python3 -c 'import json, sys
print(*json.loads(sys.argv[1]), sep="\n")' "$1"
}

while read -r verb rest; do
	case $verb in
	'' | '#') ;;
	FROM) # shellcheck disable=SC2086 # its words
		from $rest
		;;
	RUN) inside_stage sh -c "$rest" >"$scratch/log" 2>&1 || {
		cat "$scratch/log"
		fail "$rest"
	} ;;
	COPY) # shellcheck disable=SC2086
		copy $rest
		;;
	ENTRYPOINT) mapfile -t entrypoint < <(words "$rest") ;;
	CMD) mapfile -t arguments < <(words "$rest") ;;
	*) fail "what is $verb?" ;;
	esac
done <"$top/examples/fleet/Containerfile"

inside_stage "${entrypoint[@]}" "${arguments[@]}" --ebpf >"$scratch/log" ||
	fail "the image's command is not ours: ${entrypoint[*]} ${arguments[*]}"
[ "$(inside_stage "${entrypoint[@]}" --version)" = "$("$1" --version)" ] ||
	fail "the image does not have this version"
# Here is nothing to trace, but the library can be asked.
inside_stage "${entrypoint[@]}" --check >"$scratch/log" 2>&1 || true
grep -q '^ok    libbcc ' "$scratch/log" || {
	cat "$scratch/log"
	fail "the image has no libbcc"
}
rm "$stage"/usr/lib/*/libbcc.so.0
inside_stage "${entrypoint[@]}" --check >"$scratch/log" 2>&1 || true
grep -q '^FAIL  libbcc ' "$scratch/log" || fail "it is not the image's libbcc"
