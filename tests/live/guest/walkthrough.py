"""walkthrough.py DOCUMENT [NEW] - types a document's commands, and compares.

DOCUMENT is Markdown. A block that begins with ```console holds commands, each
in a line with the prompt "# " (and "> " before the lines that continue it), and
below each what it prints; "[...]" in a line of its own stands for any lines.
All commands are typed, in their order, into one interactive shell with a
terminal. What they print has to be what the document shows, but for what is
another thing each time: process ids, addresses in the kernel, the digits that
name a run, and the like, as RULES below lists them. Such a value may be any
other of its kind, but where the document shows one value twice, there has to be
one value twice.

What is printed by a job in the background may take its time. So a command that
only reads (READERS) is typed again while it prints something else, for some
seconds.

NEW: where to write the document with what the commands have printed now.

Exit status: 0, all of it as shown; 1, something is not; 2, not to be tried.
"""
import os
import pty
import re
import select
import signal
import sys
import termios
import time

PROMPT = "\x1e"
COMMAND_SECONDS = 180
READERS = ("cat ", "grep ", "head ", "tail ", "bpftool map dump ")
READER_SECONDS = 20
NEW_READER_SECONDS = 2  # where the document shows nothing yet

# What varies: a kind, and a pattern whose group is the value. Values of one
# kind are told apart and numbered; those of a kind that begins with "any" are
# not. "pid 8" are values of the kind "pid", in octal digits.
RULES = [(kind, re.compile(pattern)) for kind, pattern in (
    ("run", r"\btcpv4connect[-:_]([0-9a-f]{8})(?![0-9a-f])"),
    ("address", r"\b(ffff[0-9a-f]{12})\b"),
    ("any time", r" ( *\d+\.\d{6}): "),
    ("any processor", r" (\[\d{3}\](?: [.\w]{4,7})?) +<"),
    ("any size", r"^VmRSS:\s+(\d{3,4}) kB$"),
    ("any helper", r"\bcall \w+#(\d+)$"),
    ("any tag", r"\bbpf_prog_([0-9a-f]{16})_"),
    ("any tag", r" tag ([0-9a-f]{16}) "),
    ("any id", r"^(\d+): kprobe "),
    ("any time", r"\bloaded_at (\S+) "),
    ("any size", r"\bxlated (\d+)B"),
    ("any size", r"\bjited (\d+)B"),
    ("any size", r"\bmemlock (\d+)B"),
    ("any ids", r"\bmap_ids (\d+,\d+)$"),
    ("any id", r"\bbtf_id (\d+)$"),
    ("any child", r"_return_bcc_(\d+) "),
    ("any sock", r'"sock": (\d{19,20}),'),
    ("any time", r'"start_ns": (\d+),'),
    ("any number", r'"runs": (\d{2,}),'),
    ("count", r'"(?:entries|returns)": (\d{2,}),'),
    ("count", r"\b(\d{2,})(?= connects, )"),
    ("count", r", (\d{2,})(?= rows \()"),
    ("any number", r"\(([1-9]\d*) of them"),
    ("port", r"\b7f0000017f000001 ([0-9a-f]{4})1b59"),
    ("pid", r'"(?:key|tgid|tid)": (\d{3,}),'),
    ("pid", r"\bPID (\d+)"),
    ("pid", r"^\[\d+\] (\d+)$"),
    ("pid", r"^(\d+) +\S+ +\d+\.\d+\.\d+\.\d+ "),
    ("pid", r"^ *[^ ]+-(\d+) +(?=\[\d{3}\] |<)"),
    ("pid 8", r" (0[0-7]{7}) (?=0[0-7]{7} [0-7]{5} )"),
    ("pid 8", r"> (0[0-7]{7}) (?=[0-7]{5} )"),
)]


class Names:
    """Numbers the values of each kind, in the order in which they appear."""

    def __init__(self, known=None):
        self.known = dict(known.known) if known else {}

    def name(self, kind, value):
        if kind.startswith("any"):
            return f"<{kind}>"
        if kind.endswith(" 8"):
            kind, value = kind[:-2], str(int(value, 8))
        number = self.known.setdefault(
            (kind, value), sum(k == kind for k, _ in self.known) + 1)
        return f"<{kind} {number}>"

    def line(self, line):
        for kind, pattern in RULES:
            line = pattern.sub(lambda m, k=kind: self.put(k, m), line)
        return re.sub(" +", " ", line).rstrip(" ")

    def put(self, kind, match):
        start, end = (at - match.start() for at in match.span(1))
        whole = match.group()
        return whole[:start] + self.name(kind, match[1]) + whole[end:]


class Command:
    def __init__(self, first):
        self.lines = [first]
        self.shown = []
        self.printed = []

    def text(self):
        return "\n".join(self.lines)


def parse(document):
    """The document's lines and commands, in their order."""
    parts, inside = [], False
    for line in document.splitlines():
        if line.startswith("```"):
            inside = line == "```console"
            parts.append(line)
        elif not inside:
            parts.append(line)
        elif line.startswith("# "):
            parts.append(Command(line[2:]))
        elif not isinstance(parts[-1], Command):
            sys.exit(f"walkthrough: no command before this output: {line}")
        elif line.startswith("> ") and not parts[-1].shown:
            parts[-1].lines.append(line[2:])
        else:
            parts[-1].shown.append(line)
    return parts


def render(parts):
    lines = []
    for part in parts:
        if isinstance(part, str):
            lines.append(part)
            continue
        lines.append("# " + part.lines[0])
        lines.extend("> " + line for line in part.lines[1:])
        lines.extend(part.shown if part.is_as_shown else part.printed)
    return "\n".join(lines) + "\n"


class Shell:
    """bash, as a user at a terminal has it, but for prompts and the echo."""

    def __init__(self):
        self.pid, self.terminal = pty.fork()
        if not self.pid:
            os.environ.update(PS1=PROMPT, PS2="", TERM="dumb")
            os.execvp("bash", ["bash", "--norc", "--noediting", "-i"])
        modes = termios.tcgetattr(self.terminal)
        modes[1] &= ~termios.OPOST
        modes[3] &= ~termios.ECHO
        termios.tcsetattr(self.terminal, termios.TCSANOW, modes)
        self.read()

    def read(self):
        """What comes until the next prompt."""
        said, end = b"", time.monotonic() + COMMAND_SECONDS
        while not said.endswith(PROMPT.encode()):
            left = max(end - time.monotonic(), 0)
            if not select.select([self.terminal], [], [], left)[0]:
                raise TimeoutError(said.decode(errors="replace"))
            said += os.read(self.terminal, 4096)
        return said.decode(errors="replace")[:-1]

    def type(self, text):
        os.write(self.terminal, (text + "\n").encode())
        return self.read().splitlines()

    def close(self):
        os.close(self.terminal)
        os.kill(self.pid, signal.SIGHUP)
        os.waitpid(self.pid, 0)


def same(shown, printed):
    """Line by line, where "[...]" is as many lines as it takes."""
    if not shown:
        return not printed
    if shown[0] == "[...]":
        return any(same(shown[1:], printed[at:])
                   for at in range(len(printed) + 1))
    return bool(printed) and shown[0] == printed[0] \
        and same(shown[1:], printed[1:])


class Walk:
    """Both sides' values so far, and whether all was as shown."""

    def __init__(self, shell):
        self.shell = shell
        self.shown = Names()
        self.printed = Names()
        self.failures = 0

    def agrees(self, command):
        shown, printed = Names(self.shown), Names(self.printed)
        agrees = same([shown.line(line) for line in command.shown],
                      [printed.line(line) for line in command.printed])
        return agrees, shown, printed

    def take(self, command):
        begin = time.monotonic()
        end = begin + (
            READER_SECONDS if command.shown else NEW_READER_SECONDS)
        command.printed = self.shell.type(command.text())
        agrees, shown, printed = self.agrees(command)
        while not agrees and command.text().startswith(READERS) \
                and time.monotonic() < end:
            time.sleep(0.5)
            command.printed = self.shell.type(command.text())
            agrees, shown, printed = self.agrees(command)
        self.shown, self.printed = shown, printed
        self.tell(command, agrees, time.monotonic() - begin)

    def tell(self, command, agrees, seconds):
        command.is_as_shown = agrees and "[...]" in command.shown
        if agrees:
            print(f"as shown, {seconds:.1f} s: {command.text()}", flush=True)
            return
        self.failures += 1
        print(f"NOT as shown: {command.text()}")
        for line in command.shown:
            print(f"  shown:   {self.shown.line(line)}")
        for line in command.printed:
            print(f"  printed: {self.printed.line(line)}   ({line})",
                  flush=True)


def main(path, new=None):
    with open(path, encoding="utf-8") as file:
        parts = parse(file.read())
    commands = [part for part in parts if isinstance(part, Command)]
    if not commands:
        sys.exit(f"walkthrough: no command in {path}")
    walk = Walk(Shell())
    for command in commands:
        try:
            walk.take(command)
        except TimeoutError as error:
            print(f"does not come back: {command.text()}\n{error}")
            return 1
    walk.shell.close()
    if new:
        with open(new, "w", encoding="utf-8") as file:
            file.write(render(parts))
    print(f"{len(commands)} commands, {walk.failures} not as shown")
    return 1 if walk.failures else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
