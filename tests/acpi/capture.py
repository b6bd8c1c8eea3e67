#!/usr/bin/env python3
# capture.py OUT.tables [QEMU OPTION...] - the ACPI tables that firmware under QEMU leaves in memory, as text.
#
# Idea    Lets the firmware run for a while with nothing to boot, saves all memory, follows the root pointer. What the
#         kernel reads is kept: root pointer, tables of tables, MADT, FADT, HPET, MCFG.
# Writes  OUT.tables: "at ADDRESS" (hexadecimal) and then the bytes, 32 a line.
import os, subprocess, sys, tempfile, time

KEPT = (b"APIC", b"FACP", b"HPET", b"MCFG")
MIB = 256


def number(data, at, count):
    return int.from_bytes(data[at:at + count], "little")


def memory(options):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "memory")
        qemu = subprocess.Popen(["qemu-system-x86_64", "-accel", "tcg", "-m", str(MIB), "-display", "none", "-nic",
                                 "none", "-monitor", "stdio"] + options, stdin=subprocess.PIPE,
                                stdout=subprocess.DEVNULL, text=True)
        time.sleep(20)
        qemu.communicate(f"pmemsave 0 {MIB << 20} \"{path}\"\nquit\n", timeout=60)
        with open(path, "rb") as file:
            return file.read()


# The newer one, if there is one: UEFI firmware has both.
def root_pointer(data):
    found, at = None, data.find(b"RSD PTR ")
    while at >= 0:
        if sum(data[at:at + 20]) % 256 == 0 and (found is None or data[at + 15] >= 2):
            found = at
        at = data.find(b"RSD PTR ", at + 1)
    return found


def pieces(data):
    rsdp = root_pointer(data)
    yield rsdp, 36 if data[rsdp + 15] >= 2 else 20
    roots = [(number(data, rsdp + 16, 4), 4)]
    if data[rsdp + 15] >= 2:
        roots.append((number(data, rsdp + 24, 8), 8))
    seen = set()
    for root, width in roots:
        if root == 0:
            continue
        size = number(data, root + 4, 4)
        yield root, size
        for at in range(root + 36, root + size, width):
            table = number(data, at, width)
            if table not in seen and data[table:table + 4] in KEPT:
                seen.add(table)
                yield table, number(data, table + 4, 4)


data = memory(sys.argv[2:])
with open(sys.argv[1], "w") as out:
    for at, size in pieces(data):
        out.write(f"at {at:x}\n")
        for line in range(at, at + size, 32):
            out.write(data[line:min(line + 32, at + size)].hex() + "\n")
