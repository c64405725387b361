# shellcheck shell=bash
# What tests/root, tests/vm, tests/run and examples/quickstart share: talking to
# the person, the cache, packages, the mirror, and building the program inside a
# root directory. Sourced, never run; the caller has set -euo pipefail.
#
# Nothing here leaves a mount behind: every mount is made in a mount namespace
# of its own, which goes away with the process that needed it.

# The directory that holds CMakeLists.txt.
source_directory=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

# Roots and what is built inside them; about 1.5 GB a root while it is made.
cache=${TCPV4CONNECT_CACHE:-/var/cache/tcpv4connect}

# The Debian releases that we make roots of, oldest first, and their kernels.
suites=(bullseye bookworm trixie sid)

# A program built in the oldest root runs in all of them, not the other way
# round (glibc), so the order above means something.
suite_kernel()
{
	case $1 in
	bullseye) echo 5.10 ;;
	bookworm) echo 6.1 ;;
	trixie) echo 6.12 ;;
	sid) echo 7.2 ;;
	*) return 1 ;;
	esac
}

# What tests/vm and tests/root take.
# shellcheck disable=SC2034 # the callers use it
vm_packages=(qemu-system-x86 busybox-static kmod mount cpio xz-utils zstd
	mmdebstrap)

# suite_of NAME: NAME is a release or a kernel version; prints the release.
suite_of()
{
	local suite

	for suite in "${suites[@]}"; do
		if [ "$1" = "$suite" ] || [ "$1" = "$(suite_kernel "$suite")" ]; then
			echo "$suite"
			return 0
		fi
	done
	return 1
}

# Progress is for the person and goes to stderr: stdout belongs to results.
say()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die()
{
	say "$*"
	exit 1
}

is_root()
{
	[ "$(id -u)" = 0 ]
}

have()
{
	command -v "$1" >/dev/null 2>&1
}

# busybox and the like live in sbin, which su without "-" leaves out of PATH.
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

# Bash itself needs it, for <( ); a chroot often comes without.
[ -e /dev/fd/0 ] || die "/proc is not mounted here: mount -t proc proc /proc"

# make_cache: creates the cache, root's own, since what is in it is run as root.
make_cache()
{
	install -d -m 755 "$cache" || die "cannot create $cache"
}

# room_for MEGABYTES: fails with a message where the cache's disk has less left.
room_for()
{
	local left

	left=$(df -Pm "$cache" | awk 'NR == 2 { print $4 }')
	[ "$left" -ge "$1" ] && return 0
	say "$cache has $left MB left and this needs $1;" \
		"TCPV4CONNECT_CACHE=DIR puts it elsewhere"
	return 1
}

# with_lock NAME COMMAND...: one holder at a time, over all runs on this host.
# COMMAND does not get the descriptor, so that nothing which outlives it by
# accident keeps the lock.
with_lock()
{
	local lock=$cache/$1.lock

	shift
	(
		flock -n 9 || {
			say "waiting for another run that holds $lock"
			flock 9
		}
		"$@" 9>&-
	) 9>"$lock"
}

# Packages --------------------------------------------------------------------

package_installed()
{
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# packages_missing PACKAGE...: prints those that are not installed.
packages_missing()
{
	local package

	for package; do
		package_installed "$package" || printf '%s\n' "$package"
	done
}

# apt-get update, once a run: a fresh image comes without lists, or with lists
# so old that what they name has left the mirror.
lists_update()
{
	[ -z "${lists_updated:-}" ] || return 0
	say "reading the package lists (apt-get update)"
	apt-get -qq update >&2 || return 1
	lists_updated=1
}

apt_install()
{
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
		-o Dpkg::Use-Pty=0 -o Dpkg::Progress-Fancy=0 \
		--no-install-recommends install "$@" </dev/null >&2
}

# packages_install PACKAGE...: installs what is missing. Returns non-zero, after
# saying why, where that cannot be done.
packages_install()
{
	local missing

	have apt-get || {
		say "no apt-get here, so not installing: $*"
		return 1
	}
	mapfile -t missing < <(packages_missing "$@")
	[ ${#missing[@]} -gt 0 ] || return 0
	is_root || {
		say "not root, so not installing: ${missing[*]}"
		return 1
	}
	say "installing ${missing[*]}"
	mirror_lists_present || lists_update || true
	apt_install "${missing[@]}" && return 0
	unset lists_updated
	lists_update && apt_install "${missing[@]}" && return 0
	say "cannot install (no network?): ${missing[*]}"
	return 1
}

# The mirror ------------------------------------------------------------------

# This host's own mirrors of Debian's main archive, as apt has them configured.
mirrors_configured()
{
	# shellcheck disable=SC2016 # apt-get expands them
	apt-get indextargets \
		--format '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)' \
		'Created-By: Packages' 2>/dev/null |
		awk -F'|' '$1 == "Debian" && $2 == "Debian" && $3 == "main" \
			{ print $4 }'
}

# Origin and label come from the lists: without these, nothing is printed.
mirror_lists_present()
{
	[ -n "$(mirrors_configured)" ]
}

# mirror_of: prints the URI of the mirror to make roots from.
mirror_of()
{
	mirror_lists_present || lists_update || true
	mirrors_configured | head -n 1 | grep . && return 0
	say "apt has no mirror of Debian configured (or cannot reach it)"
	return 1
}

# Mounts ----------------------------------------------------------------------

# in_mount_namespace DIRECTORY COMMAND...: COMMAND, or a function of this file,
# with errors fatal, in a mount namespace of its own: what it mounts below
# DIRECTORY no other process sees, and is gone with it.
in_mount_namespace()
{
	# shellcheck disable=SC2016 # the inner bash expands them
	unshare --mount --propagation unchanged bash -euo pipefail -c \
		'. "$0"; keep_mounts_private "$1"; shift; "$@"' \
		"$source_directory/tests/lib/host.sh" "$@"
}

# In a chroot the root is seldom a mount point, and so cannot be made private as a
# whole. Then DIRECTORY becomes one that is; its own mount others may see, so it
# is undone rather than left to the namespace's end.
keep_mounts_private()
{
	mount --make-rprivate / 2>/dev/null && return 0
	mount --bind "$1" "$1"
	# shellcheck disable=SC2064 # the directory of now
	trap "umount --lazy '$1'" EXIT
	mount --make-rprivate "$1"
}

# Building inside a root ------------------------------------------------------

# Runs in a mount namespace of its own; see build_in_root.
build_in_namespace()
{
	local root=$1 build=$2
	shift 2

	mount --bind -o ro "$source_directory" "$root/src"
	mount --bind "$build" "$root/build"
	mount -t proc proc "$root/proc"
	mount -t tmpfs tmpfs "$root/tmp"
	# shellcheck disable=SC2016 # the inner shell expands them
	chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		HOME=/root LC_ALL=C "JOBS=$(nproc)" \
		"TESTING=$([ $# = 0 ] && echo OFF || echo ON)" sh -euc '
		cmake -S /src -B /build -DCMAKE_BUILD_TYPE=RelWithDebInfo \
			-DBUILD_TESTING="$TESTING"
		cmake --build /build --target tcpv4connect "$@" -- -j"$JOBS"
		mkdir -p /build/live
		for source in /src/tests/live/*.c; do
			[ -f "$source" ] || continue
			tool=/build/live/$(basename "$source" .c)
			cc -O2 -Wall -D_GNU_SOURCE -pthread -o "$tool" "$source"
		done' sh "$@"
}

# build_in_root SUITE ROOT [TOOL]...: builds the program with ROOT's compiler and
# libc, and prints the directory with the binary; its folder live/ has what
# becomes of tests/live/*.c, and tests/ has each TOOL of tests/CMakeLists.txt. The
# work tree is mounted read-only in there, and the build lies in the cache, apart
# for each work tree.
build_in_root()
{
	local suite=$1 root=$2 key build
	shift 2

	key=$(printf '%s' "$source_directory" | sha256sum | cut -c1-12)
	[ $# = 0 ] || key+=-tools
	build=$cache/build/$suite-$key
	mkdir -p "$build"
	say "building the program inside $suite's root (a few seconds)"
	with_lock "build-$suite-$key" in_mount_namespace "$root" \
		build_in_namespace "$root" "$build" "$@" >"$build.log" 2>&1 || {
		cat "$build.log" >&2
		say "cannot build the program inside $root"
		return 1
	}
	echo "$build"
}

# The rest --------------------------------------------------------------------

# kernel_has_kprobes: is there anything in this kernel that we could attach to?
# tracefs may not be mounted: then it is, out of everybody else's sight.
kernel_has_kprobes()
{
	local directory

	[ -d /sys/bus/event_source/devices/kprobe ] && return 0
	for directory in /sys/kernel/tracing /sys/kernel/debug/tracing; do
		[ -e "$directory/kprobe_events" ] && return 0
	done
	unshare --mount --propagation private sh -c '
		mount -t tracefs tracefs /sys/kernel/tracing &&
		test -e /sys/kernel/tracing/kprobe_events' 2>/dev/null
}

# give_back FILE...: what root builds in a user's work tree is the user's.
give_back()
{
	chown -R --reference="$source_directory" "$@"
}
