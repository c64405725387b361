"""test_verifier.py - each rule of verifier.py, on a few instructions that it
must accept, and on similar ones that it must refuse."""
import sys

import verifier
from verifier import Function, Insn

OLD, NEWER = (4, 4), (4, 9)
MAP = 5                     # its key has 4 bytes, its value 16
KEY_AT, VALUE_AT = -4, -24  # on the stack


def mov(dst, src):
    return Insn(0xbf, dst, src, 0, 0)


def mov_k(dst, value):
    return Insn(0xb7, dst, 0, 0, value)


def add(dst, src):
    return Insn(0x0f, dst, src, 0, 0)


def add_k(dst, value):
    return Insn(0x07, dst, 0, 0, value)


def load(dst, src, offset):
    return Insn(0x79, dst, src, offset, 0)


def store(dst, offset, src):
    return Insn(0x7b, dst, src, offset, 0)


def store_byte(dst, offset, value):
    return Insn(0x72, dst, 0, offset, value)


def store_word(dst, offset, value):
    return Insn(0x62, dst, 0, offset, value)


def atomic_add(dst, offset, src):
    return Insn(0xdb, dst, src, offset, 0)


def jeq(dst, value, offset):
    return Insn(0x15, dst, 0, offset, value)


def jne(dst, value, offset):
    return Insn(0x55, dst, 0, offset, value)


def jump(offset):
    return Insn(0x05, 0, 0, offset, 0)


def call(number):
    return Insn(0x85, 0, 0, 0, number)


def map_in(dst):
    return [Insn(0x18, dst, 1, 0, MAP), Insn(0, 0, 0, 0, 0)]


EXIT = Insn(0x95, 0, 0, 0, 0)
END = [mov_k(0, 0), EXIT]
KEY = [store_word(10, KEY_AT, 0), mov(2, 10), add_k(2, KEY_AT)]
LOOKUP = KEY + map_in(1) + [call(1)]
BUMP = [mov_k(1, 1), atomic_add(0, 0, 1)]


def found(*insns):
    """Look up a value, and do this with R0 unless it is NULL."""
    return LOOKUP + [jeq(0, 0, len(insns))] + list(insns) + END


def room(size, helper, at=VALUE_AT):
    """Call a helper that writes size bytes to the stack."""
    return [mov(1, 10), add_k(1, at), mov_k(2, size), mov_k(3, 0),
            call(helper)] + END


def text(*size):
    """Print 8 bytes; their size is what the instructions leave in R2."""
    return [mov_k(1, 0), store(10, -8, 1), *size, mov(1, 10), add_k(1, -8),
            call(6), EXIT]


def forks(insns, length=0):
    """Do each of these, or not, as an unknown number says; then go on."""
    return [call(14), mov(6, 0)] + [
        part for number, insn in enumerate(insns)
        for part in (jeq(6, number, 1), insn)] + [mov_k(7, 0)] * length + END


# A name, the instructions, and part of what 4.4 and 4.9 say: "" is accepted.
CASES = [
    ("nothing", END, "", ""),
    ("R0 is not set", [EXIT], "R0 !read_ok", "R0 !read_ok"),
    ("R1 is the context", [load(2, 1, 112)] + END, "", ""),
    ("its end", [load(2, 1, 168)] + END, "bpf_context", "bpf_context"),
    ("writing to it", [mov_k(2, 0), store(1, 0, 2)] + END,
     "bpf_context", "bpf_context"),

    ("a loop", [jump(-1)] + END, "back-edge", "back-edge"),
    ("dead code", [EXIT, EXIT], "unreachable", "unreachable"),
    ("beyond the end", [mov_k(0, 0)], "out of range", "out of range"),
    ("a jump over two", [mov_k(0, 0), jeq(0, 0, 3), mov_k(0, 1), mov_k(0, 1),
                         jump(0), EXIT], "", ""),
    ("4096 instructions", [mov_k(0, 0)] * 4095 + [EXIT], "", ""),
    ("one more", [mov_k(0, 0)] * 4096 + [EXIT],
     "4097 instructions", "4097 instructions"),
    ("a jump that 4.14 brought", [mov_k(0, 0), Insn(0xa5, 0, 0, 0, 5), EXIT],
     "unknown instruction", "unknown instruction"),

    ("a helper of 4.4", [call(14), EXIT], "", ""),
    ("one of 4.8", [call(35), EXIT], "unknown func 35", ""),
    ("one of 5.5", [call(113), EXIT], "unknown func 113", "unknown func 113"),
    ("one that was not declared", [Insn(0x85, 0, 1, 0, -1), EXIT],
     "unknown func -1", "unknown func -1"),
    ("R1 after a call", [call(14), mov(0, 1), EXIT], "R1 !read", "R1 !read"),

    ("the frame pointer, written", [mov_k(10, 0)] + END,
     "read only", "read only"),
    ("and loaded", [load(10, 1, 0)] + END, "read only", "read only"),
    ("divided by 0", [mov_k(0, 8), Insn(0x37, 0, 0, 0, 0), EXIT],
     "div by zero", "div by zero"),
    ("divided by 2", [mov_k(0, 8), Insn(0x37, 0, 0, 0, 2), EXIT], "", ""),
    ("divided by R6", [mov_k(0, 8), mov_k(6, 2), Insn(0x3f, 0, 6, 0, 0), EXIT],
     "", ""),
    ("0 added", [mov_k(0, 8), add_k(0, 0), EXIT], "", ""),
    ("shifted by 0", [mov_k(0, 8), Insn(0x67, 0, 0, 0, 0), EXIT], "", ""),
    ("shifted by 64", [mov_k(0, 8), Insn(0x67, 0, 0, 0, 64), EXIT],
     "invalid shift", "invalid shift"),
    ("a 32-bit copy of a pointer",
     [Insn(0xbc, 2, 1, 0, 0), load(3, 2, 112)] + END, "'inv'", "'inv'"),
    ("the sum of two pointers", [mov(2, 10), add(2, 1), store_byte(2, 0, 0)] +
     END, "'inv'", "'inv'"),
    ("a 32-bit sum", [mov(2, 10), Insn(0x04, 2, 0, 0, -8),
                      store_byte(2, 0, 0)] + END, "'inv'", "'inv'"),
    ("a pointer, negated", [mov(2, 10), Insn(0x87, 2, 0, 0, 0),
                            store_byte(2, -8, 0)] + END, "'inv'", "'inv'"),
    ("context or stack, by one instruction",
     [mov(6, 1), store(10, -8, 1), call(14), mov(7, 6), jeq(0, 0, 1),
      mov(7, 10), load(8, 7, -8)] + END, "bpf_context", "bpf_context"),
    ("context or stack, at an offset of both",
     [mov(6, 1), store(10, -8, 1), call(14), mov(7, 10), add_k(7, -8),
      jeq(0, 0, 1), mov(7, 6), load(8, 7, 0)] + END,
     "different pointers", "different pointers"),
    ("atomic, of 1 byte", [store_byte(10, -8, 0), mov_k(1, 1),
                           Insn(0xd3, 10, 1, -8, 0)] + END, "XADD", "XADD"),
    ("atomic, of 4", [store_word(10, -8, 0), mov_k(1, 1),
                      Insn(0xc3, 10, 1, -8, 0)] + END, "", ""),
    ("atomic, on what is unwritten", [mov_k(1, 1), Insn(0xc3, 10, 1, -8, 0)] +
     END, "invalid read", "invalid read"),

    ("2^100 paths that end alike", forks([store_byte(10, -1, 0)] * 100),
     "", ""),
    ("2^3 long paths that do not",
     forks([store_byte(10, -1 - byte, 0) for byte in range(3)], 4000), "", ""),
    ("2^4 long paths that do not",
     forks([store_byte(10, -1 - byte, 0) for byte in range(4)], 4000),
     "too complex", "too complex"),
    ("written on one path of two",
     [call(14), jeq(0, 0, 1), store_byte(10, -1, 0), Insn(0x71, 0, 10, -1, 0),
      EXIT], "invalid read", "invalid read"),
    ("and the other way round",
     [call(14), jne(0, 0, 1), store_byte(10, -1, 0), Insn(0x71, 0, 10, -1, 0),
      EXIT], "invalid read", "invalid read"),
    ("compared with nothing", [mov_k(0, 0), Insn(0x1d, 0, 5, 0, 0), EXIT],
     "R5 !read_ok", "R5 !read_ok"),
    ("a constant that is not 0", [mov_k(0, 0), jne(0, 0, 1), jump(1),
                                  load(0, 0, 0), EXIT], "", ""),

    ("the stack, written", [store_word(10, -4, 0), Insn(0x61, 0, 10, -4, 0),
                            EXIT], "", ""),
    ("the stack, unwritten", [load(0, 10, -8), EXIT],
     "invalid read", "invalid read"),
    ("half of it", [store_word(10, -4, 0), load(0, 10, -8), EXIT],
     "invalid read", "invalid read"),
    ("not aligned", [store_word(10, -6, 0)] + END, "misaligned", "misaligned"),
    ("below it", [store_word(10, -516, 0)] + END, "access to", "access to"),
    ("added to twice", [mov(2, 10), add_k(2, -8), add_k(2, -8),
                        store_byte(2, 0, 0)] + END, "mem access 'inv'", ""),
    ("added to too much", [mov(2, 10), add_k(2, -8), add_k(2, -512)] + END,
     "", "out-of-bounds"),
    ("a pointer, kept there", [store(10, -8, 1), load(2, 10, -8),
                               load(3, 2, 112)] + END, "", ""),
    ("half a pointer", [store(10, -8, 1), Insn(0x61, 0, 10, -8, 0), EXIT],
     "register spill", "register spill"),
    ("half a pointer, kept", [Insn(0x63, 10, 1, -8, 0)] + END,
     "register spill", "register spill"),
    ("a number over a pointer",
     [store(10, -8, 1), mov_k(2, 0), store(10, -8, 2), load(3, 10, -8),
      load(4, 3, 112)] + END, "'inv'", "'inv'"),
    ("a pointer, half of it written over",
     [store(10, -8, 1), store_word(10, -8, 0), load(2, 10, -8)] + END,
     "invalid read", "invalid read"),

    ("a map", LOOKUP + END, "", ""),
    ("a key of 2 bytes", [Insn(0x6a, 10, 0, -4, 0)] + LOOKUP[1:] + END,
     "indirect read", "indirect read"),
    ("a value, used unseen", LOOKUP + [load(0, 0, 0), EXIT],
     "'map_value_or_null'", "'map_value_or_null'"),
    ("and after a test", found(load(3, 0, 8)), "", ""),
    ("after the opposite test", LOOKUP + [jne(0, 0, 1), EXIT, load(0, 0, 0),
                                          EXIT], "", ""),
    ("compared with a register that is 0",
     LOOKUP + [mov_k(1, 0), Insn(0x1d, 0, 1, 1, 0), load(0, 0, 0), EXIT],
     "'map_value_or_null'", "'map_value_or_null'"),
    ("after a test for 1", LOOKUP + [jeq(0, 1, 1), load(0, 0, 0), EXIT],
     "'map_value_or_null'", "'map_value_or_null'"),
    ("where the test failed", LOOKUP + [jeq(0, 0, 1), EXIT, load(0, 0, 0),
                                        EXIT], "'imm'", "'inv'"),
    ("beyond it", found(load(3, 0, 16)), "map value", "map value"),
    ("a copy, made before the test",
     LOOKUP + [mov(6, 0), jeq(0, 0, 1), load(3, 6, 0)] + END,
     "R6 invalid mem access 'map_value_or_null'",
     "R6 invalid mem access 'map_value_or_null'"),
    ("a copy, made after it", found(mov(6, 0), load(3, 6, 0)), "", ""),
    ("kept on the stack before the test",
     LOOKUP + [store(10, -16, 0), jeq(0, 0, 2), load(6, 10, -16),
               load(3, 6, 0)] + END,
     "'map_value_or_null'", "'map_value_or_null'"),
    ("kept there after it",
     found(store(10, -16, 0), load(6, 10, -16), load(3, 6, 0)), "", ""),
    ("with an offset of the instruction's",
     found(mov_k(1, 1), atomic_add(0, 8, 1)), "", ""),
    ("with one that was added", found(add_k(0, 8), *BUMP),
     "R0 invalid mem access 'inv'", ""),
    ("with one in a register", found(mov_k(2, 8), add(0, 2), *BUMP),
     "R0 invalid mem access 'inv'", ""),
    ("with one that leads beyond it", found(add_k(0, 16), *BUMP),
     "R0 invalid mem access 'inv'", "map value"),
    ("with one, from the stack",
     found(store(10, -16, 0), load(0, 10, -16), add_k(0, 8), *BUMP),
     "R0 invalid mem access 'inv'", "R0 min value is negative"),

    ("text of 8 bytes", text(mov_k(2, 8)), "", ""),
    ("8 in 32 bits", text(Insn(0xb4, 2, 0, 0, 8)), "", ""),
    ("8 as 3 and 5", text(mov_k(2, 3), add_k(2, 5)), "R2 type=inv", ""),
    ("what is equal to 8", [call(14), mov(2, 0), jeq(2, 8, 1), EXIT] +
     text(), "", "R2 type=inv"),
    ("what is not unequal to 8", [call(14), mov(2, 0), jne(2, 8, 5)] + text(),
     "", "R2 type=inv"),
    ("text of 16, half unwritten",
     [mov_k(1, 0), store(10, -8, 1), mov(1, 10), add_k(1, -16), mov_k(2, 16),
      call(6), EXIT], "indirect read", "indirect read"),
    ("its size in no constant", text(call(14), mov(2, 0)),
     "R2 type=inv", "R2 type=inv"),
    ("room that was not written", room(16, 4), "indirect read", ""),
    ("nor for the name", room(16, 16), "indirect read", ""),
    ("more than there is", room(32, 4), "stack type", "stack type"),
    ("all of it", room(512, 4, -512), "indirect read", ""),
    ("at the end of the stack", room(8, 4, 0), "stack type", "stack type"),
    ("then read", room(16, 4)[:-2] + [load(0, 10, VALUE_AT), EXIT],
     "indirect read", ""),
]


def said(insns, kernel):
    try:
        verifier.check(Function("f", insns, {MAP: (4, 16)}), kernel)
    except verifier.Refused as why:
        return str(why)
    return ""


def main():
    failed = 0
    for name, insns, *expected in CASES:
        for kernel, wanted in zip((OLD, NEWER), expected):
            why = said(insns, kernel)
            if wanted not in why or bool(wanted) != bool(why):
                print(f"FAIL: {kernel}: {name}: {why or 'accepted'},"
                      f" not {wanted or 'accepted'}")
                failed = 1
    print(f"{len(CASES)} cases of verifier.py")
    return failed


if __name__ == "__main__":
    sys.exit(main())
