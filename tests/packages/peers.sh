#!/bin/bash
# peers.sh SUITE: the DEB is installed beside bpfcc-tools, libbpf-tools and
# bpftrace, and removed, and takes nothing of theirs.
# suites: bookworm
# shellcheck source=tests/packages/common.bash
. "$(dirname "$0")/common.bash"

suite=$1

# Runs in a mount namespace of its own: the cached root below a layer of its own,
# which goes away with it.
beside_peers()
{
	local layers=$2

	mount -t tmpfs tmpfs "$layers"
	mkdir "$layers"/{upper,work,root}
	mount -t overlay overlay "$layers/root" \
		-o "lowerdir=$1,upperdir=$layers/upper,workdir=$layers/work"
	root=$layers/root
	mount -t proc proc "$root/proc"
	mount --bind "$made" "$root/mnt"
	# shellcheck disable=SC2016 # the inner shell expands them
	in_root sh -euc '
		peers=$(dpkg-query -W -f "\${Package}\n" bpfcc-tools libbpf-tools \
			bpftrace 2>/dev/null || true)
		test -n "$peers"
		echo "beside" $peers
		cd /mnt
		ours() { find / -xdev -name "*tcpv4connect*"; }
		before=$(ours)
		dpkg --install ./tcpv4connect_*.deb
		dpkg --verify $peers tcpv4connect
		tcpv4connect -V
		dpkg --purge tcpv4connect
		dpkg --verify $peers
		test "$(ours)" = "$before"'
}

need_root
need_package '*.deb'
[ -z "${TCPV4CONNECT_SKIP_LIVE:-}" ] || skip "$TCPV4CONNECT_SKIP_LIVE"
peers=$("$source_directory/tests/root" --with peers "$suite") ||
	skip "no root of $suite with peers"
if [ "${2:-}" = --apart ]; then
	beside_peers "$peers" "$3"
	exit
fi
make_scratch
check "installed beside others, and removed" \
	in_mount_namespace "$scratch" "$0" "$suite" --apart "$scratch"
end
