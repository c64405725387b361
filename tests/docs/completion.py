"""completion.py bash|zsh|fish FILE HELP - types at the shell in a terminal of its
own and looks at what it offers, with FILE, the completion of tcpv4connect: every
option that HELP, the text of -h, tells of, and no other; and values."""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time

SECONDS = 120           # for each answer; machines are slow
PROMPT = "ready-for-words"


class Shell:
    """A shell without a user's settings, in a terminal of 100 lines, so that
    nothing asks whether to show all."""

    def __init__(self, argv, directory):
        pid, self.terminal = pty.fork()
        if not pid:
            os.chdir(directory)
            os.environ.update(TERM="dumb", HOME=directory, PS1=PROMPT + " ")
            os.execvp(argv[0], argv)
        self.pid = pid
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 100, 200, 0, 0))
        self.said = ""

    def type(self, text):
        os.write(self.terminal, text.encode())

    def read(self):
        if select.select([self.terminal], [], [], 0.2)[0]:
            try:
                got = os.read(self.terminal, 65536).decode(errors="replace")
            except OSError:
                got = ""
            self.said += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x07|\r", "", got)
            return bool(got)
        return True

    def until(self, pattern):
        """Waits for it, and returns and forgets everything up to its end."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            found = re.search(pattern, self.said)
            if found:
                said = self.said[:found.end()]
                self.said = self.said[found.end():]
                return said
            if not self.read():
                break
        raise AssertionError("no %r in %r" % (pattern, self.said))

    def close(self):
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


def start(name, path, directory):
    if name == "bash":
        shell = Shell(["bash", "--norc", "--noprofile", "-i"], directory)
        shell.type("bind 'set show-all-if-ambiguous on'; "
                   "bind 'set page-completions off'; "
                   "bind 'set completion-query-items 0'; . %s; "
                   "echo it-is-'read'\n" % path)
    else:
        shell = Shell(["zsh", "-f", "-i"], directory)
        shell.type("PS1='%s '; fpath=(%s $fpath); autoload -Uz compinit; "
                   "compinit -u -D; LISTMAX=1000; echo it-is-'read'\n"
                   % (PROMPT, os.path.dirname(path)))
    shell.until("it-is-read")
    shell.until(PROMPT)
    return shell


def options_of(text):
    return set(re.findall(r"(?<![\w-])(--?[A-Za-z][a-z-]*)", text))


def wanted_options(help_text):
    """Each begins a line of the help; a value's name may follow."""
    lines = re.findall(r"^  (-.*?)(?:  .*)?$", help_text, re.MULTILINE)
    return options_of("\n".join(lines))


def offered(shell, words):
    """What is listed for the words; ^U clears the line for the next."""
    shell.type(words + "\t\t")
    listed = shell.until(r"\n[^\n]*%s %s" % (PROMPT, re.escape(words)))
    shell.type("\x15")
    return listed[:listed.rindex(PROMPT)]


def completes(shell, words, wanted):
    shell.type(words + "\t")
    shell.until(re.escape(wanted))
    shell.type("\x15\n")
    shell.until(PROMPT)


def in_terminal(name, path, help_text):
    with tempfile.TemporaryDirectory() as directory:
        open(os.path.join(directory, "saved-by-w.trace"), "w").close()
        client = subprocess.Popen(["sleep", "3600"])
        shell = start(name, path, directory)
        try:
            listed = offered(shell, "tcpv4connect -")
            found = options_of(listed)
            wanted = wanted_options(help_text)
            assert found == wanted, "offered: %s; in the help: %s" % (
                sorted(found - wanted), sorted(wanted - found))
            completes(shell, "tcpv4connect --timest", "--timestamp ")
            completes(shell, "tcpv4connect -r saved", "saved-by-w.trace")
            completes(shell, "tcpv4connect --read=saved", "saved-by-w.trace")
            pid = str(client.pid)
            completes(shell, "tcpv4connect -p " + pid[:-1], pid)
            completes(shell, "tcpv4connect -p 1," + pid[:-1], pid)
            completes(shell, "tcpv4connect -u 6553", "65534")
        finally:
            shell.close()
            client.kill()
            client.wait()


def fish_offers(path, words):
    return subprocess.run(
        ["fish", "--no-config", "-c", "source %s; complete -C '%s'"
         % (path, words)], check=True, timeout=SECONDS,
        stdout=subprocess.PIPE).stdout.decode().splitlines()


def in_fish(path, help_text):
    """It has a command that completes a line."""
    names = {line.split("\t")[0] for words in ("tcpv4connect -",
                                               "tcpv4connect --")
             for line in fish_offers(path, words)}
    wanted = wanted_options(help_text)
    names = {name.rstrip("=") for name in names}
    assert names == wanted, "offered: %s; in the help: %s" % (
        sorted(names - wanted), sorted(wanted - names))
    pid = str(os.getpid())
    for words, want in (("-p ", pid), ("--uid=", "65534"),
                        ("-t", "-tp"), ("--read /etc/host", "/etc/hosts")):
        got = [line.split("\t")[0] for line in
               fish_offers(path, "tcpv4connect " + words)]
        assert any(want in each for each in got), (words, want, got)


def main():
    name, path = sys.argv[1:3]
    with open(sys.argv[3]) as file:
        help_text = file.read()
    if name == "fish":
        in_fish(path, help_text)
    else:
        in_terminal(name, path, help_text)
    print("%s completes" % name)


main()
