#!/usr/bin/env python3
"""coverage.py SOURCE BUILD [COUNTS]... - what of SOURCE/tool ran.

BUILD was built with -DCOVERAGE=ON. Each COUNTS is a directory with counts of
another machine's, as GCOV_PREFIX makes them: their paths are BUILD's, below
it. Prints, for each file, how many of the lines that have code ran, and the
functions of which none did. Takes gcov of gcc 9 or newer.
"""
import json
import os
import shutil
import subprocess
import sys


def counts_below(top):
    for directory, _, names in os.walk(top):
        for name in names:
            if name.endswith('.gcda'):
                yield os.path.join(directory, name)


def bring_notes(counts):
    """gcov wants the compiler's notes beside the counts."""
    for path in counts_below(counts):
        notes = '/' + os.path.relpath(path, counts)[:-len('da')] + 'no'
        if os.path.exists(notes):
            shutil.copy(notes, path[:-len('da')] + 'no')


def gcov(path):
    found = subprocess.run(['gcov', '--json-format', '--stdout', path],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                           cwd=os.path.dirname(path), check=False)
    for line in found.stdout.splitlines():
        yield from json.loads(line)['files']


def add(files, source, file):
    path = os.path.relpath(os.path.join(source, file['file']), source)
    if not path.startswith('tool/'):
        return
    lines, functions = files.setdefault(path[len('tool/'):], ({}, {}))
    for line in file['lines']:
        number = line['line_number']
        lines[number] = lines.get(number, 0) + line['count']
    for function in file['functions']:
        name = function['name']
        count = functions.get(name, 0) + function['execution_count']
        functions[name] = count


def row(name, lines):
    ran = sum(count > 0 for count in lines)
    print('%-20s %5d %5d %6.1f %%' % (name, len(lines), ran,
                                      100 * ran / len(lines)))


def main():
    source, build, *counts = map(os.path.abspath, sys.argv[1:])
    files = {}
    for directory in counts:
        bring_notes(directory)
    for directory in [build, *counts]:
        for path in counts_below(directory):
            for file in gcov(path):
                add(files, source, file)
    if not files:
        sys.exit('coverage: nothing was counted in ' + build)
    print('%-20s %5s %5s %8s' % ('file in tool/', 'lines', 'ran', ''))
    for name in sorted(files):
        row(name, files[name][0].values())
    row('all', [count for lines, _ in files.values()
                for count in lines.values()])
    missed = ['%s:%s' % (name, function) for name in sorted(files)
              for function, count in sorted(files[name][1].items())
              if not count]
    print('functions that did not run: ' + (' '.join(missed) or 'none'))


if __name__ == '__main__':
    main()
