#!/bin/bash
# attach: when the compiling child fails half-way, or dies, what it has already
# made goes too; and the first line on stderr says what failed.
# suites: bookworm
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

make_fake_libbcc() {
	local real

	real=$(realpath /usr/lib/*/libbcc.so.0)
	mkdir fake
	cc -shared -fPIC -Wall -Wextra "-DREAL_LIBBCC=\"$real\"" \
		-o fake/libbcc.so.0 /mnt/guest/fake_libbcc.c -ldl
}

fake() {
	: >"$1.out"
	launch "$1" env LD_LIBRARY_PATH=/root/fake FAKE_LIBBCC="$1" \
		tcpv4connect >"$1.out"
}

make_fake_libbcc || die "the fake libbcc is built"
remember_kernel
for name in entry return late listed cut crash working; do
	fake $name
done
: >missing.out
grep -v tcp_v4_connect /proc/kallsyms >kallsyms
launch missing unshare --mount --propagation private bash -euc '
	busybox mount -o bind kallsyms /proc/kallsyms
	LD_LIBRARY_PATH=/root/fake FAKE_LIBBCC=missing exec tcpv4connect' \
	>missing.out
mkdir -p headers/include/linux old
echo '#error broken header' >headers/include/linux/kconfig.h
start_tool broken --kernel-headers=/root/headers
start_tool headless --kernel-headers=/root/old
cc -shared -fPIC -Wall -Wextra -DOLD -DREAL_LIBBCC='"none"' \
	-o old/libbcc.so.0 /mnt/guest/fake_libbcc.c -ldl
: >old.out
launch old env LD_LIBRARY_PATH=/root/old tcpv4connect >old.out

for name in entry return late listed missing cut crash broken headless old; do
	wait_until 120 is_over $name || fail "$name gives up"
	ended $name 1
done
wait_ready working
stop working

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
one_line_error old 'cannot load libbcc: this libbcc is older than 0.9 \(2019\), '
empty "working: the fake one can also do it right" working.err
kernel_unchanged "a failed start"
end
