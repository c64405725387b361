"""client.py KIND ADDRESS PORT... - connects, and says what the row has to be.

  plain    one connection to each PORT
  bound    the same, from 127.0.0.77
  mapped   the same, from an IPv6 socket to ::ffff:ADDRESS
  threads  one connection to each PORT, each from a thread of its own
  wait     the same, once there is a file named "go"
"""
import ctypes
import os
import socket
import sys
import threading
import time

ONE_AT_A_TIME = threading.Lock()


def own_comm():
    """Of the calling thread; not decoded: 16 bytes may end in a character."""
    name = ctypes.create_string_buffer(17)
    ctypes.CDLL(None).prctl(16, name, 0, 0, 0)
    return name.value.decode("ascii")


def ipv4(address):
    return address.replace("::ffff:", "")


def connect(kind, address, port):
    family = socket.AF_INET6 if kind == "mapped" else socket.AF_INET
    with ONE_AT_A_TIME, socket.socket(family) as client:
        if kind == "bound":
            client.bind(("127.0.0.77", 0))
        if kind == "mapped":
            address = "::ffff:" + address
        client.connect((address, port))
        print("%-6d %-12.12s %-16s %-16s %-4d" % (
            os.getpid(), own_comm(), ipv4(client.getsockname()[0]),
            ipv4(client.getpeername()[0]), client.getpeername()[1]))


def main(kind, address, ports):
    while kind == "wait" and not os.path.exists("go"):
        time.sleep(0.1)
    for port in ports:
        if kind not in ("threads", "wait"):
            connect(kind, address, port)
            continue
        thread = threading.Thread(target=connect, args=(kind, address, port))
        thread.start()
        thread.join()


main(sys.argv[1], sys.argv[2], [int(port) for port in sys.argv[3:]])
