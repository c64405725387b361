#!/bin/bash
# recording: --raw, -w, -r, -j and the extra columns agree with each other and
# with what the clients know; --max-events and --duration end a run.
# suites: bookworm
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

start_tool saved -tTUL -w saved.trace -v
start_tool raw --raw -v
start_tool json -j -v
start_tool three --max-events 3 -v
start_tool short --duration 5 -v
start_tool piped -w - -v
wait_attached saved raw json three short piped

launch server python3 /mnt/guest/server.py server.log 127.0.0.1:8001
wait_until 60 grep -qs ready server.log || die "the server listens"
before=$(date +%s)
setpriv --reuid 1234 --clear-groups python3 - >client.rows <<'P'
import os, socket
for _ in range(2):
    with socket.create_connection(("127.0.0.1", 8001)) as client:
        print(os.getpid(), "python3", *client.getsockname(),
              *client.getpeername())
P
attempt 198.51.100.7 443 >/dev/null
python3 - <<'P'
import ctypes, socket
ctypes.CDLL(None).prctl(15, b'a\nb\x1b[1m\xff"\\', 0, 0, 0)
socket.socket().connect_ex(("127.0.0.3", 9))
P
after=$(date +%s)
wait_for_rows saved 4
wait_until 30 grep -q 127.0.0.3 json.out || die "json sees the last one"
ended three
same "--max-events 3: a header and three rows" 4 "$(wc -l <three.out)"
ended short
for name in saved raw json piped; do
	stop $name
done

# What was saved, replayed by a user without rights, without libbcc.
replay() {
	setpriv --reuid 65534 --clear-groups tcpv4connect "$@"
}
chmod a+r saved.trace piped.out
chmod a+rx .
replay -r saved.trace -tTUL >replayed
same_file "-r of what -w wrote: the same rows" saved.out replayed
replay -r - -tTUL <saved.trace >replayed
same_file "-r -: the same from stdin" saved.out replayed
same "-w: a first line, and one for each row" 5 "$(wc -l <saved.trace)"
replay -r piped.out | tail -n +2 >replayed
same "-w -: nothing but lines that can be replayed" 4 "$(wc -l <replayed)"
replay -r saved.trace -P 8001 -u 1234 >replayed
same "-r with -P and -u: two rows" 3 "$(wc -l <replayed)"
replay -r saved.trace -x >replayed
has "-r with -x" ' 198\.51\.100\.7 +443 +ENETUNREACH$' replayed
same "-r with -x: one row" 2 "$(wc -l <replayed)"

# Columns.
same "the header" \
	'TIME     TIME(s)  UID    PID    COMM         SADDR            LPORT  DADDR            DPORT' \
	"$(head -n 1 saved.out)"
check "-U: the client's user" \
	[ "$(awk '$NF == 8001 { print $3 }' saved.out | sort -u)" = 1234 ]
same_file "-L: the client's rows, with its ports" client.rows \
	<(awk '$9 == 8001 { print $4, $5, $6, $7, $8, $9 }' saved.out)
clock=$(awk 'NR == 2 { print $1 }' saved.out)
check "-T: the time of day" \
	[ "$(date -d "@$before" +%T)" \< "$clock" -o \
	"$(date -d "@$before" +%T)" = "$clock" ]
check "a comm that would obey a terminal is escaped" \
	grep -qF 'a?b\x1b[1m' saved.out
check "no control byte reaches stdout" \
	bash -c '! LC_ALL=C grep -qP "[\x00-\x08\x0b-\x1f\x7f]" saved.out raw.out'

# --raw: under each row the line that it came from, as it was saved.
same "--raw: two lines for each connect" 9 "$(wc -l <raw.out)"
same "--raw: the tag in every second one" 4 \
	"$(awk 'NR > 1 && NR % 2' raw.out | grep -c ' tcpv4connect:[0-9a-f]\{8\} ')"

# -j, by another program, field by field.
before=$before after=$after python3 - <<'P' || fail "-j: fields"
import json, os
rows = [json.loads(line) for line in open("json.out", encoding="utf-8")]
assert len(rows) == 4, rows
keys = ["ts", "pid", "tid", "uid", "comm", "saddr", "lport", "daddr",
        "dport", "error", "query"]
table = open("saved.out", encoding="utf-8").read().splitlines()[1:]
for row, line in zip(rows, table):
    assert list(row) == keys, row
    assert int(os.environ["before"]) <= row["ts"] <= int(os.environ["after"]) + 1
    cells = line[18:].split()
    assert row["uid"] == int(cells[0]) and row["pid"] == int(cells[1])
    assert row["dport"] == int(cells[-1]) and row["daddr"] == cells[-2]
    assert row["query"] is None
assert rows[0]["comm"].startswith("python3") and rows[0]["tid"] == rows[0]["pid"]
assert rows[0]["error"] is None and rows[0]["lport"] > 0
assert rows[2]["error"] == "ENETUNREACH" and rows[2]["daddr"] == "198.51.100.7"
assert rows[3]["comm"] == 'a?b\x1b[1m\\xff"\\', rows[3]
P
ok "-j: four objects, field by field"
kill "${pid_of[server]}"

# The original's own lines, as cat trace_pipe would have shown them.
cat >original.trace <<'T'
            curl-1469  [001] d... 85.871000: : 100007f 100007f 80
           <...>-40001 [000] d... 86.000000: : f02000a 8080808 53
some other tracer's line
T
{
	echo "$header_t"
	printf '%-9s%-6d %-12s %-16s %-16s %-4d\n' \
		0.000 1469 curl 127.0.0.1 127.0.0.1 80 \
		0.129 40001 '<...>' 10.0.2.15 8.8.8.8 53
} >expected
chmod a+r original.trace
replay -r original.trace -t >replayed
same_file "-r of the original's lines" expected replayed
end
