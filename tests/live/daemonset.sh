#!/bin/bash
# daemonset: the container of examples/fleet/daemonset.yaml, by an OCI runtime,
# with what the manifest asks for and no more, and the filter of system calls that
# containers have by default. It sees the node's connects, with the node's PIDs.
# suites: trixie
# fleet: bookworm
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

# run_container NAME [SED]: with that change of the manifest.
run_container() {
	local bundle=/run/$1

	mkdir -p "$bundle"
	sed "${2:-}" /mnt/fleet/daemonset.yaml >"$bundle/daemonset.yaml"
	python3 /mnt/guest/oci.py "$bundle/daemonset.yaml" /run/image "$bundle"
	: >"$1.out"
	launch "$1" crun run --bundle "$bundle" "$1" >"$1.out"
}

# shellcheck disable=SC2317 # wait_until calls it
sees() {
	grep -q ' maxactive ' "$1.err" || is_over "$1"
}

# shellcheck disable=SC2317 # wait_until calls it
has_objects() {
	[ "$(wc -l <"$1.out")" -ge "$2" ]
}

# The image: this root, without what is mounted in it.
mkdir /run/image
mount --bind / /run/image
remember_kernel

run_container pod
wait_until 120 sees pod || true
has "its probes are in place" ' maxactive 4096; ' pod.err
pid=$(pgrep -x tcpv4connect)
has "nothing of its privileges is left" 'capabilities that stay: none; system calls are filtered$' pod.err
same "it has a root that it can't write to" ro \
	"$(awk '$5 == "/" { print substr($6, 1, 2) }' "/proc/$pid/mountinfo")"
same "it is in a PID namespace of its own" 2 \
	"$(awk '/^NSpid:/ { print NF - 1 }' "/proc/$pid/status")"
bash -c 'echo $BASHPID; : </dev/tcp/127.0.0.1/7001' >client 2>/dev/null || true
check "a connect of the node is an object on stdout" \
	wait_until 60 has_objects pod 1
same "with the PID that the node has" "$(cat client) 7001" \
	"$(python3 -c 'import json
for row in map(json.loads, open("pod.out")):
    print(row["pid"], row["dport"])')"
crun kill pod TERM
ended pod
has "at the end it has counted" '^tcpv4connect: 1 connects, 1 rows .* 0 lost$' pod.err
kernel_unchanged "the container"

# --check in there: PIDs are the container's.
run_container examine 's/args: .*/args: ["--check"]/'
wait_until 180 is_over examine || true
ended examine
has "--check: a connect of the container's own was seen" \
	'^ok    proof +a connect to 127\.0\.0\.1:[0-9]+ of our own was seen' \
	examine.out

# What the manifest has is needed, and what is missing is told.
run_container no_tracing 's|  path: /sys/kernel/tracing|  path: /opt|'
wait_until 120 is_over no_tracing || true
ended no_tracing 1
one_line_error no_tracing 'cannot trace: tracefs is not mounted'
run_container no_capability 's/"BPF", "PERFMON", "SYS_ADMIN", //'
wait_until 120 is_over no_capability || true
ended no_capability 1
one_line_error no_capability 'cannot trace: CAP_BPF is missing'
kernel_unchanged "a manifest with a fault"
end
