#!/bin/bash
# matrix.sh PROGRAM: every libbcc x every kernel's headers x (no filter, -p).
#
# In the root of each Debian release that there is one of (tests/root makes
# them), that release's libbcc compiles the BPF program against the headers that
# are embedded in the program and against the headers of each release's kernel,
# and the verifier of the kernel that runs here takes both functions. All of it
# is done by one binary, which was built in the oldest of the roots. Needs root.
#
# The kernels' headers are downloaded once, through the roots' own apt, and kept
# beside the roots. sid moves: what it was is told where it fails.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=tests/lib/host.sh
. "$here/../lib/host.sh"
# shellcheck source=tests/native/common.bash
. "$here/common.bash"

roots=$cache/roots
headers=$cache/headers
cell_seconds=180

in_root()
{
	timeout "$cell_seconds" chroot "$roots/$1" /usr/bin/env -i \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C "${@:2}"
}

# run_apart SUITE FUNCTION ARGUMENT...: a function of this file, in a mount
# namespace in which SUITE's root may be mounted on.
run_apart()
{
	in_mount_namespace "$roots/$1" "$here/matrix.sh" --apart "${@:2:1}" \
		"$1" "${@:3}"
}

# Headers ---------------------------------------------------------------------

# kernel_of SUITE: the kernel in its root, which changes with the root.
kernel_of()
{
	local modules

	modules=("$roots/$1"/lib/modules/*)
	echo "${modules[0]##*/}"
}

headers_of()
{
	echo "$headers/$1-$(kernel_of "$1")"
}

# Debian has a kernel's headers in two packages, which refer to each other by
# absolute paths; laid over each other they are one tree that libbcc can use.
unpack_headers()
{
	local suite=$1 new=$2

	mount -t tmpfs -o size=512m tests "$roots/$suite/tmp"
	mount -t proc proc "$roots/$suite/proc"
	# shellcheck disable=SC2016 # the inner shell expands it
	in_root "$suite" sh -euc '
		cd /tmp
		mkdir -p lists/partial cache/archives/partial tree merged
		apt="-qq -o Dir::State::lists=/tmp/lists -o Dir::Cache=/tmp/cache"
		apt="$apt -o APT::Sandbox::User=root"
		apt-get $apt update
		package=$(apt-cache $apt depends linux-headers-amd64 |
			sed -n "s/.*Depends: \(linux-headers-.*-amd64\)$/\1/p")
		apt-get $apt download "$package" "${package%-amd64}-common"
		for file in linux-headers-*.deb; do
			dpkg -x "$file" tree
		done
		for part in "${package%-amd64}-common" "$package"; do
			cp -a "tree/usr/src/$part/." merged
		done'
	test -e "$roots/$suite/tmp/merged/include/linux/kconfig.h"
	cp -a "$roots/$suite/tmp/merged/." "$new"
}

# get_headers SUITE: fails, after saying why, where they can't be had.
get_headers()
{
	local suite=$1 target log

	target=$(headers_of "$suite")
	[ ! -e "$target" ] || return 0
	log=$target.log
	say "downloading the kernel headers of $suite"
	rm -rf "$target.new" "$headers/$suite"-*
	mkdir -p "$target.new"
	if run_apart "$suite" unpack_headers "$target.new" \
		>"$log" 2>&1 </dev/null; then
		mv "$target.new" "$target"
		return 0
	fi
	rm -rf "$target.new"
	say "cannot get the kernel headers of $suite; the log is $log"
	return 1
}

# The binary ------------------------------------------------------------------

build()
{
	local suite=$1 build=$2

	mount --bind -o ro "$source_directory" "$roots/$suite/src"
	mount --bind "$build" "$roots/$suite/build"
	mount -t proc proc "$roots/$suite/proc"
	mount -t tmpfs tests "$roots/$suite/tmp"
	cell_seconds=600
	in_root "$suite" sh -euc '
		cmake -S /src -B /build -DBUILD_TESTING=ON
		cmake --build /build --target compile_load'
}

# build_in_oldest SUITE: prints the directory with compile_load.
build_in_oldest()
{
	local build

	build=$cache/build/matrix-$1-$(printf '%s' "$source_directory" |
		sha256sum | cut -c1-12)
	mkdir -p "$build"
	run_apart "$1" build "$build" >"$build.log" 2>&1 </dev/null || {
		cat "$build.log"
		fail "compile_load cannot be built in the root of $1"
	} >&2
	echo "$build/tests"
}

# Cells -----------------------------------------------------------------------

# one_cell SUITE NAME OPTION...: prints the seconds that it took.
one_cell()
{
	local suite=$1 name=$2 said

	shift 2
	if said=$(in_root "$suite" /build/compile_load "$@" 2>&1 </dev/null) &&
		[[ $said =~ ^libbcc\ ([0-9.]+),\ ([0-9.]+)\ s$ ]]
	then
		echo "${BASH_REMATCH[2]}"
		return
	fi
	{
		echo "FAIL: $suite's libbcc $(libbcc_of "$suite")," \
			"$name, options: $*"
		head -n 40 <<<"$said"
	} >>"$failures"
	echo FAIL
}

# cell SUITE NAME OPTION...: without a filter, and with one.
cell()
{
	printf ' %6s %-6s' "$(one_cell "$@")" "$(one_cell "$@" -p 4711)"
}

libbcc_of()
{
	local file

	file=$(find "$roots/$1/usr/lib" -name 'libbcc.so.0.*' | head -n 1)
	echo "${file##*libbcc.so.}"
}

check_nothing_written()
{
	local found

	found=$(find "$roots/$1/tmp" "$roots/$1/var/tmp" -mindepth 1)
	[ -z "$found" ] || echo "FAIL: $1: these were written: $found" \
		>>"$failures"
}

# install_headers SUITE DIRECTORY: now libbcc finds these by itself.
install_headers()
{
	local directory=$2 build

	build=$(readlink -f "$roots/$1/lib/modules")
	mount -t tmpfs tests "$build"
	build=$build/$(uname -r)/build
	mkdir -p "$build"
	mount --bind -o ro "$directory" "$build"
}

# row SUITE TOOLS FAILURES HEADERS...: all cells of one libbcc.
row()
{
	local suite=$1 tools=$2 failures=$3 root=$roots/$1 directory

	shift 3
	# A mount point, as old_verifier.sh says.
	mount --bind "$root" "$root"
	mount -t proc proc "$root/proc"
	mount -t sysfs sysfs "$root/sys"
	mount -t tracefs tracefs "$root/sys/kernel/tracing"
	mount -t tmpfs tests "$root/tmp"
	mount -t tmpfs tests "$root/var/tmp"
	mount --bind "$tools" "$root/build"
	mount --bind "$headers" "$root/src"

	printf '%-9s %-7s' "$suite" "$(libbcc_of "$suite")"
	cell "$suite" "its own headers"
	check_nothing_written "$suite"
	cell "$suite" "the text of 2015" --original
	for directory; do
		cell "$suite" "headers of $directory" \
			"--kernel-headers=/src/$directory"
	done
	if [ -d "$(headers_of "$suite")" ]; then
		install_headers "$suite" "$(headers_of "$suite")"
		cell "$suite" "headers that libbcc finds" --kernel-headers
	fi
	echo
}

# -----------------------------------------------------------------------------

print_head()
{
	local directory

	printf '%-17s %-13s %-13s' 'seconds, with -p' 'embedded' '--original'
	for directory; do
		printf ' %-13s' "$(sed 's/^[a-z]*-//; s/-amd64$//' \
			<<<"$directory" | cut -c1-13)"
	done
	echo ' found by libbcc'
}

main()
{
	local suite found=() directories=() tools failures

	need_root
	for suite in "${suites[@]}"; do
		if [ -e "$roots/$suite/.recipe" ]; then
			found+=("$suite")
		else
			echo "skipping $suite: no root of it" \
				"(tests/root $suite makes one)"
		fi
	done
	[ ${#found[@]} -gt 0 ] || skip "no root of any release"
	mkdir -p "$headers"
	tools=$(build_in_oldest "${found[0]}")
	for suite in "${found[@]}"; do
		if with_lock "headers-$suite" get_headers "$suite"; then
			directories+=("$(basename "$(headers_of "$suite")")")
		else
			echo "skipping the kernel headers of $suite"
		fi
	done

	failures=$(mktemp)
	# shellcheck disable=SC2064 # the file of now
	trap "rm -f '$failures'" EXIT
	echo "the verifier is that of Linux $(uname -r);" \
		"the binary was built in ${found[0]}"
	print_head "${directories[@]}"
	for suite in "${found[@]}"; do
		run_apart "$suite" row "$tools" "$failures" "${directories[@]}"
	done
	[ ! -s "$failures" ] || {
		cat "$failures"
		exit 1
	}
}

if [ "${1:-}" = --apart ]; then
	"${@:2}"
else
	main
fi
