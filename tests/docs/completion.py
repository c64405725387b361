"""completion.py bash|zsh|fish FILE HELP - types at the shell in a terminal of its
own and looks at what it offers, with FILE, the completion of tcpv4connect: every
option that HELP, the text of -h, tells of, and no other; in zsh and fish with its
text; and values, where an option has one."""
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
    return re.findall(r"(?<![\w-])(--?[A-Za-z][a-z-]*)", text)


def help_entries(help_text):
    """Of each option, long or short: its text, and whether it has to have a value.
    It begins a line; a value's name may follow, and its text, also on more lines."""
    texts, with_value = {}, set()
    for head, text in re.findall(r"^  (-\S+(?: \S+)*)\s+(.*(?:\n {24}.*)*)$",
                                 help_text, re.MULTILINE):
        for option in options_of(head):
            texts[option] = " ".join(text.split())
            if " " in head.split(", ")[0]:
                with_value.add(option)
    return texts, with_value


def check_options(found, wanted):
    """Both are options and their texts. Bash shows no texts."""
    differ = {option for option in found.keys() | wanted.keys()
              if option not in found or option not in wanted
              or found[option] not in (wanted[option], None)}
    assert wanted and not differ, "\n".join(
        "%s: offered as %r; in the help: %r"
        % (option, found.get(option, "nothing"), wanted.get(option, "nothing"))
        for option in sorted(differ))


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


def listed_options(name, listed):
    """zsh: "--pid   -p  -- trace this PID only"."""
    if name == "bash":
        return {option: None for option in options_of(listed)}
    return {option: text.strip()
            for names, text in re.findall(r"^(-.*?)  -- (.*)$", listed,
                                          re.MULTILINE)
            for option in options_of(names)}


def takes_value(shell, option):
    """Then what comes next is not completed as an option."""
    shell.type("tcpv4connect %s --verb\tX" % option)
    said = shell.until(r"--verb(ose[ \b]+)?X")
    shell.type("\x15\n")
    shell.until(PROMPT)
    return said.endswith("--verbX")


def in_terminal(name, path, texts, with_value):
    with tempfile.TemporaryDirectory() as directory:
        open(os.path.join(directory, "saved-by-w.trace"), "w").close()
        client = subprocess.Popen(["sleep", "3600"])
        shell = start(name, path, directory)
        try:
            listed = offered(shell, "tcpv4connect -")
            check_options(listed_options(name, listed), texts)
            for option in sorted(texts.keys() - {"-v", "--verbose"}):
                assert takes_value(shell, option) == (option in with_value), \
                    option
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


def in_fish(path, texts):
    """It has a command that completes a line."""
    found = dict(line.split("\t") for words in ("-", "--")
                 for line in fish_offers(path, "tcpv4connect " + words))
    check_options({option.rstrip("="): text for option, text in found.items()},
                  texts)
    pid = str(os.getpid())
    for words, want in (("-p ", pid), ("--uid=", "65534"),
                        ("-t", "-tp"), ("--read /etc/host", "/etc/hosts")):
        got = [line.split("\t")[0] for line in
               fish_offers(path, "tcpv4connect " + words)]
        assert any(want in each for each in got), (words, want, got)


def main():
    name, path = sys.argv[1:3]
    with open(sys.argv[3]) as file:
        entries = help_entries(file.read())
    if name == "fish":
        in_fish(path, entries[0])
    else:
        in_terminal(name, path, *entries)
    print("%s completes" % name)


main()
