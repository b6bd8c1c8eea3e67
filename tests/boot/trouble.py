#!/usr/bin/env python3
"""trouble.py SERIAL-LOG PACKETS COMMAND... - the peer of a kernel in trouble: for rows of boot.sh with `trouble`.

Idea    Orders by the discard port have the kernel make trouble (kernel/net/trouble.c) and say when it is over; after
        each, as many packets as ever must be answered. The link goes down and up by QEMU's monitor, and by it another
        card on the same wire interrupts. In the end all counts must agree: ours, the kernel's, and those in the card's
        own registers.
Writes  As peer.py. The card's name in COMMAND is `card`; `stranger`, if there is one, is an e1000e on the same wire.
"""
import json
import re
import sys
import time

import peer

KEPT = 20  # packets that the kernel is to answer when the link has gone
WITHOUT_LINK = 10
OVERRUN = 100
FLOOD = 50000  # packets at most, until the kernel must have had enough
INTERRUPT_CAUSE_SET, INTERRUPT_MASK_SET, LINK_CHANGED = 0xC8, 0xD0, 1 << 2


class Trouble(peer.Peer):
    orders = unsent = flooded = 0
    heard = b""

    def order(self, letter):
        self.send(peer.ethernet(0x0800, peer.ipv4(17, peer.udp(9, letter.encode() * 20))))
        self.orders += 1

    def all_is_well(self):
        self.ask_all(peer.WINDOW)
        self.wait(0)

    def idle_interrupts(self):
        self.order("I")
        self.line("^test idle interrupts: passed")

    def ring_overrun(self):
        self.order("O")
        self.line("^ring overrun: ")
        for _ in range(OVERRUN):
            self.ask()
        self.line("^test ring overrun: passed")
        self.wait(0)

    def set_link(self, up):
        order = {"execute": "set_link", "arguments": {"name": "card", "up": up}}
        self.monitor.sendall(json.dumps(order).encode() + b"\n")

    def link(self):
        self.order("K")
        self.line("^link: keeps")
        for _ in range(KEPT):
            self.ask()
        self.line("^link: kept")
        self.set_link(False)
        self.line("^e1000e?: link down")
        self.line("^link: not sent")
        self.unsent += len(self.waiting)
        self.waiting.clear()
        for _ in range(WITHOUT_LINK):  # QEMU keeps them until there is one
            self.ask()
        self.set_link(True)
        self.line("^e1000e?: link up")
        self.line("^test link: passed")
        self.wait(0)

    def livelock(self):
        """As fast as they go, until the kernel has had enough."""
        frames = [frame for _, frame in peer.storm()]
        self.order("L")
        self.line("^livelock: wants")
        begin = time.monotonic()
        while not self.said("^livelock: .* steps"):
            self.socket.settimeout(peer.PATIENCE)
            for frame in frames:
                self.socket.send(frame)
            self.flooded += len(frames)
            if self.flooded > FLOOD:
                raise peer.Wrong("the flood is taken in, and the kernel does not get on")
        self.sent += self.flooded
        print(f"flood: {self.flooded} packets, {self.flooded / (time.monotonic() - begin):.0f} a second")
        self.line("^test livelock: passed")

    def ask_monitor(self, command):
        """A command for people, and what it printed. Everything else that the monitor has to say is of no interest."""
        order = {"execute": "human-monitor-command", "arguments": {"command-line": command}, "id": command}
        self.monitor.sendall(json.dumps(order).encode() + b"\n")
        self.monitor.settimeout(peer.PATIENCE)
        while True:
            while b"\n" not in self.heard:
                more = self.monitor.recv(65536)
                if not more:
                    raise peer.Wrong("QEMU's monitor is gone")
                self.heard += more
            line, self.heard = self.heard.split(b"\n", 1)
            said = json.loads(line)
            if said.get("id") == command:
                return said["return"]

    def storm(self):
        """Another card on the same wire asserts it, by its registers' window in ports (82574L datasheet section 9.2)."""
        about = self.ask_monitor("info pci").split("  Bus ")
        ports, = (re.search(r"I/O at (0x[0-9a-f]+)", device).group(1) for device in about if '"stranger"' in device)
        for register in INTERRUPT_MASK_SET, INTERRUPT_CAUSE_SET:
            self.ask_monitor(f"o /w {ports} {register:#x}")
            self.ask_monitor(f"o /w {int(ports, 16) + 4:#x} {LINK_CHANGED:#x}")
        self.line("^e1000: another device holds its interrupt line, .* polled$")

    def compare(self):
        good_received, good_sent = self.numbers("^ *card: good ", 2)
        received, dropped, answered = self.numbers("^ *received ", 3)
        unsent, = self.numbers("^ *not sent for want of a link: ", 1)
        print(f"sent {self.sent}, answered {self.answered}, not answered {self.unsent}; kernel: received {received}, "
              f"dropped {dropped}, answered {answered}, not sent {unsent}; card: received {good_received}, "
              f"sent {good_sent}", flush=True)
        if self.sent != received or dropped or received != self.asked + self.orders + self.flooded:
            raise peer.Wrong("every packet that was sent is received")
        if self.answered != answered or self.unsent != unsent or self.asked != answered + unsent:
            raise peer.Wrong("every packet received is answered, or counted as not sent")
        if good_received != received or good_sent != answered:
            raise peer.Wrong("the card has counted other numbers of packets than the kernel")

    def run(self):
        self.line("^receive path: ")
        self.kernel_is_there = True
        self.all_is_well()
        troubles = [self.idle_interrupts, self.ring_overrun, self.link, self.livelock]
        if any("id=stranger" in word for word in sys.argv):
            troubles.append(self.storm)
        for trouble in troubles:
            trouble()
            self.all_is_well()
        self.order("Z")
        self.compare()
        self.line("^labyrinth: PASS")


if __name__ == "__main__":
    peer.main(Trouble)
