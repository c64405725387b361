#!/bin/bash
# deb.sh: what is in the DEB, and what lintian has to say about it.
# shellcheck source=tests/packages/common.bash
. "$(dirname "$0")/common.bash"

# What Debian wants of every package.
# shellcheck disable=SC2317 # check_files calls it
expected()
{
	echo /usr/share/doc/tcpv4connect/changelog.gz
	echo /usr/share/doc/tcpv4connect/copyright
}

field()
{
	dpkg-deb --field "$package" "$1"
}

need_root
need lintian dpkg-deb readelf
need_package '*.deb'
make_scratch
dpkg-deb --contents "$package" |
	awk '{ sub(/^\./, "", $6); print $1, $2, $6 }' >"$scratch/list"
# Where Debian's zsh looks.
sed 's|/zsh/site-functions/|/zsh/vendor-completions/|' "$made/installed" \
	>"$scratch/installed"
check_files "$scratch/list" "$scratch/installed"
field Depends >"$scratch/depends"
check "it depends on libbcc, and on libc" \
	grep -xE 'libbpfcc \(>= 0\.5\), libc6 \(>= 2\.[0-9]+\)' "$scratch/depends"
check "it has the version of CMakeLists.txt" \
	test "$(field Version)" = "$(version)"
dpkg-deb --raw-extract "$package" "$scratch/tree"
check_binary "$scratch/tree/usr/sbin/tcpv4connect"
works "$scratch/tree/usr/sbin/tcpv4connect"
check "the sums of its files" env --chdir="$scratch/tree" \
	md5sum --quiet --check DEBIAN/md5sums
check "lintian has nothing to say" \
	lintian --allow-root --fail-on error,warning --tag-display-limit 0 "$package"
end
