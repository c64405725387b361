#!/bin/bash
# install.sh SUITE: apt installs the DEB in a fresh root, which has nothing but
# apt, and gets libbcc by itself; the installed program traces on SUITE's kernel,
# in a virtual machine; and purged, it leaves no file, nor does libbcc.
# suites: bullseye trixie sid
# shellcheck source=tests/packages/common.bash
. "$(dirname "$0")/common.bash"
# shellcheck source=tests/lib/boot.sh
. "$source_directory/tests/lib/boot.sh"

suite=$1

# shellcheck disable=SC2317 # boot_watched calls it
boot()
{
	SHARE=$share KERNEL_FROM=$kernel VM_CPU=$quick_cpu \
		exec "$source_directory/tests/vm" "$root" "$case" 300
}

# Runs in a mount namespace of its own. apt has what it needs in its cache.
# shellcheck disable=SC2317 # called by its name, below
install_package()
{
	root=$1
	mount -t proc proc "$root/proc"
	mount --bind "$made" "$root/mnt"
	in_root sh -euc '
		dpkg-query -W libbpfcc && exit 1
		cd /mnt
		apt-get -y install ./tcpv4connect_*.deb
		dpkg-query -W libbpfcc
		dpkg --verify tcpv4connect
		tcpv4connect -V'
}

# Likewise.
# shellcheck disable=SC2317
purge_package()
{
	root=$1
	mount -t proc proc "$root/proc"
	in_root apt-get -y purge --autoremove tcpv4connect
}

# apart FUNCTION: in $root; what it says is of interest only where it fails.
apart()
{
	in_mount_namespace "$root" "$0" "$suite" "$1" "$root" \
		>"$scratch/log" 2>&1 && return
	cat "$scratch/log"
	echo "FAIL: $1"
	exit 1
}

# files_of ROOT: but for what apt, dpkg and ldconfig remember.
files_of()
{
	(cd "$1" && find . -path ./var/lib/apt -prune -o -path ./var/lib/dpkg -prune \
		-o -path ./var/cache -prune -o -path ./var/log -prune -o -print) |
		sort
}

need_root
need_package '*.deb'
[ -z "${TCPV4CONNECT_SKIP_LIVE:-}" ] || skip "$TCPV4CONNECT_SKIP_LIVE"
kernel=$("$source_directory/tests/root" "$suite") || skip "no root of $suite"
fresh=$("$source_directory/tests/root" --with apt "$suite") ||
	skip "no fresh root of $suite"
if [ $# = 3 ]; then
	"$2" "$3"
	exit
fi
make_scratch
root=$scratch/root
cp -a "$fresh" "$root"
apart install_package
ok "apt installs it, and libbcc with it"
share=$scratch/share case=$share/case.sh machine=
mkdir "$share"
cp "$here/installed" "$case"
cp "$source_directory/tests/lib/wait.bash" "$share"
# As tests/root does: 5.10 reads it much quicker.
mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$root" "$root.ext4" 2G >/dev/null ||
	rm -f "$root.ext4"
boot_until_begun
[ "$status" = 0 ] || failed=1
apart purge_package
same "purged, it leaves no file" <(files_of "$fresh") <(files_of "$root")
end
