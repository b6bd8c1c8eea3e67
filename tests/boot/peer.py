#!/usr/bin/env python3
"""peer.py SERIAL-LOG PACKETS COMMAND... - runs QEMU, and is the other end of its wire: for rows of boot.sh with +peer.

Idea    Sends Ethernet frames to the kernel as datagrams to QEMU, and checks every byte of what comes back. The phases
        are the kernel's (kernel/net/card_demo.c): one begins and ends with a line on its serial port. What was sent,
        answered and lost here must be what the kernel counted there, reason by reason. Nothing depends on time, but
        that all of it ends.
        The datagrams go through a pair of connected sockets, which loses nothing that its buffer holds: what is lost,
        the kernel has dropped. FD in COMMAND stands for the number of QEMU's end.
Writes  A line a phase, and what is wrong. Exit status: QEMU's; 1 if it ends well and something is wrong here.
"""
import random
import re
import socket
import struct
import subprocess
import sys
import time

OWN_MAC, KERNEL_MAC = bytes.fromhex("525500000002"), bytes.fromhex("525400123456")
OWN_IP, KERNEL_IP = bytes([10, 0, 2, 2]), bytes([10, 0, 2, 15])
WINDOW = 24  # unanswered packets at most: what the kernel guarantees room for, and the card's ring has places for
PATIENCE = 300  # seconds without anything new on the serial port
LARGEST = 1514
BUFFER = 1 << 20  # bytes in flight, each way; the system may allow less


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ethernet(kind, payload, to=KERNEL_MAC, source=OWN_MAC):
    return (to + source + struct.pack("!H", kind) + payload).ljust(60, b"\0")


def ipv4(protocol, payload, source=OWN_IP, to=KERNEL_IP, first=0x45, fragment=0, total=None, broken=0):
    total = 20 + len(payload) if total is None else total
    head = struct.pack("!BBHHHBBH4s4s", first, 0, total, 7, fragment, 64, protocol, 0, source, to)
    return head[:10] + struct.pack("!H", checksum(head) ^ broken) + head[12:] + payload


def udp(port, data, own_port=40000, broken=0):
    length = 8 + len(data)
    pseudo = OWN_IP + KERNEL_IP + struct.pack("!BBH", 0, 17, length)
    head = struct.pack("!HHHH", own_port, port, length, 0)
    return head[:6] + struct.pack("!H", (checksum(pseudo + head + data) or 0xFFFF) ^ broken) + data


def ping(number, data, kind=8, broken=0):
    message = struct.pack("!BBHHH", kind, 0, 0, 0x4C42, number & 0xFFFF) + data
    return message[:2] + struct.pack("!H", checksum(message) ^ broken) + message[4:]


def arp(operation=1, hardware=1, target=KERNEL_IP):
    return struct.pack("!HHBBH", hardware, 0x0800, 6, 4, operation) + OWN_MAC + OWN_IP + bytes(6) + target


# What the kernel must drop, and which of its counters must say so: answer.c. None: the card drops it before.
def malformed():
    data = b"labyrinth" * 3
    return [
        ("wrong checksum", ethernet(0x0800, ipv4(17, udp(7, data, broken=1)))),
        ("wrong checksum", ethernet(0x0800, ipv4(17, udp(7, data), broken=0x0100))),
        ("wrong checksum", ethernet(0x0800, ipv4(1, ping(1, data, broken=4)))),
        ("wrong length", ethernet(0x0800, ipv4(17, udp(7, data), total=1400))),
        ("wrong length", ethernet(0x0800, ipv4(17, udp(7, data), total=19))),
        ("wrong length", ethernet(0x0800, ipv4(17, udp(7, data)[:-1]))),
        ("wrong length", ethernet(0x0800, ipv4(17, b"short"))),
        ("wrong length", ethernet(0x0800, ipv4(17, udp(7, bytes(1472)))) + bytes(4)),
        ("malformed IPv4", ethernet(0x0800, ipv4(17, udp(7, data), first=0x65))),
        ("malformed IPv4", ethernet(0x0800, b"")),
        ("IPv4 options", ethernet(0x0800, ipv4(17, udp(7, data), first=0x46))),
        ("IPv4 fragment", ethernet(0x0800, ipv4(17, udp(7, data), fragment=0x2000))),
        ("IPv4 fragment", ethernet(0x0800, ipv4(17, udp(7, data), fragment=5))),
        ("impossible source", ethernet(0x0800, ipv4(17, udp(7, data), source=bytes([127, 0, 0, 1])))),
        ("impossible source", ethernet(0x0800, ipv4(17, udp(7, data, own_port=0)))),
        ("to another address", ethernet(0x0800, ipv4(17, udp(7, data), to=bytes([10, 0, 2, 99])))),
        ("to another address", ethernet(0x0800, ipv4(1, ping(1, data)), to=b"\xff" * 6)),
        ("UDP to a closed port", ethernet(0x0800, ipv4(17, udp(4711, data)))),
        ("ICMP but no echo request", ethernet(0x0800, ipv4(1, ping(1, data, kind=13)))),
        ("echo of an echo", ethernet(0x0800, ipv4(17, udp(7, data, own_port=7)))),
        ("neither ICMP nor UDP", ethernet(0x0800, ipv4(6, bytes(20)))),
        ("neither ARP nor IPv4", ethernet(0x86DD, bytes(40))),
        ("malformed ARP", ethernet(0x0806, arp(hardware=6))),
        ("ARP for others", ethernet(0x0806, arp(target=bytes([10, 0, 2, 99])), to=b"\xff" * 6)),
        (None, ethernet(0x0800, ipv4(17, udp(7, data)), to=bytes.fromhex("525400999999"))),
        (None, ethernet(0x0800, ipv4(17, udp(7, data)), to=bytes.fromhex("01005e000001"))),
        (None, ethernet(0x0800, ipv4(17, udp(7, bytes(3000))))),
    ]


def storm():
    """Broadcasts that concern everybody and nobody."""
    everybody = b"\xff" * 6
    looking = ("ARP for others", ethernet(0x0806, arp(target=bytes([10, 0, 2, 77])), to=everybody))
    shouting = ("to another address", ethernet(0x0800, ipv4(17, udp(7, bytes(1400)), to=b"\xff" * 4), to=everybody))
    return [looking, shouting] * 100


class Wrong(Exception):
    pass


class Peer:
    def __init__(self, wire, monitor, log, packets):
        self.socket, self.monitor, self.log, self.packets = wire, monitor, log, packets
        self.random = random.Random(packets)
        self.seen = 0  # bytes of the log that were looked at
        self.kernel_is_there = False  # before, the firmware may say something
        self.waiting = {}  # sequence number: the answer, as it must come
        self.next = 0
        self.answered = self.asked = 0
        self.sent = 0  # frames that the card must take in

    # ---- The serial port.

    def line(self, pattern):
        """The next line of the log that is like pattern; frames that come meanwhile are looked at."""
        last = time.monotonic()
        while True:
            with open(self.log, "rb") as log:
                log.seek(self.seen)
                text = log.read()
            whole = text[: text.rfind(b"\n") + 1]
            for found in whole.split(b"\n"):
                self.seen += len(found) + 1
                line = found.decode(errors="replace").strip()
                if re.search("PANIC|FAIL|cannot boot", line):
                    raise Wrong(f"the kernel says: {line}")
                if re.search(pattern, line):
                    return line
                if found:
                    last = time.monotonic()
            self.seen -= 1
            if time.monotonic() - last > PATIENCE:
                raise Wrong(f"no line like /{pattern}/ within {PATIENCE} s")
            self.receive(0.02)

    def said(self, pattern):
        """Is there such a line, after those that were looked at?"""
        with open(self.log, "rb") as log:
            log.seek(self.seen)
            return re.search(pattern, log.read().decode(errors="replace"), re.MULTILINE)

    def numbers(self, pattern, count):
        """The first numbers of the next line like that."""
        return [int(n) for n in re.findall(r"\d+", self.line(pattern))[:count]]

    # ---- The wire.

    def send(self, frame, counted=True):
        self.sent += counted
        while True:
            try:
                self.socket.settimeout(0.0)
                self.socket.send(frame)
                return
            except BlockingIOError:  # QEMU has yet to take the ones before
                self.receive(0.005)

    def receive(self, patience):
        """Looks at what has come; waits that long for the first frame."""
        self.socket.settimeout(patience)
        while True:
            try:
                frame = self.socket.recv(65536)
            except (TimeoutError, socket.timeout, BlockingIOError):
                return
            self.look(frame)
            self.socket.settimeout(0.0)

    def look(self, frame):
        number = self.number_of(frame)
        if not self.kernel_is_there:
            return
        if number not in self.waiting:
            raise Wrong(f"nobody asked for this frame: {frame[:64].hex()}")
        if frame != self.waiting.pop(number):
            raise Wrong(f"the answer to packet {number} is not what it must be: {frame.hex()}")
        self.answered += 1

    @staticmethod
    def number_of(frame):
        if frame[12:14] == b"\x08\x06":
            return -1
        return struct.unpack("!Q", frame[42:50])[0] if len(frame) >= 50 else None

    def expect(self, number, kind, payload):
        self.waiting[number] = ethernet(kind, payload, to=OWN_MAC, source=KERNEL_MAC)

    @staticmethod
    def answer_ipv4(protocol, payload):
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0, KERNEL_IP, OWN_IP)
        return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload

    def ask(self):
        """One echo request with random bytes, 60 to 1514 bytes in all: most by UDP, some pings, now and then ARP."""
        number, self.next = self.next, self.next + 1
        self.asked += 1
        size = self.random.choice([0, 10, LARGEST - 42 - 8, self.random.randrange(LARGEST - 42 - 8)])
        data = struct.pack("!Q", number) + self.random.randbytes(size)
        if number % 50 == 0 and -1 not in self.waiting:
            self.expect(-1, 0x0806, struct.pack("!HHBBH", 1, 0x0800, 6, 4, 2) + KERNEL_MAC + KERNEL_IP + OWN_MAC + OWN_IP)
            self.send(ethernet(0x0806, arp(), to=b"\xff" * 6))
        elif number % 5 == 0:
            self.expect(number, 0x0800, self.answer_ipv4(1, ping(number, data, kind=0)))
            self.send(ethernet(0x0800, ipv4(1, ping(number, data))))
        else:
            port = 1024 + self.random.randrange(60000)
            self.expect(number, 0x0800, self.answer_ipv4(17, udp(port, data, own_port=7)))
            self.send(ethernet(0x0800, ipv4(17, udp(7, data, own_port=port))))

    # ---- A phase.

    def wait(self, window):
        """Until at most that many packets are unanswered."""
        last, count = time.monotonic(), len(self.waiting)
        while len(self.waiting) > window:
            self.receive(0.05)
            if len(self.waiting) != count:
                last, count = time.monotonic(), len(self.waiting)
            if time.monotonic() - last > PATIENCE:
                raise Wrong(f"{count} packets are not answered within {PATIENCE} s")

    def ask_all(self, window):
        for _ in range(self.packets):
            if window:
                self.wait(window - 1)
            self.ask()

    def send_dropped(self, frames):
        """Frames that are not answered, in gusts for which there is room; how many of each reason."""
        reasons = {}
        for i, (why, frame) in enumerate(frames):
            if i % WINDOW == 0:
                self.ask()
                self.wait(0)
            self.send(frame, counted=why is not None)
            if why:
                reasons[why] = reasons.get(why, 0) + 1
        self.ask()
        self.wait(0)
        return reasons

    def phase(self, letter):
        self.line(f"^phase {letter}: ")
        self.kernel_is_there = True
        self.answered, reasons = 0, {}
        holding = letter == "D"
        self.asked = self.sent = 0
        self.ask_all(0 if holding else WINDOW)
        if holding:
            self.line("^ *held ")
        else:
            self.wait(0)
            reasons = self.send_dropped(malformed() + storm())
        self.send(ethernet(0x0800, ipv4(17, udp(9, letter.encode() * 20))))
        reasons["UDP discarded"] = 1
        self.compare(letter, reasons)

    def compare(self, letter, reasons):
        """The kernel's own counts, line by line until the phase is over."""
        good_received, good_sent = self.numbers("^ *card: good ", 2)
        tally = self.numbers("^ *received ", 3)
        counted = {}
        while not (line := self.line(r"^ *\d+ |^end of phase")).startswith("end"):
            number, reason = line.split(" ", 1)
            counted[reason] = int(number)
        self.receive(0.0)
        received, dropped, answered = tally
        lost, asked = len(self.waiting), self.asked
        self.waiting.clear()
        print(f"phase {letter}: sent {asked}, answered {self.answered}, lost {lost}; "
              f"kernel: received {received}, dropped {dropped}, answered {answered}; "
              f"card: received {good_received}, sent {good_sent}", flush=True)
        for reason in ("ARP answered", "ping answered", "UDP echoed"):
            counted.pop(reason, None)
        if counted != reasons:
            raise Wrong(f"sent to be dropped: {reasons}; the kernel counted: {counted}")
        if self.answered != answered or lost != dropped or asked != answered + dropped:
            raise Wrong("peer and kernel do not agree")
        if received != answered + sum(reasons.values()):
            raise Wrong("the kernel received another number of packets than it answered and dropped")
        if (good_received, good_sent) != (received + dropped, answered) or good_received != self.sent:
            raise Wrong("the card has counted other numbers of packets than the kernel, or than were sent")
        if (lost > 0) != (letter == "D"):
            raise Wrong("packets are lost in phase D, and in no other")

    def run(self):
        for letter in "ABCDE":
            self.phase(letter)
        self.line("^labyrinth: PASS")


def main(script=Peer):
    log, packets, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    wire, qemus = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    for end in (wire, qemus):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
    monitor, answers = socket.socketpair()
    command = [word.replace("FD", str(qemus.fileno())) for word in command]
    command += ["-chardev", f"socket,id=peer,fd={answers.fileno()}", "-mon", "chardev=peer,mode=control"]
    with open(log, "wb") as serial:
        qemu = subprocess.Popen(command, pass_fds=[qemus.fileno(), answers.fileno()], stdin=subprocess.DEVNULL,
                                stdout=serial, stderr=subprocess.STDOUT)
    qemus.close()
    answers.close()
    monitor.sendall(b'{"execute": "qmp_capabilities"}\n')
    try:
        script(wire, monitor, log, packets).run()
        print("peer: all phases agree", flush=True)
        sys.exit(qemu.wait())
    except (Wrong, OSError) as why:
        print(f"peer: {why}", flush=True)
        qemu.terminate()  # a killed `timeout` would leave QEMU behind
        qemu.wait()
        sys.exit(1)


if __name__ == "__main__":
    main()
