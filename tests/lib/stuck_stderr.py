#!/usr/bin/env python3
"""stuck_stderr.py KIND COMMAND... - COMMAND, with a stderr that takes nothing.

KIND is pipe, socket, terminal (all three full, and read by no process) or ctrl-s (a
terminal whose output is halted). The other end stays open for as long as COMMAND
runs. SIGINT and SIGQUIT get their default actions, which a shell's background
jobs lack.
"""

import os
import pty
import signal
import socket
import sys
import time


def make(kind):
    """The other end, and stderr."""
    if kind == "pipe":
        return os.pipe()
    if kind == "socket":
        return [end.detach() for end in socket.socketpair()]
    return pty.openpty()


def fill(stderr):
    """Of what a terminal has taken the kernel moves some, and has room again."""
    quiet = 0
    os.set_blocking(stderr, False)
    while quiet < 5:
        for size in (4096, 64, 1):
            try:
                while os.write(stderr, b"x" * size):
                    quiet = 0
            except BlockingIOError:
                pass
        time.sleep(0.02)
        quiet += 1
    os.set_blocking(stderr, True)


def main():
    kind, command = sys.argv[1], sys.argv[2:]
    other, stderr = make(kind)
    if kind == "ctrl-s":
        os.write(other, b"\x13")
    else:
        fill(stderr)
    os.set_inheritable(other, True)
    os.dup2(stderr, 2)
    os.close(stderr)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    os.execvp(command[0], command)


main()
