#!/bin/bash
# attach: when the compiling child fails half-way, or dies, or a probe can't be
# attached, what was already made goes too; and the first line on stderr says what
# failed.
# suites: bookworm
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

make_fakes() {
	local real

	real=$(realpath /usr/lib/*/libbcc.so.0)
	mkdir fake
	cc -shared -fPIC -Wall -Wextra "-DREAL_LIBBCC=\"$real\"" \
		-o fake/libbcc.so.0 /mnt/guest/fake_libbcc.c -ldl
	cc -D_GNU_SOURCE -shared -fPIC -Wall -Wextra \
		-o fake/kernel.so /mnt/guest/fake_kernel.c -ldl
}

fake_libbcc() {
	: >"$1.out"
	launch "$1" env LD_LIBRARY_PATH=/root/fake FAKE_LIBBCC="$1" \
		tcpv4connect -v >"$1.out"
}

fake_kernel() {
	: >"$1.out"
	launch "$1" env LD_PRELOAD=/root/fake/kernel.so FAKE_KERNEL="$1" \
		tcpv4connect >"$1.out"
}

# given_up NAME...
given_up() {
	local name

	for name; do
		wait_until 120 is_over "$name" || fail "$name gives up"
		ended "$name" 1
	done
}

make_fakes || die "the fake libbcc and kernel are built"
remember_kernel
fake_libbcc cut
fake_libbcc crash
mkdir -p headers/include/linux old
echo '#error broken header' >headers/include/linux/kconfig.h
start_tool broken --kernel-headers=/root/headers
start_tool headless --kernel-headers=/root/old
cc -shared -fPIC -Wall -Wextra -DOLD -DREAL_LIBBCC='"none"' \
	-o old/libbcc.so.0 /mnt/guest/fake_libbcc.c -ldl
: >old.out
launch old env LD_LIBRARY_PATH=/root/old tcpv4connect >old.out
fake_libbcc working
# Where a probe can have no name, it has none.
: >unnamed.out
launch unnamed unshare --mount --propagation private bash -euc '
	busybox mount -o bind /dev/null /sys/kernel/tracing/kprobe_events
	exec tcpv4connect -v' >unnamed.out
given_up cut crash broken headless old
for name in working unnamed; do
	wait_ready $name
done

for name in entry return late listed; do
	fake_kernel $name
done
: >missing.out
grep -v tcp_v4_connect /proc/kallsyms >kallsyms
launch missing unshare --mount --propagation private bash -euc '
	busybox mount -o bind kallsyms /proc/kallsyms
	LD_PRELOAD=/root/fake/kernel.so FAKE_KERNEL=missing exec tcpv4connect' \
	>missing.out
given_up entry return late listed missing
same "the working one has two names, and the others none" 2 \
	"$(grep -c ':kprobes/tcpv4connect_' $tracing/kprobe_events)"
storm 1 3 >/dev/null
for name in working unnamed; do
	wait_for_rows $name 3
	stop $name
	has "$name: the account" ' 3 connects, 3 rows .* 0 lost$' $name.err
done
has "unnamed: the kernel chooses how many returns it awaits" \
	' maxactive 0 \(the kernel.s default\); ' unnamed.err

one_line_error entry 'cannot attach to tcp_v4_connect: No space left on device'
one_line_error return 'cannot attach to tcp_v4_connect: No space left on device'
one_line_error late 'cannot attach to tcp_v4_connect: No space left on device'
one_line_error listed 'cannot attach to tcp_v4_connect: Invalid argument; is it listed in /sys/kernel/debug/kprobes/blacklist\?$'
one_line_error missing 'cannot attach to tcp_v4_connect: No such file or directory; this kernel has no function of that name$'
one_line_error cut 'cannot load the BPF program: the kernel refused trace_connect_entry: '
one_line_error crash 'cannot compile the BPF program: the compiler was ended by signal 11 '
one_line_error broken 'cannot compile the BPF program with libbcc [0-9.]+; it says:$'
has "broken: what clang said is quoted" '^  .*broken header' broken.err
one_line_error headless 'cannot use the kernel headers in /root/old: it has no include/linux/kconfig.h; '
one_line_error old 'cannot load libbcc: libbcc.so.0 lacks functions that every libbcc since 0.5 has; '
kernel_unchanged "a failed start"
end
