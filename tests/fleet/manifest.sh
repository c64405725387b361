#!/bin/bash
# manifest.sh PROGRAM: examples/fleet/daemonset.yaml is what the Kubernetes API
# takes, and one with a fault in it is not; the options that it gives are ours.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)
fleet=$here/../../examples/fleet
manifest=$fleet/daemonset.yaml
program=${1:?usage: manifest.sh PROGRAM}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

fail()
{
	echo "FAIL: $*"
	failures=$((failures + 1))
}

# refused WORDS SED: with that change a fault is found, and told in these words.
refused()
{
	sed -E "$2" "$manifest" >"$scratch/changed"
	cmp -s "$manifest" "$scratch/changed" && fail "nothing changed: $2"
	if /usr/bin/python3 "$here/manifest.py" "$scratch/changed" >"$scratch/said"; then
		fail "not refused: $2"
	elif ! grep -q "$1" "$scratch/said"; then
		fail "refused for another reason than '$1':"
		cat "$scratch/said"
	fi
}

status=0
/usr/bin/python3 "$here/manifest.py" "$manifest" || status=$?
[ $status != 77 ] || exit 77
[ $status = 0 ] || fail "the manifest has a fault"

refused 'has no field readOnlyRootFileSystem' 's/readOnlyRootFilesystem/readOnlyRootFileSystem/'
refused 'has no field voulmes' 's/^      volumes:/      voulmes:/'
refused 'allowPrivilegeEscalation: is no bool' 's/(allowPrivilegeEscalation: )false/\1"no"/'
refused 'terminationGracePeriodSeconds: is no int' 's/(terminationGracePeriodSeconds: ).*/\1soon/'
refused 'tolerations: is no list' '/tolerations:/{n;s/- operator/operator/}'
refused 'memory: is no str' 's/(memory: )256Mi/\1256/'
refused 'for .name.' '/^        - name: tcpv4connect$/d; s/^          image:/        - image:/'
refused 'for .selector.' '/^  selector:/,+2d'
refused 'emptyDir: has no fields' 's/( +emptyDir:)$/\1 none/; /medium:|sizeLimit:/d'
refused "is not the template's" '/matchLabels/{n;s/app: .*/app: another/}'
refused 'no volume tracing' '/- name: tracing$/{N;s/tracing(\n +hostPath)/trace\1/}'

# options_work COMMAND...: the program knows them, and compiles nothing.
options_work()
{
	if [ "$1" != tcpv4connect ] ||
		! "$program" "${@:2}" --ebpf >/dev/null; then
		fail "not a command line of ours: $*"
	fi
}

mapfile -t arguments < <(/usr/bin/python3 -c '
import sys, yaml
for document in yaml.safe_load_all(sys.stdin):
    if document["kind"] == "DaemonSet":
        print(*document["spec"]["template"]["spec"]["containers"][0]["args"],
              sep="\n")' <"$manifest")
options_work tcpv4connect "${arguments[@]}"
read -ra arguments < <(sed -n 's/^ExecStart=//p' "$fleet/tcpv4connect.service")
options_work "${arguments[@]}"

[ $failures = 0 ]
