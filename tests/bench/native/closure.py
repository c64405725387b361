"""closure.py STATUS PACKAGE... - how many packages, and how many kB installed,
PACKAGE... and all that they depend on are, less libc6 and what that depends on.
STATUS is dpkg's, of a system in which all of them are installed."""
import re
import sys


def read_status(path):
    """Packages by name, and by what they provide."""
    packages = {}
    with open(path) as file:
        for entry in file.read().split("\n\n"):
            fields = dict(re.findall(r"^([\w-]+): (.*)$", entry, re.M))
            if "installed" not in fields.get("Status", ""):
                continue
            names = [fields["Package"]]
            names += re.findall(r"[^\s,()]+(?= *(?:,|\(|$))",
                                fields.get("Provides", ""))
            for name in names:
                packages.setdefault(name, fields)
    return packages


def names_in(fields):
    """The first of each choice that may be meant, as a list of choices."""
    text = ", ".join(fields[key] for key in ("Pre-Depends", "Depends")
                     if key in fields)
    for wanted in filter(None, text.split(",")):
        yield [re.match(r"\s*([^\s:(]+)", choice).group(1)
               for choice in wanted.split("|")]


def closure(packages, names):
    found, left = {}, list(names)
    while left:
        fields = packages[left.pop()]
        if fields["Package"] in found:
            continue
        found[fields["Package"]] = int(fields.get("Installed-Size", 0))
        for choices in names_in(fields):
            left += [name for name in choices if name in packages][:1]
    return found


def main():
    packages = read_status(sys.argv[1])
    base = closure(packages, ["libc6"])
    found = closure(packages, sys.argv[2:])
    sizes = [size for name, size in found.items() if name not in base]
    print(len(sizes), sum(sizes))


main()
