# shellcheck shell=bash
# common.bash - what the tests of the packages share; sourced, never run. They
# need root, and a Debian that can make roots. $made is where packages-build has
# put the packages, and $scratch a directory that goes away.
set -euo pipefail
# shellcheck source=tests/lib/host.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/host.sh"
# shellcheck source=tests/lib/check.bash
. "$source_directory/tests/lib/check.bash"

# shellcheck disable=SC2034 # the callers use it
here=$source_directory/tests/packages
made=${TEST_TOOLS:?is not set: the directory of the build}/packages
failed=0
trap 'rm -rf --one-file-system "${scratch:-}"' EXIT
trap 'exit 143' TERM HUP
trap 'exit 130' INT

skip()
{
	echo "skipped: $*"
	exit 77
}

fail()
{
	echo "FAIL: $*"
	failed=1
}

ok()
{
	echo "ok - $*"
}

# none [-v] PATTERN FILE: no line that matches; shows those that do.
none()
{
	! grep -aE "$@"
}

# same WHAT WANTED FOUND: two files; shows where they differ.
same()
{
	check "$1" diff -u --label wanted --label found "$2" "$3"
}

end()
{
	[ "$failed" = 0 ] || echo "there were failures"
	exit "$failed"
}

# need COMMAND...: each a program that the test cannot do without.
need()
{
	local command

	for command; do
		have "$command" || skip "no $command"
	done
}

need_root()
{
	is_root || skip "not root"
}

# need_package PATTERN: sets package to what packages-build has made.
need_package()
{
	package=$(find "$made" -maxdepth 1 -name "$1" 2>/dev/null)
	[ -n "$package" ] || skip "packages-build has made no $1"
}

make_scratch()
{
	scratch=$(mktemp -d "$TEST_TOOLS/packages.XXXXXX")
}

# in_root COMMAND...: in the root directory $root, without network.
in_root()
{
	unshare --net chroot "$root" /usr/bin/env -i HOME=/root LC_ALL=C \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		DEBIAN_FRONTEND=noninteractive "$@"
}

version()
{
	sed -nE 's/^project\(.* VERSION ([0-9.]+).*/\1/p' \
		"$source_directory/CMakeLists.txt"
}

# check_files LIST INSTALLED: LIST, lines "MODE OWNER PATH", has each file of
# INSTALLED, which has what "cmake --install" installs, and nothing without a
# reason.
check_files()
{
	local path

	sed -nE 's/^-[^ ]+ [^ ]+ //p' "$1" | sort >"$scratch/found"
	{
		expected
		while IFS= read -r path; do
			case $path in
			/usr/share/man/*) echo "$path.gz" ;;
			*) echo "$path" ;;
			esac
		done <"$2"
	} | sort >"$scratch/wanted"
	same "it has what cmake --install installs, and what belongs to it" \
		"$scratch/wanted" "$scratch/found"
	check "its files are root's, and for everybody to read" \
		none -v '^(d|-)rw(xr-xr-x|-r--r--) root/root |^-rwxr-xr-x root/root /usr/sbin/tcpv4connect$' "$1"
}

# check_binary FILE: stripped, hardened, and silent about where it was built.
check_binary()
{
	readelf --wide --file-header --dynamic --segments --sections \
		--dyn-syms "$1" >"$scratch/elf"
	check "the program is stripped" \
		none '\.(symtab|debug_info)' "$scratch/elf"
	check "it is loaded where it may be" grep -qE 'Type: +DYN' "$scratch/elf"
	check "its tables are read-only" grep -q GNU_RELRO "$scratch/elf"
	check "and that from the start" grep -qE 'BIND_NOW|FLAGS_1.*NOW' "$scratch/elf"
	check "its stack is guarded" grep -q __stack_chk_fail "$scratch/elf"
	check "libc looks at its buffers" grep -qE ' __[a-z]+_chk' "$scratch/elf"
	check "it asks for no libc newer than 2.26" test "$(
		{
			echo 2.26
			grep -oE '@GLIBC_[0-9.]+' "$scratch/elf" |
				sed 's/@GLIBC_//'
		} | sort -V | tail -n 1)" = 2.26
	check "it does not name the directory that it was built in" \
		none "$(cat "$made/built_in")" "$1"
}

# works FILE: it says which version it is, and reads a saved trace.
works()
{
	check "the program in it runs" test \
		"$("$1" -V)" = "tcpv4connect $(version)"
	check "and shows a saved trace" cmp -s "$source_directory/tests/data/5.10.out" \
		<("$1" -r "$source_directory/tests/data/5.10.trace")
}
