#!/usr/bin/env python3
"""screen.py FILE: records the program and some clients at work, for
examples/screen.txt. Runs in a virtual machine, as root, for tests/screen.

Each line that the program or a client prints becomes a line of FILE, when it
comes: the seconds since the start, the terminal it is on ("tracer" or "shell"),
and the line. So does each command, as if it had been typed."""

import signal
import subprocess
import sys
import threading
import time

CLIENTS = [
    "curl -s http://192.0.2.80/",
    "wget -qO- http://192.0.2.80/",
    "nc -z 192.0.2.80 7001",
    ": </dev/tcp/127.0.0.1/7001",
    "curl -s http://192.0.2.80:81/ || echo refused",
    "curl -s http://198.51.100.7/ || echo no route",
]
PAUSE = 1.5
SERVER = """
import http.server
class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello\\n")
    def log_message(self, *arguments):
        pass
http.server.HTTPServer(("192.0.2.80", 80), Hello).serve_forever()
"""


class Recording:
    """The file, and the clock."""

    def __init__(self, path):
        self.file = open(path, "w", encoding="utf-8")
        self.start = time.monotonic()

    def add(self, terminal, line):
        """One line on one of the two terminals, now."""
        seconds = time.monotonic() - self.start
        self.file.write(f"{seconds:6.2f} {terminal} {line}".rstrip() + "\n")

    def follow(self, terminal, process):
        """All that a process prints; returns when it has closed its output."""
        for line in process.stdout:
            self.add(terminal, line.rstrip("\n"))


def start(command):
    """A process whose output, and errors, can be read."""
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                            stderr=subprocess.STDOUT)


def serve():
    """An address of a web server, and one that connects leave from."""
    for command in ["ip address add 192.0.2.80/32 dev lo",
                    "ip address add 192.0.2.10/24 dev lo",
                    "ip route replace local 192.0.2.80 dev lo"
                    " src 192.0.2.10 table local"]:
        subprocess.run(command.split(), check=True)
    started = [subprocess.Popen([sys.executable, "-c", SERVER]),
               subprocess.Popen(["nc", "-lk", "0.0.0.0", "7001"])]
    for port in ["80", "7001"]:
        while not subprocess.run(["ss", "-Hltn", f"sport = :{port}"],
                                 check=True, stdout=subprocess.PIPE).stdout:
            time.sleep(0.2)
    return started


def wait_for_probes():
    """The return probe is the last one."""
    while True:
        with open("/sys/kernel/debug/kprobes/list", encoding="ascii") as probes:
            if " r " in probes.read().replace("  ", " "):
                return
        time.sleep(0.2)


def main():
    """Records what the two terminals show."""
    servers = serve()
    recording = Recording(sys.argv[1])
    recording.add("tracer", "# tcpv4connect")
    tracer = start(["tcpv4connect"])
    reader = threading.Thread(target=recording.follow, args=("tracer", tracer))
    reader.start()
    wait_for_probes()
    for client in CLIENTS:
        time.sleep(PAUSE)
        recording.add("shell", f"$ {client}")
        recording.follow("shell", start(["bash", "-c", client]))
    time.sleep(PAUSE)
    recording.add("tracer", "^C")
    tracer.send_signal(signal.SIGINT)
    reader.join()
    status = tracer.wait()
    for server in servers:
        server.kill()
    sys.exit(status)


main()
