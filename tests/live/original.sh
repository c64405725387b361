#!/bin/bash
# original: --original does what the tool of 2015 did, with its faults, beside a
# run of today's program; and leaves the kernel as it was.
# suites: bullseye bookworm
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

# row_of NAME PATTERN: the first matching row, its blanks squeezed.
row_of()
{
	grep -E -e "$2" "$1.out" | head -n 1 | tr -s ' '
}

remember_kernel
launch server python3 /mnt/guest/server.py server.log 127.0.0.1:8001
wait_until 60 grep -qs ready server.log || die "the server listens" server.err

# A thread connects, a failed attempt, and a process that is alone.
cat >threads.py <<'PYTHON'
import os, socket, threading
def connect():
    print(os.getpid(), threading.get_native_id())
    socket.create_connection(("127.0.0.1", 8001)).close()
thread = threading.Thread(target=connect)
thread.start()
thread.join()
PYTHON
tool seen --original -t
python3 threads.py >threads
read -r pid tid <threads
attempt 255.255.255.255 80 >failed
(exec attempt 127.0.0.1 9) >alone
wait_for_rows seen 3
say "$(row_of seen 8001)"
same "the header is the original's" "$header_t" "$(head -n 1 seen.out)"
has "a thread's id is shown as PID" \
	"^0\.000    $tid +(python3|<\.\.\.>) +127\.0\.0\.1 +127\.0\.0\.1 +8001\$" \
	seen.out
same "the process's id is not" 0 "$(grep -cE "^[0-9.]+ +$pid " seen.out || true)"
say "$(row_of seen '255\.255|0\.0\.0\.0')"
has "a failed attempt has a socket that is half set" \
	"^[0-9.]+ +$(cut -d ' ' -f 1 failed) +(attempt|<\.\.\.>) +[0-9.]+ +0\.0\.0\.0 +0   \$" \
	seen.out
has "a lone connect is whole" \
	"^[0-9.]+ +$(cut -d ' ' -f 1 alone) +(attempt|<\.\.\.>) +127\.0\.0\.1 +127\.0\.0\.1 +9   \$" \
	seen.out
same "one line says that it is to look at" 1 "$(wc -l <seen.err)"
has "and how it says that" 'warning: .* 2015, .*not to use' seen.err
stop seen
kernel_unchanged "--original"

# -p is the thread's id, too.
launch waiting bash -c 'until [ -e go ]; do sleep 0.1; done
	exec attempt 127.0.0.1 9' >/dev/null
tool chosen --original -p "${pid_of[waiting]}"
attempt 127.0.0.1 9 >/dev/null
touch go
wait_for_rows chosen 1
ended waiting
attempt 127.0.0.1 9 >/dev/null
stop chosen TERM
same "-p: that one and no other" "1 ${pid_of[waiting]}" \
	"$(rows chosen) $(awk 'NR == 2 { print $1 }' chosen.out)"
same "the header without -t" "$header" "$(head -n 1 chosen.out)"

# A short storm: today's program has each connect, that of 2015 has what it has.
tool today -v
tool old --original
storm 20 20 >/dev/null
wait_for_rows today 400
# The end of the storm is seen when this is.
attempt 127.0.0.1 10 >/dev/null
wait_until 60 grep -q ' 10  $' old.out || die "the old one sees the end" old.out
stop old
stop today
read_account today
storm_rows=$(grep -c ' 9   $' old.out || true)
say "$storm_rows of 400 with --original;" "$(tail -n 1 today.err)"
same "today: connects, rows, lost" "401 401 0" \
	"$account_connects $account_rows $account_lost"
if kernel_before 6.0 && ! uname -v | grep -q PREEMPT; then
	check "--original has lost rows" [ "$storm_rows" -lt 400 ]
	check "and not all of them" [ "$storm_rows" -gt 0 ]
fi
stop server TERM 143
kernel_unchanged "both at once"
end
