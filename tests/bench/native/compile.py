"""compile.py FILE - what a Python tool on bcc does before it attaches."""
import sys

from bcc import BPF

with open(sys.argv[1]) as file:
    bpf = BPF(text=file.read())
for name in (b"trace_connect_entry", b"trace_connect_v4_return",
             b"trace_connect_v6_return"):
    bpf.load_func(name, BPF.KPROBE)
print("loaded")
