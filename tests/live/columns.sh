#!/bin/bash
# columns: 23 connects by different clients, and every row is, byte for byte,
# what the client itself, or the server that accepted it, says about it.
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

# expect PID COMM SADDR DADDR DPORT: the next row.
expect() {
	printf '%-6d %-12.12s %-16s %-16s %-4s\n' "$@" >>expected
}

# shellcheck disable=SC2317 # wait_until calls it
longer_than() {
	[ "$(wc -l <"$2")" -gt "$1" ]
}

# nc, wget and bash do not tell their own address; the server does.
asked_of_server() {
	local comm=$1 seen pid saddr daddr port

	shift
	seen=$(wc -l <server.log)
	"$@" >/dev/null 2>&1 </dev/null &
	pid=$!
	wait $pid || fail "a client: $*"
	wait_until 30 longer_than "$seen" server.log || die "accepted: $*" server.log
	read -r saddr daddr port < <(tail -n 1 server.log)
	expect $pid "$comm" "$saddr" "$daddr" "$port"
}

asked_of_curl() {
	local pid saddr daddr port

	curl -s -o /dev/null "$@" >curl.said \
		-w '%{local_ip} %{remote_ip} %{remote_port}\n' </dev/null &
	pid=$!
	wait $pid || fail "a client: curl $*"
	read -r saddr daddr port <curl.said
	expect $pid curl "$saddr" "$daddr" "$port"
}

in_bash() {
	asked_of_server bash bash -c "exec 3<>/dev/tcp/$1/$2"
}

# Its own thread writes down what the row has to be.
in_python() {
	python3 /mnt/guest/client.py "$@" >>expected </dev/null ||
		fail "a client: python3 $*"
}

launch server python3 /mnt/guest/server.py server.log 127.0.0.1:8001 \
	127.0.0.1:80 127.0.0.1:443 127.0.0.1:65535 127.1.2.3:8002 \
	127.255.255.254:9
start_tool rows
wait_until 60 grep -qs ready server.log || die "the server listens" server.err
wait_ready rows

printf '%s\n' "$header" >expected
asked_of_curl http://127.0.0.1:8001/
asked_of_curl http://127.0.0.1/
asked_of_curl --interface 127.0.0.99 http://127.1.2.3:8002/
asked_of_curl http://127.255.255.254:9/
asked_of_server wget wget -q -O /dev/null http://127.0.0.1:65535/
asked_of_server wget wget -q -O /dev/null http://127.0.0.1:443/
asked_of_server wget wget -q -O /dev/null http://127.1.2.3:8002/
asked_of_server nc nc -N 127.0.0.1 80
asked_of_server nc nc -N 127.0.0.1 8001
asked_of_server nc nc -N -s 127.0.0.55 127.1.2.3 8002
asked_of_server nc nc -N 127.255.255.254 9
in_bash 127.0.0.1 443
in_bash 127.1.2.3 8002
in_bash 127.0.0.1 65535
in_python plain 127.0.0.1 80 8001
in_python bound 127.1.2.3 8002 8002
in_python threads 127.0.0.1 80 443 8001 65535
in_python mapped 127.0.0.1 443

wait_for_rows rows 23
stop rows
same "23 connects became 23 rows" 23 "$(rows rows)"
same_file "header and rows, byte for byte" expected rows.out
empty "nothing on stderr" rows.err
kill "${pid_of[server]}"
end
