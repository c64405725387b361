#!/usr/bin/env python3
"""columns.py - what replay must print, worked out from the events themselves.

  columns.py write          (over)write the expected files in tests/data
  columns.py check REPLAY   hold REPLAY to these files' events and to random
                            ones, and the files to what write would write

Nothing here comes from a run of the program: EVENTS are what the traces were
made from, and rows are put together by Python's own formatting. JSON is read
back by Python's json module and compared field by field.
"""

import decimal
import itertools
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import unicodedata

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")
BOOT = 1763800000
SEED = 20150825
LETTERS = "TtULxd"

# time in microseconds, pid, tid, uid, comm, saddr, lport, daddr, dport, error,
# whether the return was missed
EVENTS = {
    "5.10": [
        (1670601185, 33469, 33469, 0, b"curl",
         "127.0.0.1", 49374, "127.0.0.1", 80, 0, False),
        (1670601685, 33470, 33470, 1000, b"curl",
         "10.0.2.15", 60710, "93.184.216.34", 443, 0, False),
        (1670602685, 33691, 33691, 1000, b"telnet",
         "0.0.0.0", 0, "8.8.8.8", 53, 101, False),
        (1670603685, 32009, 32009, 4294967294, b"nc",
         "192.168.100.200", 65535, "255.255.255.255", 65535, 0, False),
        (1671601684, 57431, 57440, 33, b"Thread-1 (th)",
         "10.153.223.157", 40000, "69.53.245.40", 7001, 0, False),
        (11670600685, 64767, 64767, 0, b"123456789abcdef",
         "1.1.1.1", 1024, "1.0.0.1", 8, 0, True),
        (11670601185, 4194303, 4194303, 0, b"wget",
         "10.0.0.1", 32768, "10.0.0.2", 8080, 0, False),
    ],
    "wide": [
        (5000000, 1, 1, 0, b"init",
         "0.0.0.0", 0, "8.8.8.8", 0, 101, False),
        (5000500, 999999, 999999, 999999, b"123456789012",
         "10.0.2.15", 1, "93.184.216.34", 1, 99, False),
        (5999999, 1000000, 1000001, 1000000, b"\x1b" * 15,
         "255.255.255.255", 65535, "255.255.255.255", 65535, 0, False),
        (6000000, 4194304, 4194304, 4294967295, b"?" * 15,
         "255.255.255.255", 65535, "255.255.255.255", 65535, 516, False),
        (9999999999, 16777215, 16777215, 4294967294, b'"},{"pid":1,"x"',
         "1.2.3.4", 65534, "100.100.100.100", 65534, 4095, False),
        (10004999000, 7, 8, 1000,
         b"\\\x01\t\r?\x7f\xc2\x9b\xc2\xa0\xff\xe2\x82",
         "1.2.3.4", 443, "10.0.0.2", 443, 512, False),
        (10005000000, 7, 9, 1000, "  日本\u2028é😀".encode()[:15],
         "0.0.0.0", 0, "8.8.4.4", 853, 0, True),
        (1000000005000000, 7, 10, 1000, b"",
         "10.0.2.15", 0, "127.0.0.1", 80, 101, True),
        (1000000005000499, 7, 11, 1000, b"a b c d e f g h",
         "0.0.0.0", 4711, "127.0.0.1", 80, 111, False),
        (1000000005000500, 7, 12, 1000, b" ",
         "0.0.0.0", 0, "127.0.0.1", 80, 41, False),
    ],
}

NAMES = {
    "5.10": {
        "93.184.216.34": b"www.example.com",
        "69.53.245.40": b"x",
        "1.0.0.1": b"one.one.one.one",
    },
    "wide": {
        "8.8.8.8": b"dns.google",
        "8.8.4.4": "b\u00fccher.example\u2028😀".encode(),
        "10.0.0.2": b"\x1b[2J\r\t\x7f\xc2\x9b\xff\xc0\xaf\xe2\x82",
        "100.100.100.100": b'","pid":1,"\\',
        "127.0.0.1": "\u202emoc.elpmaxe\u2069\U000e0041.example".encode(),
        "255.255.255.255": b"\xff" * 40,
        "93.184.216.34": b" a  b ",
    },
}

ERRORS = {0: None, 41: "41", 99: "EADDRNOTAVAIL", 101: "ENETUNREACH",
          111: "ECONNREFUSED", 512: "ERESTARTSYS",
          516: "ERESTART_RESTARTBLOCK", 4095: "4095"}


def word(address):
    return int.from_bytes(socket.inet_aton(address), "big")


def trace(events):
    """The lines that Linux 5.10 prints for these events, as bytes."""
    text = bytearray()
    for (us, pid, tid, uid, comm, saddr, lport, daddr, dport, error,
         missed) in events:
        text += b"%16s-%-7d [000] d... %5d.%06d: bpf_trace_printk: " % (
            b"task", tid, us // 1000000, us % 1000000)
        text += b"tcpv4connect:0123abcd %x %x %08o %08o %05o %s\n\n" % (
            word(saddr) << 32 | word(daddr), lport << 48 | dport << 32 | uid,
            pid, tid, 0x1000 if missed else error, comm)
    return text


def is_hidden(char):
    """Controls, formats, and what separates lines and paragraphs."""
    return unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")


def units(text):
    """The pieces that a column shows whole."""
    short = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
    for char in text.decode(errors="surrogateescape"):
        if char in short:
            yield short[char]
        elif 0xdc80 <= ord(char) <= 0xdcff:
            yield "\\x%02x" % (ord(char) - 0xdc00)
        elif is_hidden(char):
            yield from ("\\x%02x" % byte for byte in char.encode())
        else:
            yield char


def comm_cell(comm):
    cell = ""
    for unit in units(comm.lstrip(b" ")):
        if len(cell) + len(unit) > 12:
            break
        cell += unit
    return cell


def query_cell(name):
    return "".join(units(name)).replace(" ", "\\x20") if name else "-"


def seconds(us):
    exact = decimal.Decimal(us) / 1000000
    return str(exact.quantize(decimal.Decimal("0.001"),
                              decimal.ROUND_HALF_EVEN))


def row(cells, options):
    """Cells by their headings, in order, as the columns that options choose."""
    chosen = {"TIME": "T", "TIME(s)": "t", "UID": "U", "LPORT": "L",
              "ERR": "x", "QUERY": "d"}
    more = "x" in options or "d" in options
    widths = {"TIME": 8, "TIME(s)": 8, "UID": 6, "PID": 6, "COMM": 12,
              "SADDR": 16, "LPORT": 6, "DADDR": 16, "DPORT": 6 if more else 4,
              "ERR": 16, "QUERY": 0}
    text = " ".join(cell.ljust(widths[heading])
                    for heading, cell in cells.items()
                    if chosen.get(heading, "") in options)
    return (text.rstrip(" ") if more else text) + "\n"


HEADINGS = ["TIME", "TIME(s)", "UID", "PID", "COMM", "SADDR", "LPORT", "DADDR",
            "DPORT", "ERR", "QUERY"]


def table(events, names, options):
    text = row({heading: heading for heading in HEADINGS}, options)
    for (us, pid, tid, uid, comm, saddr, lport, daddr, dport, error,
         missed) in events:
        cells = (
            time.strftime("%H:%M:%S", time.gmtime(BOOT + us // 1000000)),
            seconds(max(0, us - events[0][0])), str(uid), str(pid),
            comm_cell(comm), saddr, str(lport or "-"), daddr, str(dport),
            "-" if missed else ERRORS[error] or "-",
            query_cell(names.get(daddr)))
        text += row(dict(zip(HEADINGS, cells)), options)
    return text.encode()


def objects(events, names):
    """What the objects must say, once they are read."""
    for (us, pid, tid, uid, comm, saddr, lport, daddr, dport, error,
         missed) in events:
        name = names.get(daddr)
        yield {
            "ts": decimal.Decimal(BOOT * 1000000 + us).scaleb(-6),
            "pid": pid, "tid": tid, "uid": uid,
            "comm": comm.decode(errors="backslashreplace"),
            "saddr": None if missed and saddr == "0.0.0.0" else saddr,
            "lport": None if missed and not lport else lport,
            "daddr": daddr, "dport": dport,
            "error": None if missed else ERRORS[error],
            "query": None if name is None
                     else name.decode(errors="backslashreplace"),
        }


def utf16(char):
    """As JSON escapes it: \\uXXXX, or two of these."""
    halves = char.encode("utf-16-be")
    return "".join("\\u%02x%02x" % pair
                   for pair in zip(halves[::2], halves[1::2]))


def json_text(events, names):
    """Just as bytes: a character that is not hidden stands for itself."""
    text = ""
    for item in objects(events, names):
        ts = item.pop("ts")
        line = json.dumps(item, ensure_ascii=False, separators=(",", ":"))
        line = "".join(utf16(char) if is_hidden(char) else char
                       for char in line)
        text += '{"ts":%.6f,%s\n' % (ts, line[1:])
    return text.encode()


def choices():
    for chosen in itertools.product(*(("", letter) for letter in LETTERS)):
        yield "".join(chosen)


def expected(name):
    """The expected files of a trace, by what follows the name."""
    events, names = EVENTS[name], NAMES[name]
    files = {
        ".trace.names": b"".join(address.encode() + b" " + text + b"\n"
                                 for address, text in names.items()),
        ".columns": b"".join(b"-- %s\n" % options.encode() +
                             table(events, names, options)
                             for options in choices()),
        ".json": json_text(events, names),
        ".out": table(events, names, ""),
        ".t.out": table(events, names, "t"),
    }
    if name == "wide":
        files[".trace"] = trace(events)
        files[".counts"] = (b"rows %d lost 0 invalid 0 other %d overlong 0\n" %
                            (len(events), len(events)))
    return files


def write():
    for name in EVENTS:
        for end, text in expected(name).items():
            with open(os.path.join(DATA, name + end), "wb") as out:
                out.write(text)


def run(replay, options, path):
    return subprocess.run(
        [replay, "-" + options, path] if options else [replay, path],
        env=dict(os.environ, TZ="UTC"), stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, check=True).stdout


def same(what, found, wanted):
    if found == wanted:
        return 0
    pairs = itertools.zip_longest(found, wanted)
    print("FAIL %s\n  found  %r\n  wanted %r" % (
        (what,) + next(pair for pair in pairs if pair[0] != pair[1])))
    return 1


def check_files():
    failed = 0
    for name in EVENTS:
        for end, text in expected(name).items():
            with open(os.path.join(DATA, name + end), "rb") as file:
                failed += same("tests/data/" + name + end,
                               file.read().split(b"\n"), text.split(b"\n"))
    return failed


def check_json(what, replay, path, events, names):
    found = [json.loads(line, parse_float=decimal.Decimal)
             for line in run(replay, "jd", path).decode().split("\n")[:-1]]
    failed = same(what, found, list(objects(events, names)))
    return failed + same(what + ": keys", [list(item) for item in found],
                         [list(item) for item in objects(events, names)])


def random_bytes(size):
    pieces = [b"\xe2\x82\xac", b"\xc2\x9b", b"\xf0\x9f\x98\x80", b" ", b'"',
              b"\\", b"\xe2\x80\xa8", b"\x7f", b"\xed\xa0\x80"]
    text = b"".join(random.choice(pieces) if random.randrange(3) == 0
                    else bytes([random.randrange(1, 256)])
                    for _ in range(random.randrange(size + 1)))
    return text[:size]


def random_address():
    return socket.inet_ntoa((random.getrandbits(32) >> random.randrange(33))
                            .to_bytes(4, "big"))


def random_event():
    return (random.getrandbits(50) >> random.randrange(51),
            random.getrandbits(24) >> random.randrange(25),
            random.getrandbits(24) >> random.randrange(25),
            random.getrandbits(32) >> random.randrange(33),
            random_bytes(15).replace(b"\n", b"?"),
            random_address(), random.getrandbits(16) >> random.randrange(17),
            random_address(), random.getrandbits(16) >> random.randrange(17),
            random.choice(list(ERRORS)), random.randrange(4) == 0)


def check_random(replay):
    random.seed(SEED)
    events = [random_event() for _ in range(300)]
    names = {event[7]: random_bytes(255).replace(b"\n", b"")
             for event in events if random.randrange(3)}
    failed = 0
    with tempfile.TemporaryDirectory() as work:
        path = os.path.join(work, "random.trace")
        with open(path, "wb") as out:
            out.write(trace(events))
        with open(path + ".names", "wb") as out:
            for address, name in names.items():
                out.write(address.encode() + b" " + name + b"\n")
        failed += check_json("random, as JSON", replay, path, events, names)
        for options in choices():
            failed += same("random, -" + options,
                           run(replay, options, path).split(b"\n"),
                           table(events, names, options).split(b"\n"))
    return failed


def characters():
    """Those that this Python knows, but of many that are alike only some."""
    for code in range(0x80, 0x110000):
        category = unicodedata.category(chr(code))
        if category not in ("Cn", "Cs", "Co") and (
                code < 0x3400 or is_hidden(chr(code)) or code % 97 == 0):
            yield chr(code)


def check_characters(replay):
    events = [(i, 1, 1, 0, char.encode() + b"|", "1.2.3.4", 1, "1.2.3.4", 1, 0,
               False) for i, char in enumerate(characters())]
    with tempfile.TemporaryDirectory() as work:
        path = os.path.join(work, "characters.trace")
        with open(path, "wb") as out:
            out.write(trace(events))
        return same("characters", run(replay, "", path).split(b"\n"),
                    table(events, {}, "").split(b"\n")) + same(
                        "characters, as JSON",
                        run(replay, "j", path).split(b"\n"),
                        json_text(events, {}).split(b"\n"))


def check_others(replay):
    """The objects of every trace have the addresses and ports of its rows."""
    failed = 0
    for name in sorted(os.listdir(DATA)):
        if not name.endswith(".trace"):
            continue
        path = os.path.join(DATA, name)
        with open(path[:-len("trace")] + "out", encoding="utf-8") as file:
            rows = [line.split() for line in file.read().split("\n")[1:-1]]
        found = [json.loads(line)
                 for line in run(replay, "j", path).decode().split("\n")[:-1]]
        failed += same(name + ", as JSON",
                       [[str(item["pid"]), item["saddr"] or "0.0.0.0",
                         item["daddr"], str(item["dport"])] for item in found],
                       [row[:1] + row[-3:] for row in rows])
    return failed


def check(replay):
    failed = check_files() + check_others(replay)
    for name in EVENTS:
        failed += check_json(name + ", as JSON", replay,
                             os.path.join(DATA, name + ".trace"),
                             EVENTS[name], NAMES[name])
    failed += check_random(replay)
    failed += check_characters(replay)
    print("%d failed" % failed)
    return failed > 0


if sys.argv[1:] == ["write"]:
    write()
elif len(sys.argv) == 3 and sys.argv[1] == "check":
    sys.exit(check(sys.argv[2]))
else:
    sys.exit(__doc__)
