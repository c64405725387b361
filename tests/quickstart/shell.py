#!/usr/bin/env python3
"""shell.py QUICKSTART [KERNEL] - types into "QUICKSTART --shell", at a terminal.

The demonstration shows a row for each of its clients; then there is a shell
that knows its terminal, in which commands and Ctrl-C do what they do elsewhere;
and when it is left, the machine is gone and the terminal is as it was.
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

ROWS, COLUMNS = 41, 113
# Making a root takes minutes, where there is none yet; the rest does not.
FIRST_SECONDS = 600
SECONDS = 180
PROMPT = "root@vm:/tmp# $"


def fail(what, said=""):
    print(f"FAIL: {what}\n{said}")
    sys.exit(1)


class Terminal:
    """A command at a terminal of its own, and what it has said there."""

    def __init__(self, *command):
        self.fd, self.far_end = pty.openpty()
        fcntl.ioctl(self.far_end, termios.TIOCSWINSZ,
                    struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.modes = termios.tcgetattr(self.far_end)
        self.said = ""
        self.process = subprocess.Popen(
            command, stdin=self.far_end, stdout=self.far_end,
            stderr=self.far_end, start_new_session=True,
            env=dict(os.environ, TERM="dumb"),
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def read(self, timeout):
        """Some more of what is said, where there is more."""
        if not select.select([self.fd], [], [], timeout)[0]:
            return False
        some = os.read(self.fd, 4096).decode(errors="replace")
        self.said += some.replace("\r", "")
        return True

    def wait_for(self, pattern, seconds=SECONDS):
        """What was said up to the end of what matches; that is forgotten."""
        end = time.monotonic() + seconds
        while True:
            match = re.search(pattern, self.said)
            if match:
                before = self.said[:match.end()]
                self.said = self.said[match.end():]
                return before
            is_over = self.process.poll() is not None
            if not self.read(1) and (is_over or time.monotonic() > end):
                self.fail(f"waited for {pattern}")

    def type(self, text, pattern=PROMPT):
        os.write(self.fd, text.encode())
        return self.wait_for(pattern)

    def close(self):
        """What was said at last, when it is over."""
        end = time.monotonic() + SECONDS
        while self.read(1) or self.process.poll() is None:
            if time.monotonic() > end:
                self.fail("it does not end")
        return self.said

    def fail(self, what):
        os.killpg(self.process.pid, signal.SIGTERM)
        fail(what, self.said)


def check(what, said, pattern):
    if not re.search(pattern, said, re.MULTILINE):
        fail(f"{what}: expected {pattern}", said)
    print(f"ok - {what}", flush=True)


def skip_where_there_is_no_machine():
    why = os.environ.get("TCPV4CONNECT_SKIP_LIVE") or \
        (os.geteuid() and "a virtual machine's root can be made by root only")
    if why:
        print(f"skipped: {why}")
        sys.exit(77)


def main(quickstart, kernel="6.1"):
    skip_where_there_is_no_machine()
    terminal = Terminal(quickstart, "--kernel", kernel, "--shell")
    said = terminal.wait_for(PROMPT, FIRST_SECONDS)
    rows = re.findall(r"^\d+ +\S+ +[\d.]+ +[\d.]+ +\d+ *$", said, re.MULTILINE)
    if len(rows) != 6:
        fail(f"the demonstration's 6 clients have {len(rows)} rows", said)
    print("ok - the demonstration's 6 clients have a row each")
    check("its end", said, r"tcpv4connect ended with exit status 0$")
    check("it offers --original", said, "tcpv4connect --original & ")
    check("the kernel", terminal.type("uname -r\n"),
          f"^{re.escape(kernel)}\\.")
    check("the terminal's size", terminal.type("stty size\n"),
          f"^{ROWS} {COLUMNS}$")
    for name in ("tcpv4connect", "bpftool", "curl", "nc", "objdump", "python3"):
        check(f"it has {name}", terminal.type(f"command -v {name}\n"),
              f"^/.*/{name}$")
    # Begun in the foreground: before that, Ctrl-C would be the shell's.
    terminal.type("sh -c 'echo begun; exec sleep 1000' && echo done\n",
                  "\nbegun\n")
    check("Ctrl-C", terminal.type("\x03"), r"\^C\s+root@vm")
    terminal.type("exit\n", "exit\n")
    check("the machine is gone", terminal.close(), "the machine is gone")
    if terminal.process.returncode:
        fail(f"it ends with status {terminal.process.returncode}")
    if termios.tcgetattr(terminal.far_end) != terminal.modes:
        fail("the terminal is not as it was")
    print("ok - it ends with status 0, and the terminal is as it was")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(*sys.argv[1:])
