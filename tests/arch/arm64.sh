#!/bin/bash
# arm64.sh PROGRAM: the program at work on arm64: real connects, and the storm,
# with Debian's stock kernel in a virtual machine (some two minutes).
#
# The program is built with Debian's cross compiler. The root directory is made of
# packages that are unpacked and not set up, since this processor could not run
# what sets them up; it is kept beside the roots of tests/root. Needs root.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=tests/lib/host.sh
. "$here/../lib/host.sh"

suite=bookworm
root=$cache/arm64/$suite
packages=(linux-image-arm64 libbpfcc bash coreutils busybox-static)
build=$TEST_TOOLS/arm64
limit=900

skip()
{
	echo "skipped: $*"
	exit 77
}

check_tools()
{
	local tool

	is_root || skip "not root"
	[ -z "${TCPV4CONNECT_SKIP_LIVE:-}" ] || skip "$TCPV4CONNECT_SKIP_LIVE"
	for tool in qemu-system-aarch64:qemu-system-arm \
		aarch64-linux-gnu-gcc:gcc-aarch64-linux-gnu \
		mmdebstrap:mmdebstrap cpio:cpio depmod:kmod setpriv:util-linux; do
		have "${tool%:*}" || skip "no ${tool%:*} (Debian: ${tool#*:})"
	done
	[ -e /usr/aarch64-linux-gnu/include/stdio.h ] ||
		skip "no C library for arm64 (Debian: libc6-dev-arm64-cross)"
}

# The root --------------------------------------------------------------------

# mmdebstrap does not read this host's apt.conf.
proxy_options()
{
	local scheme proxy

	for scheme in http https; do
		proxy=$(apt-config dump --format '%v' "Acquire::$scheme::Proxy")
		[ -z "$proxy" ] ||
			echo "--aptopt=Acquire::$scheme::Proxy \"$proxy\""
	done
}

make_root()
{
	local mirror proxies list

	[ ! -e "$root" ] || return 0
	mirror=$(mirror_of) && room_for 1600 || return 1
	say "unpacking an arm64 root of $suite: one minute"
	mapfile -t proxies < <(proxy_options)
	list=$(IFS=,; echo "${packages[*]}")
	rm -rf --one-file-system "$root.new"
	TMPDIR=/tmp in_mount_namespace "${root%/*}" mmdebstrap --mode=root \
		--variant=extract --format=directory --architectures=arm64 \
		--components=main "--include=$list" \
		'--aptopt=Acquire::Languages "none"' "${proxies[@]}" \
		"$suite" "$root.new" "$mirror" </dev/null >&2 || return 1
	depmod -b "$root.new" "$(release_of "$root.new")" || return 1
	mv "$root.new" "$root"
}

get_root()
{
	mkdir -p "${root%/*}"
	with_lock arm64 make_root >"$build/root.log" 2>&1 && return
	cat "$build/root.log"
	skip "no arm64 root can be made here"
}

# release_of ROOT: its kernel's.
release_of()
{
	local kernel

	kernel=("$1"/boot/vmlinuz-*)
	echo "${kernel[0]##*/vmlinuz-}"
}

# What is shared with the guest -----------------------------------------------

build_program()
{
	PKG_CONFIG_LIBDIR=/nonexistent cmake -S "$source_directory" \
		-B "$build/program" -DBUILD_TESTING=OFF \
		"-DCMAKE_TOOLCHAIN_FILE=$here/arm64.cmake"
	cmake --build "$build/program" --target tcpv4connect -- -j2
	mkdir -p "$build/share"
	cp "$build/program/tcpv4connect" "$here/arm64-guest" "$build/share"
	aarch64-linux-gnu-gcc -O2 -D_GNU_SOURCE -pthread \
		-o "$build/share/storm" "$here/../live/storm.c"
}

# The guest's first process.
print_init()
{
	cat <<'INIT'
#!/bin/busybox sh
B=/bin/busybox
P=trans=virtio,version=9p2000.L,msize=512000
off() { echo o >/proc/sysrq-trigger; $B sleep 60; }
$B mount -t proc proc /proc
$B mount -t sysfs sys /sys
$B mount -t devtmpfs dev /dev
for m in /[0-9]*.ko; do $B insmod $m; done
$B mount -t 9p -o $P,ro,cache=loose host /host &&
$B mount -t tmpfs tmp /ov && $B mkdir /ov/u /ov/w &&
$B mount -t overlay -o lowerdir=/host,upperdir=/ov/u,workdir=/ov/w overlay \
	/root || { echo "no root"; off; }
for d in proc sys dev; do
	$B mkdir -p /root/$d; $B mount -o bind /$d /root/$d
done
$B mkdir -p /root/run /root/tmp /root/mnt /root/dev/shm
[ -e /root/dev/fd ] || $B ln -s /proc/self/fd /root/dev/fd
for d in dev/shm run tmp; do
	$B mount -t tmpfs -o mode=1777 tmp /root/$d
done
$B mount -t debugfs t /root/sys/kernel/debug
$B mount -t tracefs t /root/sys/kernel/tracing
$B mount -t 9p -o $P share /root/mnt
$B ip link set lo up
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C
$B chroot /root /bin/bash /mnt/arm64-guest </dev/null 2>&1
echo "the guest's script ended with $?"
off
INIT
}

# The modules that reach the root, numbered in the order of loading.
modules_into()
{
	local release number=100 file

	release=$(release_of "$root")
	for module in virtio_pci 9pnet_virtio 9p overlay; do
		modprobe -d "$root" -S "$release" --show-depends "$module"
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' |
		while read -r file; do
			cp "$file" "$1/$number-${file##*/}"
			number=$((number + 1))
		done
}

make_initramfs()
{
	local tree=$build/initramfs

	rm -rf "$tree"
	mkdir -p "$tree"/{bin,proc,sys,dev,host,root,ov}
	cp "$root/bin/busybox" "$tree/bin"
	modules_into "$tree"
	print_init >"$tree/init"
	chmod +x "$tree/init"
	(cd "$tree" && find . | cpio -o -H newc --quiet | gzip -1) \
		>"$build/initramfs.gz"
}

# It ends with us, even when we are killed outright.
boot()
{
	local virtfs=security_model=none,multidevs=remap

	setpriv --pdeathsig TERM timeout -k 10 "$limit" qemu-system-aarch64 \
		-M virt -cpu cortex-a72 -accel tcg,thread=multi -smp 2 -m 2G \
		-display none -monitor none -net none -no-reboot -serial stdio \
		-kernel "$root/boot/vmlinuz-$(release_of "$root")" \
		-initrd "$build/initramfs.gz" \
		-append "console=ttyAMA0 quiet panic=-1 mitigations=off" \
		-virtfs "local,path=$root,mount_tag=host,readonly=on,$virtfs" \
		-virtfs "local,path=$build/share,mount_tag=share,$virtfs" \
		</dev/null
}

check_tools
mkdir -p "$build"
get_root
build_program >"$build/build.log" 2>&1 || {
	cat "$build/build.log"
	echo "FAIL: it does not build for arm64"
	exit 1
}
make_initramfs
echo "Linux $(release_of "$root"), emulated"
boot | tr -d '\r' | tee "$build/said"
grep -q "^the guest's script ended with 0$" "$build/said"
