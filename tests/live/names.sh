#!/bin/bash
# names: -d shows what a resolver on loopback answered, over UDP and TCP, with a
# chain of CNAMEs; without the privilege it says so and goes on.
# suites: bookworm
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

launch resolver dnsmasq --keep-in-foreground --no-resolv --no-hosts \
	--conf-file=/dev/null --pid-file= --user=root --port=53 \
	--listen-address=127.0.0.1 --bind-interfaces \
	--address=/plain.example/127.0.7.1 --address=/target.example/127.0.7.2 \
	--cname=chain.example,link.example --cname=link.example,target.example \
	--host-record=target.example,127.0.7.2 \
	--host-record=tcp.example,127.0.7.3
tool named -d -P 9

# look_up NAME [tcp]: asks the resolver, as a client would; prints the address.
look_up() {
	python3 /mnt/guest/look_up.py "$@"
}
# shellcheck disable=SC2317 # wait_until calls it
answers() {
	look_up plain.example >/dev/null
}
wait_until 60 answers || die "the resolver answers"

for name in plain.example chain.example 'tcp.example tcp'; do
	# shellcheck disable=SC2086 # a name, and perhaps a word
	address=$(look_up $name)
	attempt "$address" 9 >/dev/null
done
attempt 127.0.7.99 9 >/dev/null
wait_for_rows named 4
stop named
kill "${pid_of[resolver]}"

same "-d: the header" "$header  QUERY" "$(head -n 1 named.out)"
same_file "-d: the names that were asked for" \
	<(printf '%s\n' '127.0.7.1 plain.example' '127.0.7.2 chain.example' \
		'127.0.7.3 tcp.example' '127.0.7.99 -') \
	<(tail -n +2 named.out | awk '{ print $4, $6 }')

: >no_right.out
launch no_right setpriv --bounding-set -net_raw tcpv4connect -d >no_right.out
wait_ready no_right
attempt 127.0.7.1 9 >/dev/null
wait_for_rows no_right 1
stop no_right
has "without CAP_NET_RAW: a warning" \
	'^tcpv4connect: warning: cannot listen to DNS answers: .*; going on without names$' \
	no_right.err
has "without CAP_NET_RAW: rows" ' 127\.0\.7\.1 +9 +-$' no_right.out
end
