#!/usr/bin/env python3
"""run.py LOG-DIR MAKE [VARIABLE=VALUE...] - `make run` as a person sees it: on a terminal, with a packet to send.

Idea    Each test runs the command on a pseudo-terminal of its own, or on none, and waits for what it says. A datagram
        that is not answered is sent again: nothing is asserted about time but that all of it ends.
Writes  LOG-DIR/NAME.log, what the terminal showed. Last line: "test-run: N passed, M failed".
"""
import errno
import fcntl
import os
import pty
import random
import re
import select
import signal
import socket
import subprocess
import sys
import termios
import time

PATIENCE = 300  # seconds without anything new on the terminal
AGAIN = 2  # seconds after which a datagram is sent once more
PORTS = 5  # how many are tried, should others take them meanwhile
SHORT = "CMDLINE=test=none packets=100"
UGLY = re.compile(r"\*\*\*|rror|nterrupt|erminat|FAIL|PANIC")


class Wrong(Exception):
    pass


class Run:
    """A command, and what it says. With a terminal, it can be typed at."""

    def __init__(self, command, terminal, log, environment):
        ours, theirs = pty.openpty() if terminal else os.pipe()

        def take_terminal():
            os.setsid()
            if terminal:
                fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(command, stdin=theirs if terminal else subprocess.DEVNULL, stdout=theirs,
                                        stderr=theirs, preexec_fn=take_terminal, env=environment)
        os.close(theirs)
        self.ours, self.log, self.text, self.open = ours, log, "", True

    def read(self, patience):
        """What has come since; False if nothing came."""
        if not self.open or not select.select([self.ours], [], [], patience)[0]:
            return False
        try:
            data = os.read(self.ours, 65536)
        except OSError as why:  # what a terminal says when nobody has it open any more
            if why.errno != errno.EIO:
                raise
            data = b""
        self.open = data != b""
        self.log.write(data)
        self.log.flush()
        self.text += data.decode(errors="replace").replace("\r", "")
        return self.open

    def wait_for(self, pattern):
        while not (found := re.search(pattern, self.text, re.MULTILINE)):
            if not self.read(PATIENCE):
                raise Wrong(f"it never said /{pattern}/")
        return found

    def end(self):
        """Its exit status."""
        while self.read(PATIENCE):
            pass
        if self.open:
            raise Wrong("it does not end")
        return self.process.wait(PATIENCE)

    def interrupt(self):
        os.write(self.ours, b"\x03")

    def kill(self):
        """All that it has started: QEMU is in a group of its own, but in the same session."""
        if self.process.poll() is None:
            for pid in [int(p) for p in os.listdir("/proc") if p.isdigit()]:
                try:
                    if os.getsid(pid) == self.process.pid:
                        os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.process.wait()
        os.close(self.ours)


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def expect(what, found, wanted):
    if found != wanted:
        raise Wrong(f"{what}: {found!r}, not {wanted!r}")


def ask(port, sizes):
    """Every byte of every datagram comes back."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(("127.0.0.1", port))
        s.settimeout(AGAIN)
        for size in sizes:
            data, begin = random.randbytes(size), time.monotonic()
            while True:
                s.send(data)
                try:
                    if s.recv(65536) == data:
                        break
                except (TimeoutError, socket.timeout, ConnectionRefusedError):
                    pass
                if time.monotonic() - begin > PATIENCE:
                    raise Wrong(f"a datagram of {size} bytes is not answered")


def answers(run, port, before):
    """It says what to type, that works, and Ctrl-C ends it as if nothing were."""
    run.wait_for(before)
    expect("the port it names", int(run.wait_for(r"echo hi \| nc -u -w1 127\.0\.0\.1 (\d+) ")[1]), port)
    ask(port, [3, 1, 64, 512, 1471, 1472] + [random.randrange(1, 1473) for _ in range(50)])
    said = len(run.text)
    run.interrupt()
    expect("the exit status after Ctrl-C", run.end(), 0)
    if ugly := UGLY.search(run.text, said):
        raise Wrong(f"after Ctrl-C it says {ugly[0]!r}")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", port))  # nobody is left who has it


def at_a_terminal(run, port):
    answers(run, port, r"^labyrinth: PASS$")


def e1000_answers(run, port):
    answers(run, port, r"^receive path: e1000 ")


def ends_by_itself(run, port):
    expect("the exit status", run.end(), 0)
    run.wait_for(r"^labyrinth: PASS$")
    if re.search(r"nc -u|receive path: e1000", run.text):
        raise Wrong("it has a card")


def port_taken(run, port):
    if run.end() == 0:
        raise Wrong("it ends well")
    run.wait_for(rf"^make run: UDP port {port} is taken .* PORT=")


def no_port(run, port):
    if run.end() == 0:
        raise Wrong("it ends well")
    run.wait_for(r"^make run: PORT=70000 is not a port")


# name, the test, on a terminal, variables, in the environment
TESTS = [
    ("at-a-terminal", at_a_terminal, True, [], {}),
    ("e1000", e1000_answers, True, ["NIC=e1000", SHORT], {}),
    ("nic-sim", ends_by_itself, True, ["NIC=sim", SHORT], {}),
    ("no-terminal", ends_by_itself, False, [SHORT], {}),
    ("in-ci", ends_by_itself, True, [SHORT], {"CI": "true"}),
    ("port-taken", port_taken, True, [SHORT], {}),
    ("no-port", no_port, True, [SHORT, "PORT=70000"], {}),
]


def attempt(test, terminal, variables, extra, log, command):
    environment = {k: v for k, v in os.environ.items() if k not in ("CI", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")} | extra
    port = free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        if test == port_taken:
            taken.bind(("127.0.0.1", port))
        run = Run(command + [f"PORT={port}"] + variables, terminal, log, environment)
        try:
            test(run, port)
        except Wrong:
            if test != port_taken and " is taken" in run.text:
                return False
            raise
        finally:
            run.kill()
    return True


def main():
    directory, command = sys.argv[1], [sys.argv[2], "--no-print-directory", "run"] + sys.argv[3:] + ["NIC=", "CMDLINE="]
    os.makedirs(directory, exist_ok=True)
    failed = 0
    for name, test, *how in TESTS:
        begin, why = time.monotonic(), None
        try:
            with open(os.path.join(directory, f"{name}.log"), "wb") as log:
                if not any(attempt(test, *how, log, command) for _ in range(PORTS)):
                    raise Wrong("no port stays free")
        except (Wrong, OSError, subprocess.TimeoutExpired) as wrong:
            why, failed = wrong, failed + 1
        took = f"({time.monotonic() - begin:.0f}s)"
        print(f"ok {name} {took}" if why is None else
              f"not ok {name} {took}: {why} (see {directory}/{name}.log)", flush=True)
    print(f"test-run: {len(TESTS) - failed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
