"""report.py DIR... - the verdicts of verifier.py on compiled BPF texts.

Each DIR holds the output of one libbcc. The verdicts on refused/FORM.insns must
equal those of real kernels in refused.cells. Every kernel must accept every
texts/OPTIONS.insns. Prints a table of each, then the failures."""
import functools
import os
import sys

import verifier

KERNELS = [(4, 4), (4, 9), (4, 14), (4, 18), (4, 19), (5, 4)]
HERE = os.path.dirname(os.path.abspath(__file__))

# The program itself refuses these options on older kernels.
SINCE = {"--cgroupmap": (4, 18), "--mntnsmap": (4, 18)}


def name_of(kernel):
    return "%d.%d" % kernel


@functools.lru_cache(maxsize=None)
def verdict_on(name, insns, maps, kernel):
    try:
        verifier.check(verifier.Function(name, insns, dict(maps)), kernel)
    except verifier.Refused as why:
        return f"{name}: {why}"
    return ""


def verdict(functions, kernel):
    """Why the kernel refuses a text, "" if it accepts it."""
    for name, insns, maps in functions:
        why = verdict_on(name, tuple(insns), tuple(maps.items()), kernel)
        if why:
            return why
    return ""


def compiled(directory, kind):
    """The version of libbcc, and each text's functions by its name."""
    texts, version = {}, ""
    for entry in sorted(os.listdir(os.path.join(directory, kind))):
        name, extension = os.path.splitext(entry)
        if extension == ".insns":
            version, texts[name] = verifier.read(
                os.path.join(directory, kind, entry))
    return version.rpartition(".")[0], texts


def cells():
    """The forms of refused.text, and the verdicts of real kernels on them: "y",
    "n" or "." for each form, by kernel and libbcc."""
    with open(os.path.join(HERE, "refused.cells"), encoding="ascii") as lines:
        rows = [line.split() for line in lines if not line.startswith("#")]
    return rows[0][2:], {tuple(row[:2]): row[2:] for row in rows[1:]}


def prove(libraries):
    """Compare verifier.py with real kernels. Returns what differs."""
    wrong, compared = [], 0
    forms, expected = cells()
    print("refused.text: accepted (y) or refused (n), * as on a real kernel")
    print(f"{'':12}", *(f"{form:8}" for form in forms))
    for kernel in verifier.WALKED:
        for version, texts in libraries:
            row = f"{name_of(kernel):5} {version:6}"
            reals = expected.get((name_of(kernel), version), "." * len(forms))
            for form, real in zip(forms, reals):
                why = verdict(texts[form], kernel)
                said = "n" if why else "y"
                row += f" {said}{'*' if said == real else ' ':7}"
                compared += real != "."
                if real not in (said, "."):
                    wrong.append(f"FAIL: refused.text, {form}, {version}:"
                                 f" Linux {name_of(kernel)} said {real},"
                                 f" verifier.py {why or 'y'}")
            print(row)
    print(f"{compared} compared\n")
    if not compared:
        wrong.append("FAIL: refused.cells has no row for any libbcc here")
    return wrong


def accept(libraries):
    """Returns which kernel refuses which of the program's texts."""
    wrong = []
    names = sorted({name for _, texts in libraries for name in texts},
                   key=lambda name: (name.startswith("--"), len(name), name))
    print("instructions of both functions, and the verdicts of",
          ", ".join(map(name_of, KERNELS)))
    print(f"{'':24}", *(f"{version:11}" for version, _ in libraries))
    for name in names:
        row = [f"{name:24}"]
        for version, texts in libraries:
            said = ""
            for kernel in KERNELS:
                if kernel < SINCE.get(name, (0, 0)):
                    said += "."
                    continue
                why = verdict(texts[name], kernel)
                said += "n" if why else "y"
                if why:
                    wrong.append(f"FAIL: Linux {name_of(kernel)}, libbcc"
                                 f" {version}, {name}: {why}")
            count = sum(len(function.insns) for function in texts[name])
            row.append(f"{count:4} {said:6}")
        print(*row)
    return wrong


def main():
    directories = sys.argv[1:]
    wrong = prove([compiled(each, "refused") for each in directories])
    wrong += accept([compiled(each, "texts") for each in directories])
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
