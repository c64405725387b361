"""look_up.py NAME [tcp] - asks 127.0.0.1 for NAME's address, and prints it."""
import socket
import struct
import sys


def question(name):
    labels = b"".join(bytes([len(label)]) + label.encode()
                      for label in name.split("."))
    return (struct.pack(">6H", 0x1234, 0x0100, 1, 0, 0, 0) + labels +
            b"\0" + struct.pack(">2H", 1, 1))


def ask(name, over_tcp):
    kind = socket.SOCK_STREAM if over_tcp else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as client:
        client.settimeout(5)
        client.connect(("127.0.0.1", 53))
        message = question(name)
        if over_tcp:
            message = struct.pack(">H", len(message)) + message
        client.sendall(message)
        return client.recv(4096)


# The last four bytes of these small answers are the address.
answer = ask(sys.argv[1], len(sys.argv) > 2)
print(socket.inet_ntoa(answer[-4:]))
