#!/bin/bash
# libbcc: the program traces through the functions, and the numbers of arguments,
# that libbcc has had since 0.5, and names the version that it has found.
# suites: bullseye
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

# old VERSION: a directory of that name with such a libbcc.
old() {
	local real minor=${1#0.}

	real=$(realpath /usr/lib/*/libbcc.so.0)
	mkdir "$1"
	cc -shared -fPIC -Wall -Wextra "-DREAL_LIBBCC=\"$real\"" \
		"-DMINOR=${minor%.*}" -o "$1/libbcc.so.$1" \
		/mnt/guest/old_libbcc.c -ldl
	ln -s "libbcc.so.$1" "$1/libbcc.so.0"
}

versions=(0.5.0 0.6.1 0.9.0 0.11.0)
remember_kernel
for version in "${versions[@]}"; do
	old "$version" || die "a libbcc $version is built"
	: >"$version.out"
	launch "$version" env "LD_LIBRARY_PATH=/root/$version" \
		tcpv4connect -v >"$version.out"
done
for version in "${versions[@]}"; do
	wait_ready "$version"
done
storm 4 50 >/dev/null
for version in "${versions[@]}"; do
	wait_for_rows "$version" 200
	stop "$version"
	read_account "$version"
	same "$version: calls, rows and losses" "200 200 0" \
		"$account_connects $account_rows $account_lost"
	same "$version: no return was missed" 0 "$account_recovered"
	has "$version: its name" "^tcpv4connect: libbcc $version;" \
		"$version.err"
done
LD_LIBRARY_PATH=/root/0.5.0 tcpv4connect --check >check.out 2>&1 || true
has "--check: its name" '^ok +libbcc +0\.5\.0$' check.out
kernel_unchanged "old libraries"
end
