"""verifier.py - would the verifier of Linux 4.4 to 5.4 accept a kprobe program?

The verifier walks a program instruction by instruction, down every path. For
each register and each byte of the stack it remembers what kind of value is
there. Linux 4.4 and 4.9 remember little, and refuse correct programs that they
cannot follow. check() walks a program as they do, with the rules that root's
programs get: those may compare, store and print pointers.

The rules were read in kernel/bpf/verifier.c and kernel/trace/bpf_trace.c of the
4.4 and 4.9 stable kernels. Where these differ, the stricter rule is here.

Newer kernels follow all that 4.4 follows. For those, check() only looks for
instructions and helpers that they lack.
"""
from collections import defaultdict, namedtuple

Insn = namedtuple("Insn", "code dst src off imm")

# maps: the sizes of a map's key and value, by its descriptor.
Function = namedtuple("Function", "name insns maps")


class Refused(Exception):
    """Why the kernel refuses, often in the words of its log."""


def read(path):
    """The version of libbcc, and the functions in a file of instructions.c."""
    version, functions = "", []
    with open(path, encoding="ascii") as lines:
        for line in lines:
            word, *rest = line.split()
            if word == "libbcc":
                version = rest[0]
            elif word == "function":
                functions.append(Function(rest[0], [], {}))
            elif word == "map":
                fd, key, value = map(int, rest)
                functions[-1].maps[fd] = (key, value)
            else:
                functions[-1].insns.append(Insn(*map(int, rest)))
    return version, functions


# Kernels ---------------------------------------------------------------------

# offsets: a pointer into a map value, a pointer into the stack or a constant is
#   still known after a constant was added to it.
# room: a helper may write to stack bytes that the program has not written.
# equals: after "if (x == 5)" the register of x is known to be 5.
Rules = namedtuple("Rules", "offsets room equals")

WALKED = {
    (4, 4): Rules(offsets=False, room=False, equals=True),
    (4, 9): Rules(offsets=True, room=True, equals=False),
}

MAX_INSNS = 4096
MAX_STEPS = 32768   # on all paths together; 4.9 allows more
MAX_PENDING = 1024  # branches still to be walked
STACK = 512
CONTEXT_SIZE = 21 * 8    # struct pt_regs of x86_64

# since: the first kernel that has the helper for kprobes.
# arguments: "key" and "value" are those of the "map" before them. "size" is
#   that of the stack bytes before it: "data" that the helper reads, or "room"
#   that it fills. "any" is a register with anything in it.
Helper = namedtuple("Helper", "since arguments")

LOOKUP = 1
HELPERS = {
    LOOKUP: Helper((4, 4), "map key"),
    2: Helper((4, 4), "map key value any"),     # map_update_elem
    3: Helper((4, 4), "map key"),               # map_delete_elem
    4: Helper((4, 4), "room size any"),         # probe_read
    5: Helper((4, 4), ""),                      # ktime_get_ns
    6: Helper((4, 4), "data size"),             # trace_printk
    14: Helper((4, 4), ""),                     # get_current_pid_tgid
    15: Helper((4, 4), ""),                     # get_current_uid_gid
    16: Helper((4, 4), "room size"),            # get_current_comm
    35: Helper((4, 8), ""),                     # get_current_task
    80: Helper((4, 18), ""),                    # get_current_cgroup_id
}

# Instructions (include/uapi/linux/bpf.h) --------------------------------------

LD, LDX, ST, STX, ALU, JMP, JMP32, ALU64 = range(8)
ADD, DIV, LSH, RSH, NEG, MOD, MOV, ARSH, END = (
    0x00, 0x30, 0x60, 0x70, 0x80, 0x90, 0xb0, 0xc0, 0xd0)
JA, JEQ, JNE, CALL, EXIT, JLT = 0x00, 0x10, 0x50, 0x80, 0x90, 0xa0
LD_IMM64 = 0x18
MEM, ATOMIC = 0x60, 0xc0
SIZES = {0x00: 4, 0x08: 2, 0x10: 1, 0x18: 8}


def class_of(insn):
    return insn.code & 0x07


def operation(insn):
    return insn.code & 0xf0


def mode(insn):
    return insn.code & 0xe0


def size_of(insn):
    return SIZES[insn.code & 0x18]


def has_source(insn):
    """Is the second operand a register, and not a constant?"""
    return bool(insn.code & 0x08)


def first_kernel(insn):
    """The first kernel that knows this instruction."""
    kind = class_of(insn)
    if kind == JMP32:
        return 5, 1
    if kind == JMP and operation(insn) >= JLT:
        return 4, 14
    if kind == ALU and operation(insn) == ARSH:
        return 5, 0
    if kind == STX and mode(insn) == ATOMIC and insn.imm:
        return 5, 12        # an atomic operation other than "add"
    if (kind == ALU64 and operation(insn) == END or
            kind == LDX and mode(insn) != MEM or
            kind in (ALU, ALU64) and insn.off):
        return 6, 6
    return 4, 4


def check_parts(function, kernel):
    """Does the kernel have every instruction and helper of the function?"""
    skip = False
    if len(function.insns) > MAX_INSNS:
        raise Refused(f"{len(function.insns)} instructions")
    for at, insn in enumerate(function.insns):
        if skip:    # the second half of a 64-bit constant
            skip = False
            continue
        skip = insn.code == LD_IMM64
        if first_kernel(insn) > kernel:
            raise Refused(f"{at}: unknown instruction {insn.code:#x}")
        if insn.code == JMP | CALL:     # with src: libbcc does not declare it
            helper = HELPERS.get(insn.imm)
            if insn.src or not helper or helper.since > kernel:
                raise Refused(f"{at}: unknown func {insn.imm}")


# The graph -------------------------------------------------------------------


def successors(insns, at):
    insn = insns[at]
    if class_of(insn) != JMP or operation(insn) == CALL:
        return [at + 1]
    if operation(insn) == EXIT:
        return []
    if operation(insn) == JA:
        return [at + 1 + insn.off]
    return [at + 1, at + 1 + insn.off]


def check_graph(insns):
    """The program may not loop, nor have instructions that no path reaches."""
    state = ["new"] * len(insns)
    path = [(0, iter([0]))]
    while path:
        parent, edges = path[-1]
        at = next(edges, None)
        if at is None:
            state[parent] = "done"
            path.pop()
        elif at >= len(insns):
            raise Refused(f"jump out of range from insn {parent} to {at}")
        elif state[at] == "open":
            raise Refused(f"back-edge from insn {parent} to {at}")
        elif state[at] == "new":
            state[at] = "open"
            path.append((at, iter(successors(insns, at))))
    if "new" in state:
        raise Refused(f"unreachable insn {state.index('new')}")


# Registers and the stack ------------------------------------------------------

# kind: what a register holds, in the words of the kernel's log: "inv" is some
#   number, "imm" a known one.
# value: the number of an "imm"; a "stack" pointer's offset from the end of the
#   stack; the offset of a "map_value" or "map_value_adj", None if unknown.
# map: the descriptor of the map that a "map..." belongs to.
Reg = namedtuple("Reg", "kind value map")

NOTHING = Reg("?", 0, 0)
UNKNOWN = Reg("inv", 0, 0)
CONTEXT = Reg("ctx", 0, 0)
FRAME = Reg("fp", 0, 0)
SPILLABLE = {"map_value", "map_value_or_null", "fp", "stack", "ctx", "map_ptr"}


def constant(value):
    return Reg("imm", value, 0)


def bits(offset, size):
    """A bit for each of size bytes of the stack, at an offset from its end."""
    return (1 << size) - 1 << STACK + offset


class State:
    """What is known before an instruction.

    data and spilled have a bit for each byte of the stack: data where the
    program wrote numbers, spilled where it keeps pointers. pointers has those
    pointers, by offset. A byte in neither is not written yet.
    """

    def __init__(self, regs, data=0, spilled=0, pointers=()):
        self.regs = list(regs)
        self.data = data
        self.spilled = spilled
        self.pointers = dict(pointers)

    def copy(self):
        return State(self.regs, self.data, self.spilled, self.pointers)

    def covers(self, other):
        """Is the other state safe, if this one is?"""
        return (all(old == new or old == NOTHING or
                    old == UNKNOWN and new != NOTHING
                    for old, new in zip(self.regs, other.regs)) and
                not self.data & ~other.data and
                not self.spilled & ~other.spilled and
                all(other.pointers.get(offset) == pointer
                    for offset, pointer in self.pointers.items()))


# The walk ---------------------------------------------------------------------


class Walker:
    def __init__(self, function, rules):
        self.insns = function.insns
        self.maps = function.maps
        self.rules = rules
        self.at = 0
        self.state = State([NOTHING, CONTEXT] + [NOTHING] * 8 + [FRAME])
        self.pending = []           # branches to walk: (instruction, state)
        self.context_loads = {}     # instruction: does it read the context?

    def refuse(self, reason):
        raise Refused(f"{self.at}: {reason}")

    def walk(self):
        """Walk all paths. Returns the number of instructions looked at."""
        points = self.prune_points()
        seen = defaultdict(list)
        self.pending = [(0, self.state)]
        steps = 0
        while self.pending:
            self.at, self.state = self.pending.pop()
            while self.at is not None:
                steps += 1
                if steps > MAX_STEPS:
                    self.refuse(f"too complex: {steps} steps")
                if self.at in points:
                    if any(old.covers(self.state) for old in seen[self.at]):
                        break
                    seen[self.at].append(self.state.copy())
                self.at = self.step(self.insns[self.at])
        return steps

    def prune_points(self):
        """Where to ask whether an earlier path makes this one superfluous."""
        jumps = [(at, insn) for at, insn in enumerate(self.insns)
                 if class_of(insn) == JMP]
        return ({at + 1 for at, insn in jumps if operation(insn) == JA} |
                {at + 1 + insn.off for at, insn in jumps
                 if operation(insn) not in (JA, CALL, EXIT)})

    def step(self, insn):
        """Do one instruction. Returns the next one, or None after exit."""
        kind = class_of(insn)
        if kind == JMP:
            return self.jump(insn)
        if kind in (ALU, ALU64):
            self.put(insn.dst, self.alu(insn))
        elif kind == LDX:
            self.load(insn)
        elif kind in (ST, STX):
            self.store(insn)
        elif insn.code == LD_IMM64:
            self.put(insn.dst, Reg("map_ptr", 0, insn.imm)
                     if insn.src else UNKNOWN)
            return self.at + 2
        else:
            self.refuse(f"unknown instruction {insn.code:#x}")
        return self.at + 1

    def get(self, number):
        reg = self.state.regs[number]
        if reg == NOTHING:
            self.refuse(f"R{number} !read_ok")
        return reg

    def put(self, number, reg):
        if number == 10:
            self.refuse("frame pointer is read only")
        self.state.regs[number] = reg

    # Arithmetic

    def alu(self, insn):
        """What the destination register holds afterwards."""
        op, is_64_bit = operation(insn), class_of(insn) == ALU64
        source = self.get(insn.src) if has_source(insn) else constant(insn.imm)
        if op == MOV:
            if is_64_bit:
                return source
            if not has_source(insn) and (insn.imm >= 0 or self.rules.offsets):
                return constant(insn.imm & 0xffffffff)
            return UNKNOWN
        target = self.get(insn.dst)
        if op in (NEG, END):
            return UNKNOWN
        if not has_source(insn):
            if op in (DIV, MOD) and not insn.imm:
                self.refuse("div by zero")
            if op in (LSH, RSH, ARSH) and not (
                    0 <= insn.imm < (64 if is_64_bit else 32)):
                self.refuse(f"invalid shift {insn.imm}")
        if op == ADD and is_64_bit:
            return self.sum_of(insn, target, source)
        return UNKNOWN

    def sum_of(self, insn, target, source):
        if target.kind == "fp" and not has_source(insn):
            return Reg("stack", insn.imm, 0)
        if not self.rules.offsets:
            return UNKNOWN
        is_known = source.kind == "imm"
        if target.kind == "stack" and is_known:
            if not -STACK <= target.value + source.value <= 0:
                self.refuse(f"R{insn.dst} out-of-bounds pointer arithmetic")
            return target._replace(value=target.value + source.value)
        if target.kind == "imm" and is_known:
            return constant(target.value + source.value)
        if target.kind in ("map_value", "map_value_adj"):
            is_known = is_known and target.value is not None
            return target._replace(
                kind="map_value_adj",
                value=target.value + source.value if is_known else None)
        return UNKNOWN

    # Memory

    def load(self, insn):
        base, size = self.get(insn.src), size_of(insn)
        value = self.read(insn.src, insn.off, size)
        if insn.dst == 10:
            self.refuse("frame pointer is read only")
        self.state.regs[insn.dst] = value
        if size >= 4:
            is_context = base.kind == "ctx"
            if self.context_loads.setdefault(self.at, is_context) != is_context:
                self.refuse("same insn cannot be used with different pointers")

    def store(self, insn):
        size = size_of(insn)
        self.get(insn.dst)
        if class_of(insn) == ST:
            self.write(insn.dst, insn.off, size, UNKNOWN)
            return
        value = self.get(insn.src)
        if mode(insn) != ATOMIC:
            self.write(insn.dst, insn.off, size, value)
            return
        if size < 4:
            self.refuse("BPF_XADD uses reserved fields")
        self.read(insn.dst, insn.off, size)
        self.write(insn.dst, insn.off, size, UNKNOWN)

    def read(self, number, offset, size):
        """What a register holds that is loaded from there."""
        base, offset = self.place(number, offset, size)
        if base.kind not in ("fp", "stack"):
            return UNKNOWN
        state, where = self.state, bits(offset, size)
        if state.spilled & bits(offset, 1):
            if size != 8 or offset not in state.pointers:
                self.refuse("invalid size of register spill")
            return self.filled(state.pointers[offset])
        if where & ~state.data:
            self.refuse(f"invalid read from stack off {offset} size {size}")
        return UNKNOWN

    def filled(self, reg):
        """A pointer loaded from the stack loses what is known of its offset."""
        if reg.kind.startswith("map_value") and self.rules.offsets:
            return reg._replace(value=None)
        return reg

    def write(self, number, offset, size, reg):
        base, offset = self.place(number, offset, size)
        if base.kind == "ctx":
            self.refuse("invalid bpf_context access")
        if base.kind in ("fp", "stack"):
            self.write_stack(offset, size, reg)

    def write_stack(self, offset, size, reg):
        state, where = self.state, bits(offset, size)
        state.pointers.pop(offset & ~7, None)
        if reg.kind in SPILLABLE:
            if size != 8:
                self.refuse("invalid size of register spill")
            state.spilled |= where
            state.data &= ~where
            state.pointers[offset] = reg
        else:
            state.data |= where
            state.spilled &= ~where

    def place(self, number, offset, size):
        """Check an access. Returns the base register, and the offset including
        its own."""
        base = self.get(number)
        if base.kind == "stack":
            offset += base.value
        if base.kind != "map_value_adj" and offset % size:
            self.refuse(f"misaligned access off {offset} size {size}")
        if base.kind == "map_value_adj":
            if base.value is None or base.value < 0:
                self.refuse(f"R{number} min value is negative")
            offset += base.value
        if base.kind in ("map_value", "map_value_adj"):
            self.check_range(offset, size, self.maps[base.map][1], "map value")
        elif base.kind == "ctx":
            self.check_range(offset, size, CONTEXT_SIZE, "bpf_context")
        elif base.kind in ("fp", "stack"):
            self.check_range(STACK + offset, size, STACK, "stack")
        else:
            self.refuse(f"R{number} invalid mem access '{base.kind}'")
        return base, offset

    def check_range(self, offset, size, room, what):
        if offset < 0 or offset + size > room:
            self.refuse(f"invalid access to {what}, off={offset} size={size}")

    # Calls

    def call(self, insn):
        helper, used = HELPERS[insn.imm], {}
        for number, kind in enumerate(helper.arguments.split(), 1):
            self.argument(number, kind, used)
        for number in range(1, 6):
            self.state.regs[number] = NOTHING
        self.state.regs[0] = UNKNOWN
        if insn.imm == LOOKUP:
            self.state.regs[0] = Reg("map_value_or_null", 0, used["map"])

    def argument(self, number, kind, used):
        reg = self.get(number)
        expected = {"map": "map_ptr", "size": "imm", "any": reg.kind}
        if reg.kind != expected.get(kind, "stack"):
            self.refuse(f"R{number} type={reg.kind}"
                        f" expected={expected.get(kind, 'fp')}")
        if kind == "map":
            used["map"] = reg.map
        elif kind in ("key", "value"):
            sizes = dict(zip(("key", "value"), self.maps[used["map"]]))
            self.check_bytes(reg, sizes[kind])
        elif kind == "size":
            is_room = "room" in used and self.rules.room
            self.check_bytes(used["bytes"], reg.value, is_room)
        elif kind in ("data", "room"):
            used["bytes"] = reg
            used[kind] = True

    def check_bytes(self, pointer, size, is_room=False):
        """Check the data that a helper reads, or the room that it fills."""
        offset, state = pointer.value, self.state
        if not -STACK <= offset < 0 or size <= 0 or offset + size > 0:
            self.refuse(f"invalid stack type off={offset} access_size={size}")
        if is_room:
            for byte in range(offset, offset + size):
                self.write_stack(byte, 1, UNKNOWN)
        elif bits(offset, size) & ~state.data:
            self.refuse(f"invalid indirect read from stack off {offset}"
                        f" size {size}")

    # Jumps

    def jump(self, insn):
        op = operation(insn)
        if op == EXIT:
            self.get(0)
            return None
        if op == JA:
            return self.at + 1 + insn.off
        if op == CALL:
            self.call(insn)
            return self.at + 1
        return self.branch(insn)

    def branch(self, insn):
        there = self.at + 1 + insn.off
        reg = self.get(insn.dst)
        if has_source(insn):
            self.get(insn.src)
        is_test = not has_source(insn) and operation(insn) in (JEQ, JNE)
        if is_test and reg == constant(insn.imm):
            return there if operation(insn) == JEQ else self.at + 1
        other = self.state.copy()
        self.pending.append((there, other))
        if len(self.pending) > MAX_PENDING:
            self.refuse("too many branches")
        if is_test:
            equal, unequal = other, self.state
            if operation(insn) == JNE:
                equal, unequal = unequal, equal
            self.learn(insn, reg, equal, unequal)
        return self.at + 1

    def learn(self, insn, reg, equal, unequal):
        """Both branches now know more of the register that was compared. Copies
        of it, in other registers or on the stack, stay as they were."""
        number = insn.dst
        if reg.kind == "map_value_or_null" and not insn.imm:
            unequal.regs[number] = reg._replace(kind="map_value")
            equal.regs[number] = constant(0) if self.rules.equals else UNKNOWN
        elif self.rules.equals:
            equal.regs[number] = constant(insn.imm)


def check(function, kernel):
    """Raises Refused, or returns the number of instructions that the verifier
    looks at, None if only the parts were checked."""
    check_parts(function, kernel)
    check_graph(function.insns)
    if kernel not in WALKED:
        return None
    return Walker(function, WALKED[kernel]).walk()
