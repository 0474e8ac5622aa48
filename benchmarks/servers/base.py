"""A server as a process: started on its core, asked until it answers, ended by its own process id.

It knows how processor time and memory of a process are read, and nothing of what the server does.
"""

from __future__ import annotations

import os
import random
import re
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from benchmarks import machine

PATIENCE = 300.0  # seconds until a server with ten million entries has to answer
PORTS = range(20_000, 32_000)
PROCESSOR_CLOCK = 2  # CPUCLOCK_SCHED of the kernel's clock ids: nanoseconds of a process with all its threads


class DidNotStart(Exception):
    """The error of a server that ended or kept silent; the text has the last lines of what it logged."""


class Server(ABC):
    """One server on a port of loopback. `name` is that in the tables."""

    name: str
    knows_entries = True  # the echo does not, so it is neither compared nor burst
    is_slow = False  # compared by a sample of the questions, for it would take minutes over all of them

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.seconds_to_answer = self.processor_to_answer = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """Return the command line; the program stays in the foreground."""

    def variables(self) -> Mapping[str, str]:
        """Return what its environment has beside ours."""
        return {}

    def start(self, cores: tuple[int, ...], first: bytes) -> None:
        """Start it on these cores; return when it has answered the packet `first`, whatever it said."""
        self.folder.mkdir(parents=True, exist_ok=True)
        began = time.perf_counter()
        # No session of its own: the kernel would share the cores out by session first and by niceness second.
        with machine.on(*cores), self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self.command(), cwd=self.folder, env={**environment(), **self.variables()},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self._wait_for_answer(first, began + PATIENCE)
        self.seconds_to_answer = time.perf_counter() - began
        self.processor_to_answer = self.processor_seconds()

    def stop(self) -> None:
        """End it; by force where it does not end in ten seconds."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def has_ended(self) -> bool:
        """Tell whether it has ended by itself."""
        return self._process is not None and self._process.poll() is not None

    def load_seconds(self) -> float | None:
        """Return how many seconds it took to load its lists; None where it does not say so itself."""
        return None

    @property
    def log(self) -> Path:
        """Return the path of its log."""
        return self.folder / "log"

    @property
    def pid(self) -> int:
        """Return its process id."""
        assert self._process is not None
        return self._process.pid

    def processor_seconds(self) -> float:
        """Return how many seconds of the processor the server and its children have used."""
        return sum(time.clock_gettime_ns(~pid << 3 | PROCESSOR_CLOCK) for pid in family(self.pid)) / 1e9

    def memory(self) -> int:
        """Return the bytes that the server and its children hold for themselves.

        Program files do not count, and shared pages count once.
        """
        return sum(own_memory(pid) for pid in family(self.pid))

    def _wait_for_answer(self, first: bytes, deadline: float) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(0.02)
            while time.perf_counter() < deadline:
                if self._process is None or self._process.poll() is not None:
                    raise DidNotStart(f"{self.name} ended at its start: {self._last_lines()}")
                if answers(asking, self.port, first):
                    return
        raise DidNotStart(f"{self.name} gave no answer within {PATIENCE:.0f} s: {self._last_lines()}")

    def _last_lines(self) -> str:
        return " / ".join(self.log.read_text(errors="replace").splitlines()[-5:])


def answers(asking: socket.socket, port: int, packet: bytes) -> bool:
    """Tell whether the server answers this packet at once, and with more than "not ready" (SERVFAIL)."""
    try:
        asking.sendto(packet, ("127.0.0.1", port))
        reply = asking.recv(4096)
    except OSError:  # a timeout, or nobody on the port yet
        reply = b""
    is_ready = len(reply) >= 12 and reply[3] & 15 != 2
    if not is_ready:
        time.sleep(0.002)  # a server that says "not ready" loads meanwhile, and the questions take its time
    return is_ready


def family(pid: int) -> Iterator[int]:
    """Yield the process and all that it has started."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has just ended
            for child in children.read_text().split():
                yield from family(int(child))


def own_memory(pid: int) -> int:
    """Return the anonymous and shared memory of a process in bytes; pages that several share are counted in parts."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(size) * 1024 for size in re.findall(r"^Pss_(?:Anon|Shmem):\s+(\d+) kB", text, re.MULTILINE))


def environment() -> dict[str, str]:
    """Return our environment, without the variables that would set up Gatepost."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GATEPOST_")}


def free_port() -> int:
    """Return a port that nobody has, for UDP and TCP; below those that the kernel gives to askers."""
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp, suppress(OSError):
            udp.bind(("127.0.0.1", port))
            tcp.bind(("127.0.0.1", port))
            return port
    raise DidNotStart("no port from 20000 to 32000 is free on 127.0.0.1")
