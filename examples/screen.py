#!/usr/bin/env python3
"""screen.py <screen.txt >screen.svg: the picture at the top of README.md, made
from a recording of two terminals (tests/screen makes that).

Each line of a recording has the seconds since the start, the terminal ("tracer"
or "shell") and the line that appeared there. In the picture the lines appear in
the same order, after pauses that are at most PAUSE seconds long. Where nothing
moves, as on paper, all lines are there."""

import re
import sys
from xml.sax.saxutils import escape

TERMINALS = [("tracer", "one terminal"), ("shell", "another one")]
PATTERN = r" *([0-9.]+) (\w+) ?(.*)"
PAUSE = 1.6
HOLD = 8.0      # seconds for which the last picture stays
SIZE = 14       # of the letters; a letter is 0.6 of that wide
LINE = 20       # from one line to the next
WIDTH = 640
MARGIN = 16
BAR = 26        # the height of a terminal's title bar

STYLE = """\
text{font:%dpx ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",\
monospace;white-space:pre;fill:#1f2328}
rect{fill:#fbfbf9;stroke:#c3c8cc}
.bar{fill:#e8ebed;stroke:#c3c8cc}
.name{font-size:12px;fill:#59636e}
.typed{font-weight:bold;fill:#0b5c2f}
.head{fill:#0550ae}
@media (prefers-color-scheme:dark){
text{fill:#e6edf3}
rect{fill:#0d1117;stroke:#3d444d}
.bar{fill:#21262d;stroke:#3d444d}
.name{fill:#9198a1}
.typed{fill:#7ee2a0}
.head{fill:#79c0ff}
}
@media (prefers-reduced-motion:reduce){text{animation:none!important}}
""" % SIZE


def read_recording(lines):
    """(seconds, terminal, text) of each line, with the pauses cut short."""
    events, before, now = [], 0.0, 0.0
    for line in lines:
        seconds, terminal, text = re.match(PATTERN, line).groups()
        now += min(float(seconds) - before, PAUSE)
        before = float(seconds)
        events.append((now, terminal, text))
    return events


def kind(text):
    """How a line is to look."""
    if text[:2] in ("# ", "$ ") or text == "^C":
        return "typed"
    return "head" if text.startswith("PID ") else "out"


def draw_line(y, event, period):
    """A line, and the moment at which it appears."""
    seconds, _, text = event
    name = f"t{round(seconds * 100)}"
    moment = f"{100 * seconds / period:.2f}%"
    return (f"@keyframes {name}{{0%{{opacity:0}}"
            f"{moment},100%{{opacity:1}}}}",
            f'<text class="{kind(text)}" x="{MARGIN}" y="{y}" '
            f'style="animation:{name} {period:.1f}s step-end infinite">'
            f"{escape(text)}</text>")


def draw_terminal(top, name, events, period):
    """A box with its lines; returns its height, the moments and the drawing."""
    height = BAR + LINE * len(events) + MARGIN
    moments = []
    drawn = [f'<rect x="0.5" y="{top}" width="{WIDTH - 1}" height="{height}" '
             f'rx="7"/><rect class="bar" x="0.5" y="{top}" '
             f'width="{WIDTH - 1}" height="{BAR}" rx="7"/>'
             f'<text class="name" x="{MARGIN}" y="{top + 17}">{name}</text>']
    for number, event in enumerate(events):
        moment, line = draw_line(top + BAR + LINE * (number + 1), event,
                                 period)
        moments.append(moment)
        drawn.append(line)
    return height, moments, drawn


def main():
    """Both terminals, one above the other."""
    events = read_recording(sys.stdin)
    period = events[-1][0] + HOLD
    top, moments, drawn = 0.5, [], []
    for terminal, name in TERMINALS:
        height, more_moments, lines = draw_terminal(
            top, name, [e for e in events if e[1] == terminal], period)
        top += height + 10
        moments += more_moments
        drawn += lines
    height = round(top - 9)
    print(f'<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" '
          f'viewBox="0 0 {WIDTH} '
          f'{height}" width="{WIDTH}" height="{height}" role="img">')
    print("<title>tcpv4connect in one terminal, clients in another</title>")
    print("<style>")
    print(STYLE + "\n".join(dict.fromkeys(moments)))
    print("</style>")
    print("\n".join(drawn))
    print("</svg>")


main()
