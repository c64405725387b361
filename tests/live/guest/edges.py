"""edges.py ROWS LOG FAILED READY STOP: the rows of a run that began and ended in
the middle of a load (tests/live/load.c), held against what the load wrote.

ROWS is the program's stdout. LOG is the prefix of the load's files. FAILED is 1
where only failed connects are wanted. READY is when the header was there, STOP
when the run was asked to end, in seconds of CLOCK_MONOTONIC.

Every connect between READY and STOP has to be a row, and every row a connect; no
row is there twice, nor by half. Prints "ok", or what is wrong.
"""
import glob
import sys

FAILED_TO = '198.51.100.'


def read_load(prefix):
    load = {}
    for name in glob.glob(prefix + '.[0-9]*'):
        with open(name, encoding='ascii') as file:
            for line in file:
                start, end, address, port = line.split()
                load[address, port] = (int(start), int(end))
    return load


def wanted_source(destination):
    return '0.0.0.0' if destination.startswith(FAILED_TO) else '127.0.0.1'


def faults(rows, load, only_failed, ready, stop):
    seen = set()
    for row in rows:
        source, destination, port = row.split()[2:5]
        key = destination, port
        if key not in load:
            yield f'a row of no connect: {row}'
        elif key in seen:
            yield f'a row that was there before: {row}'
        elif source != wanted_source(destination):
            yield f'half a row: {row}'
        elif only_failed and not destination.startswith(FAILED_TO):
            yield f'a row of a connect that did not fail: {row}'
        seen.add(key)
    for key, (start, end) in load.items():
        if (start > ready and end < stop and key not in seen and
                (not only_failed or key[0].startswith(FAILED_TO))):
            yield f'no row of {key}, begun {start - ready} us after READY'


def main():
    path, prefix, only_failed, ready, stop = sys.argv[1:]
    with open(path, encoding='ascii') as file:
        rows = file.read().splitlines()[1:]
    found = list(faults(rows, read_load(prefix), only_failed == '1',
                        float(ready) * 1e6, float(stop) * 1e6))
    print('\n'.join(found[:20]) if found else 'ok')
    if found:
        print(f'{len(found)} faults, {len(rows)} rows')


main()
