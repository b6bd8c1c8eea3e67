#!/usr/bin/env python3
"""rate.py SERIAL-LOG COUNT COMMAND... - runs QEMU, and measures how fast the kernel in it answers.

Idea    The same frames for every kernel: COUNT pings and COUNT UDP datagrams of 64 bytes, WINDOW under way at most. Then
        the hog comes, and COUNT of each again, in which a packet that is not answered within a second counts as lost.
        The kernel says "receive path" when it is ready; it takes orders at UDP port 9: H, Z.
Writes  One line: packets answered a second, ping and UDP; the same and lost with the hog.
"""
import os
import re
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "boot"))
import peer  # noqa: E402

WINDOW = 24
READY = 120  # seconds until the kernel must have said so


def frames(kind):
    """As many different frames as are under way; the answer's data tells which it answers."""
    data = [bytes([i]) * 64 for i in range(WINDOW)]
    if kind == "ping":
        return [peer.ethernet(0x0800, peer.ipv4(1, peer.ping(i, d))) for i, d in enumerate(data)]
    return [peer.ethernet(0x0800, peer.ipv4(17, peer.udp(7, d))) for d in data]


def wait_for(log, pattern, qemu):
    begin = time.monotonic()
    while time.monotonic() - begin < READY and qemu.poll() is None:
        with open(log, errors="replace") as text:
            if re.search(pattern, text.read()):
                return
        time.sleep(0.1)
    with open(log, errors="replace") as text:
        raise SystemExit(f"rate: no line like /{pattern}/ in {log}, which ends: {text.read().strip()[-200:]}")


def measure(wire, kind, count):
    """Packets answered a second, and lost."""
    todo, free, waiting, lost, done = count, list(range(WINDOW)), {}, 0, 0
    all_frames = frames(kind)
    wire.settimeout(0.1)
    begin = last = time.monotonic()
    while todo or waiting:
        while todo and free:
            i = free.pop()
            wire.send(all_frames[i])
            waiting[i] = time.monotonic()
            todo -= 1
        try:
            frame = wire.recv(65536)
        except (TimeoutError, socket.timeout):
            frame = b""
        now = time.monotonic()
        if len(frame) >= 106 and frame[12:14] == b"\x08\x00" and waiting.pop(frame[60], None):
            free.append(frame[60])
            done, last = done + 1, now
        elif not frame:
            for i in [i for i, sent in waiting.items() if now - sent > 1]:
                del waiting[i]
                free.append(i)
                lost += 1
    return done / max(last - begin, 1e-6), lost


def start(log, command):
    """QEMU, whose output goes to the log, and our end of its wire."""
    wire, qemus = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    for end in (wire, qemus):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, peer.BUFFER)
    command = [word.replace("FD", str(qemus.fileno())) for word in command]
    with open(log, "wb") as serial:
        qemu = subprocess.Popen(command, pass_fds=[qemus.fileno()], stdin=subprocess.DEVNULL, stdout=serial,
                                stderr=subprocess.STDOUT)
    qemus.close()
    return qemu, wire


def main():
    log, count, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    qemu, wire = start(log, command)
    try:
        wait_for(log, "receive path", qemu)
        time.sleep(1)
        figures = []
        for hog in (False, True):
            if hog:
                wire.send(peer.ethernet(0x0800, peer.ipv4(17, peer.udp(9, b"H" * 20))))
                wait_for(log, "the hog", qemu)
                time.sleep(1)
            for kind in ("ping", "udp"):
                rate, lost = measure(wire, kind, count)
                figures += [f"{rate:.0f}", str(lost)]
        wire.send(peer.ethernet(0x0800, peer.ipv4(17, peer.udp(9, b"Z" * 20))))
        qemu.wait(60)
        print("\t".join(figures))
    finally:
        qemu.terminate()  # a killed `timeout` would leave QEMU behind


if __name__ == "__main__":
    main()
