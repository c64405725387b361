#!/bin/bash
# compile.sh PROGRAM: this host's libbcc compiles the BPF program and the running
# kernel's verifier takes both functions, whatever the caller's environment says;
# and nothing is left of it in any directory. Needs root; no kprobes
# ($TEST_TOOLS/compile_load stops where those would come in).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=tests/native/common.bash
. "$here/common.bash"

need_root
in_tracefs "$here/compile.sh" "$@"

# Where the compiler may write gets a file system of its own, so that what other
# processes do there is not seen here. The tree may lie in one of those places,
# so what is needed of it is shown below /mnt.
if [ -z "${IN_PRIVATE_DIRECTORIES:-}" ]; then
	# shellcheck disable=SC2016 # the inner bash expands it
	IN_PRIVATE_DIRECTORIES=1 exec unshare --mount --propagation private \
		bash -euc '
		mkdir -p /dev/shm
		mount -t tmpfs tests /mnt
		mkdir /mnt/tools /mnt/native /mnt/lib
		mount --bind "$TEST_TOOLS" /mnt/tools
		mount --bind "$0" /mnt/native
		mount --bind "$0/../lib" /mnt/lib
		cd /
		for directory in /var/tmp /run /dev/shm /tmp; do
			mount -t tmpfs -o mode=1777 tests "$directory"
		done
		rm -rf /run/mount	# of mount itself
		TEST_TOOLS=/mnt/tools exec /mnt/native/compile.sh "$@"' \
		"$here" "$@"
fi

written()
{
	find /tmp /var/tmp /dev/shm /run -mindepth 1
}

check_nothing_written()
{
	local found

	found=$(written)
	[ -z "$found" ] || fail "$1: these were written: $found"
}

# compiles NAME COMMAND...: COMMAND runs compile_load, which has to succeed.
compiles()
{
	local name=$1 said

	shift
	said=$("$@" 2>&1) || fail "$name: $said"
	check_nothing_written "$name"
	echo "$name: $said"
}

# refuses NAME COMMAND...: and it has to fail while it compiles.
refuses()
{
	local name=$1 said

	shift
	! said=$("$@" 2>&1) || fail "$name: $said"
	[[ $said = *"cannot compile the BPF program with libbcc "* ]] || fail "$name: $said"
	check_nothing_written "$name"
	echo "$name: refused"
}

hostile=(env BCC_KERNEL_SOURCE=/nonexistent BCC_KERNEL_MODULES_SUFFIX=x ARCH=sparc
	TMPDIR=/nonexistent BCC_LINUX_VERSION_CODE=1 BCC_PROBE_PREFIX=x
	LC_ALL=nowhere HOME=/nonexistent CPATH=/nonexistent
	CCC_OVERRIDE_OPTIONS="+-nonsense")
# Then it may not mount, and writes its headers to a directory of its own.
unprivileged=(setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin)
load=$TEST_TOOLS/compile_load
# A working directory with files that want to mislead the compiler.
stranger=/mnt/stranger
mkdir -p "$stranger"/{linux,uapi/linux,asm}
for header in linux/{types,kconfig,bpf,bpf_common,version,log2}.h asm/page.h \
	uapi/linux/{bpf,if_packet,ptrace}.h; do
	echo '#error "not a header of ours"' >"$stranger/$header"
done

said=$("$load" 2>&1) || {
	[[ $said = *" while loading libbcc:"* ]] || fail "no filter: $said"
	skip "no libbcc (Debian: libbpfcc)"
}
compiles "no filter" "$load"
compiles "with -p" "$load" -p 4711
compiles "with -x" "$load" -x
compiles "with -c" "$load" -c
compiles "with all of them, and 64 of each" "$load" -x -c -u 1000 \
	-p "$(seq -s , 4194241 4194304)" -P "$(seq -s , 65472 65535)"
compiles "the text of 2015" "$load" --original
compiles "the text of 2015, with -p" "$load" --original -p 4711
compiles "hostile environment" "${hostile[@]}" "$load"
compiles "empty environment" env -i "$load"
compiles "closed stdin" "$load" <&-
compiles "a stranger's directory" env -C "$stranger" "$load"
"${unprivileged[@]}" true 2>/dev/null &&
	compiles "without CAP_SYS_ADMIN" "${unprivileged[@]}" "$load"
refuses "headers that are not there" "$load" --kernel-headers=/nonexistent
refuses "headers that are not there, hostile environment" \
	"${hostile[@]}" "$load" --kernel-headers=/nonexistent
