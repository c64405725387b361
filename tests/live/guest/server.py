"""server.py LOG ADDRESS:PORT... - listens there, until it is ended.

Writes "ready" to LOG, then for each connection that it accepts a line "ADDRESS
ADDRESS PORT": the client's, and its own two. Answers what looks like HTTP.
TCP Fast Open is allowed.
"""
import selectors
import socket
import sys

FASTOPEN = 23


def listen(address):
    host, port = address.split(":")
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.setsockopt(socket.IPPROTO_TCP, FASTOPEN, 16)
    server.bind((host, int(port)))
    server.listen(64)
    return server


def answer(client):
    client.settimeout(0.2)
    try:
        if client.recv(4096).startswith(b"GET"):
            client.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")
    except OSError:
        pass
    client.close()


def main(log_name, addresses):
    selector = selectors.DefaultSelector()
    with open(log_name, "w", buffering=1) as log:
        for address in addresses:
            selector.register(listen(address), selectors.EVENT_READ)
        log.write("ready\n")
        while True:
            for key, _ in selector.select():
                client, peer = key.fileobj.accept()
                host, port = client.getsockname()
                log.write("%s %s %d\n" % (peer[0], host, port))
                answer(client)


main(sys.argv[1], sys.argv[2:])
