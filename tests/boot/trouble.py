#!/usr/bin/env python3
"""trouble.py SERIAL-LOG PACKETS COMMAND... - the peer of a kernel in trouble: for rows of boot.sh with `trouble`.

Idea    Orders by the discard port have the kernel make trouble (kernel/net/trouble.c) and say when it is over; after
        each, as many packets as ever must be answered. The link goes down and up by QEMU's monitor. In the end all counts
        must agree: ours, the kernel's, and those in the card's own registers.
Writes  As peer.py. The card's name in COMMAND is `card`.
"""
import json
import time

import peer

KEPT = 20  # packets that the kernel is to answer when the link has gone
WITHOUT_LINK = 10
OVERRUN = 100
FLOOD = 50000  # packets at most, until the kernel must have had enough


class Trouble(peer.Peer):
    orders = unsent = flooded = 0

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
        for trouble in (self.idle_interrupts, self.ring_overrun, self.link, self.livelock):
            trouble()
            self.all_is_well()
        self.order("Z")
        self.compare()
        self.line("^labyrinth: PASS")


if __name__ == "__main__":
    peer.main(Trouble)
