"""reader.py PIPE - lines to columns as a Python tool on bcc does it: trace_fields
of bcc takes a line apart, the tool the message. Stopped by SIGTERM."""
import signal
import socket
import struct
import sys

from bcc import BPF


def address(number):
    return socket.inet_ntoa(struct.pack(">I", number))


def main():
    # Without a program of its own: only the pipe's side of bcc is wanted.
    bpf = BPF.__new__(BPF)
    bpf.tracefile = open(sys.argv[1], "rb")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print("%-6s %-12s %-16s %-16s %-4s"
          % ("PID", "COMM", "SADDR", "DADDR", "DPORT"))
    while True:
        _, pid, _, _, _, message = bpf.trace_fields()
        _, addresses, ports, rest = message.split(b" ", 3)
        addresses = int(addresses, 16)
        comm = rest[24:].decode()
        print("%-6d %-12.12s %-16s %-16s %-4s"
              % (int(rest[:7], 16), comm, address(addresses >> 32),
                 address(addresses & 0xffffffff),
                 int(ports, 16) >> 32 & 0xffff))


main()
