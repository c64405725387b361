"""table.py [--summary] DIR - the numbers of DIR/*.tsv as Markdown tables.

One table for each measure and, where it was taken for several cases (numbers of
connects, of copies), for each place. A cell is the median of all rounds, the
least and the greatest, and how many times as much as tcpv4connect's median it is
or, where there is a floor to compare with, how much more than that.
--summary makes the tables of README.md here instead."""
import collections
import os
import statistics
import sys

PARTS = ["ready", "load", "memory", "connect", "host", "cpus", "read",
         "storm", "growth", "size"]
# The kernels of virtual machines, in the order of the tables.
KERNELS = ["5.10", "6.1", "6.12", "7.2"]
OURS = "tcpv4connect"

# What a measure would be without any of the competitors.
FLOORS = {
    "connect_cpu_ns": "no tracer",
    "connect_elapsed_ns": "no tracer",
    "connect_median_ns": "no tracer",
    "host_percent": "no tracer",
    "read_cpu_ns": "cat",
    "read_cpu_ns_by_events": "cat",
}

TITLES = {
    "ready_s": "from exec to live probes, s",
    "start_and_stop_cpu_s": "processor time to start and to stop, s",
    "compile_and_load_s": "to compile and load, s",
    "compile_and_load_cpu_s": "processor time to compile and load, s",
    "compiler_peak_kb": "the process that compiles, at its peak, kB resident",
    "peak_kb": "the largest process at its peak, kB resident",
    "rss_kb": "resident after so many connects or events, kB",
    "pss_kb": "the same, with shared pages shared out (Pss), kB",
    "anonymous_kb": "the same, anonymous pages alone, kB",
    "kernel_kb": "what the kernel allocates for it (maps, buffers), kB",
    "connect_cpu_ns": "a connect(), the process's own time, ns",
    "connect_elapsed_ns": "a connect(), as time passes, ns",
    "connect_median_ns": "a connect(), as time passes, the median of all, ns",
    "host_percent": "percent of a processor, at so many connects a second",
    "reader_percent": "percent of a processor that reads, at so many lines a "
                      "second",
    "ledger_ns": "to count a connect, on so many CPUs at once, ns",
    "read_cpu_ns": "processor time for each event, ns",
    "rows_of_9600": "rows of 9600 connects",
    "reader_cpu_ns_per_connect":
        "processor time of the tracer for each of so many connects, ns",
    "rss_kb_after_connects": "resident after so many connects, kB",
    "connect_cpu_ns_by_values": "a connect() with so many values of an "
                                "option, none of them its own, ns",
    "connect_cpu_ns_by_copies": "a connect() with so many copies at once, ns",
    "rss_kb_of_all_copies": "resident, all of so many copies, kB",
    "read_cpu_ns_by_events":
        "processor time for each of so many events, ns",
    "write_ns_by_copies": "to write a line with so many copies at once, ns",
    "file_kb": "the program's file, kB",
    "packages": "packages that it needs beside the C library's",
    "packages_mb": "these packages installed, MB",
}

# Measures of README.md's tables, and the case of each.
SUMMARY = [
    ("storm", "rows_of_9600", "-", "rows of 9600"),
    ("load", "compile_and_load_s", "-", "compile and load, s"),
    ("size", "packages_mb", "-", "packages needed, MB"),
]
MEMORY_SUMMARY = [
    ("memory", "rss_kb", "10000", "resident after 10000 connects (VmRSS), kB"),
    ("memory", "rss_kb", "1000000", "resident after a million, kB"),
    ("memory", "anonymous_kb", "10000", "of VmRSS its own (RssAnon), kB"),
    ("memory", "kernel_kb", "-", "in the kernel (maps, buffers), kB"),
    ("memory", "peak_kb", "-", "largest process at its peak, kB"),
]
COMPETITORS = [OURS, "tcpconnect-libbpf", "tcpconnect.bt",
               "tcpconnect-bpfcc"]
CONNECT_SUMMARY = [
    ("connect", "connect_cpu_ns", "-", "a connect(), instructions"),
    ("connect", "connect_elapsed_ns", "-", "the same, with its tracer"),
]
# Exact, as long as nothing is printed.
FILTER_SUMMARY = [
    ("connect", "connect_median_ns", "-", "a connect(), instructions"),
]
# Connects a second.
HOST_SUMMARY = [
    ("host", "host_percent", rate, rate + " connects a second, percent")
    for rate in ("100", "1000", "10000")
]
READER_SUMMARY = [
    ("host", "reader_percent", rate,
     "to read %s lines a second, percent" % rate)
    for rate in ("100", "1000", "10000")
]
FILTERS = [OURS + " -p", "a user id", OURS + " -u", "a search",
           OURS + " --cgroupmap"]
PARTS_OF_CONNECT = ["empty probes", "+ maps", "+ message", "+ instance",
                    "+ global"]
READ_SUMMARY = [
    ("read", "read_cpu_ns", None, "processor time for each event, ns"),
]
CPUS_SUMMARY = [
    ("cpus", "ledger_ns", cpus, "to count a connect, ns, CPUs at once: " + cpus)
    for cpus in ("1", "2")
]
LEDGERS = ["shared ledger", "own ledger"]
READERS = ["cat", OURS, OURS + " -j", "Python, trace_fields"]


def read(directory, part):
    """{measure: {case: {place: {competitor: [value]}}}}, in the file's order."""
    def tree():
        return collections.defaultdict(tree)
    found = tree()
    path = os.path.join(directory, part + ".tsv")
    if not os.path.exists(path):
        return found
    with open(path) as file:
        lines = [line.rstrip("\n").split("\t") for line in file]
    # Machines that run side by side end in any order.
    lines.sort(key=lambda line: KERNELS.index(line[0])
               if line[0] in KERNELS else -1)
    for place, measure, case, competitor, _, value in lines:
        found[measure][case][place].setdefault(competitor, []).append(
            float(value))
    return found


def number(value):
    if value == int(value):
        return "%d" % value
    return "%.3g" % value if abs(value) < 100 else "%.0f" % value


def compared(median, measure, values, competitor):
    """With the floor, as a difference; or with ours, as a ratio."""
    floor = values.get(FLOORS.get(measure))
    if floor:
        base = statistics.median(floor)
        more = ("" if median < base else "+") + number(median - base)
        if (measure == "host_percent" or
                competitor in PARTS_OF_CONNECT + FILTERS):
            return more
        return "%s (%+.0f %%)" % (more, 100 * (median / base - 1))
    base = statistics.median(values.get(OURS, [0]))
    return "%.2f×" % (median / base) if base else ""


def cell(measure, values, competitor, is_short=False):
    """values: of all competitors, for one case at one place. Short: no range,
    and where there is a floor, only the difference from it."""
    own = values.get(competitor)
    if not own:
        return "-"
    median = statistics.median(own)
    text = number(median)
    if not is_short and min(own) != max(own):
        text += " (%s..%s)" % (number(min(own)), number(max(own)))
    if competitor not in (FLOORS.get(measure) or OURS,):
        more = compared(median, measure, values, competitor)
        has_floor = values.get(FLOORS.get(measure))
        text = more if is_short and has_floor else text + " " + more
    return text.strip()


def print_table(measure, head, columns, competitors):
    """columns: for each heading, the values of all competitors."""
    print("| %s | %s |" % (head, " | ".join(columns)))
    print("|---|%s" % ("---|" * len(columns)))
    for competitor in competitors:
        print("| %s | %s |" % (competitor, " | ".join(
            cell(measure, values, competitor)
            for values in columns.values())))
    print()


def competitors_of(cases):
    names = {}
    for places in cases.values():
        for values in places.values():
            names.update(dict.fromkeys(values))
    order = ["no tracer"] + READERS + COMPETITORS + PARTS_OF_CONNECT + FILTERS
    return sorted(names, key=lambda name:
                  order.index(name) if name in order else len(order))


def print_measure(part, measure, cases):
    places = list(dict.fromkeys(
        place for found in cases.values() for place in found))
    title = "%s: %s" % (part, TITLES.get(measure, measure))
    competitors = competitors_of(cases)
    print("### %s\n" % title)
    if len(cases) == 1:
        case, = cases
        print_table(measure, "", cases[case], competitors)
        return
    for place in places:
        print_table(measure, place, {
            case: cases[case][place] for case in cases if place in cases[case]
        }, competitors)


def print_all(directory):
    for part in PARTS:
        for measure, cases in read(directory, part).items():
            print_measure(part, measure, cases)


def print_summary(directory, rows, competitors):
    """A table without a figure is left out."""
    lines = []
    for part, measure, case, title in rows:
        cases = read(directory, part)[measure]
        for place, values in cases[case or next(iter(cases), "-")].items():
            lines.append("| %s, %s | %s |" % (title, place, " | ".join(
                cell(measure, values, name, is_short=True)
                for name in competitors)))
    if lines:
        print("| | %s |" % " | ".join(competitors))
        print("|---|%s" % ("---|" * len(competitors)))
        print("\n".join(lines) + "\n")


def main():
    if sys.argv[1] == "--summary":
        print_summary(sys.argv[2], HOST_SUMMARY,
                      ["no tracer", OURS, OURS + " -c", OURS + " -p"] +
                      COMPETITORS[1:])
        print_summary(sys.argv[2], READER_SUMMARY, READERS[:2])
        print_summary(sys.argv[2], CONNECT_SUMMARY,
                      ["no tracer", OURS, OURS + " before", OURS + " -c"] +
                      COMPETITORS[1:])
        print_summary(sys.argv[2], FILTER_SUMMARY,
                      PARTS_OF_CONNECT[:1] + FILTERS)
        print_summary(sys.argv[2], CONNECT_SUMMARY[:1], PARTS_OF_CONNECT)
        print_summary(sys.argv[2], CPUS_SUMMARY, LEDGERS)
        print_summary(sys.argv[2], READ_SUMMARY, READERS)
        print_summary(sys.argv[2], MEMORY_SUMMARY, COMPETITORS)
        print_summary(sys.argv[2], SUMMARY, COMPETITORS)
    else:
        print_all(sys.argv[1])


main()
