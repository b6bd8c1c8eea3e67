#!/usr/bin/env python3
"""path.py SERIAL-LOG ELF|linux COUNT COMMAND... - runs QEMU, and counts the instructions that a packet takes.

Idea    QEMU notes every instruction that it executes, one by one, while COUNT packets are answered; nothing is changed or
        added in the kernel that runs. From the address of each follows where it belongs: between an interrupt's entry
        and its return, in the softirq that Linux runs before it returns, or outside. Interrupts of the timer are left
        out. With -icount the kernel's clock counts instructions, too, so that a slow emulator means nothing.
        Where to look: Linux's /init prints it, Labyrinth's ELF file has it.
Writes  A line for each kind of packet and number under way: kind, number, instructions for a packet in the card's
        interrupts, in their softirqs, outside, and interrupts for a packet.
"""
import os
import re
import socket
import subprocess
import sys
import time

import rate

WARM = 100  # packets before: everything has been used once
PAUSE = 0.02  # seconds before a packet that is alone: the kernel is idle again, and the card interrupts
KINDS = HANDLER, SOFTIRQ, OUTSIDE, OTHER = range(4)
CALL = 8  # bytes that a call instruction has at most


class Monitor:
    """QEMU's, for people: a prompt after each answer."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(rate.READY)
        self.socket.connect(path)
        self.wait()

    def wait(self):
        said = b""
        while not said.endswith(b"(qemu) "):
            more = self.socket.recv(65536)
            if not more:
                raise SystemExit("path: QEMU's monitor is gone")
            said += more

    def do(self, *commands):
        for command in commands:
            self.socket.send(command.encode() + b"\n")
            self.wait()


class Linux:
    def __init__(self, log):
        with open(log, errors="replace") as text:
            found = dict(reversed(line.split()[1:]) for line in text if line.startswith("symbol "))
        at = {name: int(address, 16) for name, address in found.items()}
        self.entries = {a for name, a in at.items() if name.startswith(("asm_exc_", "asm_sysvec_"))}
        self.device = range(at["irq_entries_start"], at["spurious_entries_start"])
        self.entries |= set(self.device)
        self.handler = None  # every interrupt from there is the card's: no other device has any
        self.leave, self.schedule = at["native_irq_return_iret"], at["__schedule"]
        self.softirq = at.get("handle_softirqs", at["__do_softirq"])


class Labyrinth:
    STUBS, STUB = 256, 16  # kernel/x86/isr.S

    def __init__(self, elf):
        lines = subprocess.run(["nm", elf], check=True, capture_output=True, text=True).stdout.splitlines()
        at = {name: int(address, 16) for address, _, name in (line.split() for line in lines)}
        self.entries = set(range(at["isr_stubs"], at["isr_stubs"] + self.STUBS * self.STUB, self.STUB))
        self.device = ()
        self.handler = at["e1000_interrupt"]
        self.leave, self.softirq, self.schedule = at["isr_return"], None, at["preempt"]


def executed(trace):
    """The address of each instruction. What is no "Trace" says that the one before was not executed: it comes again."""
    last = None
    for line in trace:
        if last is not None and line.startswith("Trace"):
            yield last
        last = int(line.split("/", 2)[1], 16) if line.startswith("Trace") else None
    if last is not None:
        yield last


def count_instructions(trace, where):
    """In the card's interrupts, in their softirqs, outside, in other interrupts; and how many of the first."""
    counts, interrupts = [0] * len(KINDS), 0
    stack = []  # of what was interrupted: its kind, its instructions so far, where it is gone on with
    kind, mine, back, before = OUTSIDE, 0, range(0), 0
    for at in executed(trace):
        if at in back or at == where.schedule:
            while stack:
                counts[kind] += mine
                kind, mine, back = stack.pop()
                if at != where.schedule:
                    break
        if at in where.entries and before not in where.entries:
            stack.append((kind, mine, back))
            kind, mine, back = HANDLER if at in where.device else OTHER, 0, range(0)
            interrupts += kind == HANDLER
        elif at == where.handler and kind == OTHER:
            kind, interrupts = HANDLER, interrupts + 1
        elif at == where.softirq:
            stack.append((kind, mine, back))
            kind, mine, back = OTHER if kind == OTHER else SOFTIRQ, 0, range(before + 1, before + CALL)
        mine += 1
        if at == where.leave and stack:
            counts[kind] += mine
            kind, mine, back = stack.pop()
        before = at
    for kind, mine, _ in stack + [(kind, mine, back)]:
        counts[kind] += mine
    return counts, interrupts


def exchange(wire, kind, window, count):
    """COUNT packets, that many under way: none is lost."""
    frames, free, todo, waiting = rate.frames(kind), list(range(window)), count, 0
    wire.settimeout(rate.READY)
    while todo or waiting:
        if window == 1:
            time.sleep(PAUSE)
        while todo and free:
            wire.send(frames[free.pop()])
            todo, waiting = todo - 1, waiting + 1
        answer = wire.recv(65536)
        if len(answer) >= 106 and answer[12:14] == b"\x08\x00":
            free.append(answer[60])
            waiting -= 1


def main():
    log, kernel, count, command = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
    door, trace = log + ".monitor", log + ".instructions"
    qemu, wire = rate.start(log, command + ["-monitor", f"unix:{door},server,nowait", "-D", trace])
    try:
        rate.wait_for(log, "receive path", qemu)
        time.sleep(1)
        monitor = Monitor(door)
        where = Linux(log) if kernel == "linux" else Labyrinth(kernel)
        for kind in ("ping", "udp"):
            for window in (1, rate.WINDOW):
                exchange(wire, kind, window, WARM)
                time.sleep(1)
                monitor.do("singlestep on", "log exec")
                exchange(wire, kind, window, count)
                time.sleep(1)
                monitor.do("log none", "singlestep off")
                with open(trace) as lines:
                    counts, interrupts = count_instructions(lines, where)
                os.remove(trace)
                if window == 1 and interrupts == 0:
                    raise SystemExit(f"path: of {count} packets none came by an interrupt that {kernel} knows")
                monitor.do(f"logfile {trace}")
                print(kind, window, *(f"{n / count:.0f}" for n in counts[:OTHER]), f"{interrupts / count:.2f}", sep="\t")
    finally:
        qemu.terminate()  # a killed `timeout` would leave QEMU behind
        qemu.wait()
        for path in (door, trace):
            if os.path.exists(path):
                os.remove(path)


if __name__ == "__main__":
    main()
