"""dnsperf as the load, where there is no C compiler.

It fills its core below what the fastest servers can do, and has no percentiles and no bursts, so a run with it says
less; the page names it.
"""

from __future__ import annotations

import os
import re
import socket
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks import machine, peers
from benchmarks.load import SPARE, WINDOW, Broken, Burst, Flooded, Paced

TYPES = {1: "A", 16: "TXT"}


class Dnsperf:
    """The load of dnsperf, which asks the same questions, written as names."""

    name = "dnsperf: it may be the limit, and it has neither percentiles nor bursts"

    def __init__(self, folder: Path, core: int) -> None:
        self._program, self._variables = peers.program("dnsperf")
        self._folder, self._core = folder, core

    def flood(self, port: int, questions: Path, seconds: float, askers: int = 1) -> Flooded:
        """Ask as fast as it goes."""
        names = self._folder / f"{questions.parent.name}-{questions.name}.names"
        if not names.exists():
            names.write_text("".join(f"{name(packet)}\n" for packet in packets(questions)))
        edns = ["-e"] if questions.name == "edns" else []
        limits = ["-l", str(max(1, round(seconds))), "-c", str(askers), "-T", str(askers)]
        text = self._run(port, ["-d", str(names), *limits, *edns], seconds)
        completed, lost = int(figure(text, "Queries completed")), int(figure(text, "Queries lost"))
        return Flooded(figure(text, "Queries per second"), completed, lost)

    def steady(self, port: int, questions: Path, seconds: float, rate: int) -> Paced | None:
        """Return None: dnsperf tells a mean, and a mean says nothing of those who wait."""
        return None

    def burst(self, port: int, questions: Path, bursts: int, size: int) -> Burst | None:
        """Return None: dnsperf knows no bursts."""
        return None

    def check(self, port: int, questions: Path, expected: Path, count: int) -> str:
        """Check the answers as load.c does, one question after the other."""
        wanted, wrong = expected.read_bytes(), 0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(2)
            for number, packet in zip(range(count), packets(questions), strict=False):
                asking.sendto(packet, ("127.0.0.1", port))
                wrong += not is_right(asking.recv(4096), *wanted[3 * number : 3 * number + 3])
        return f"{wrong} of {count} answers differ" if wrong else ""

    def _run(self, port: int, options: list[str], seconds: float) -> str:
        words = [str(self._program), "-s", "127.0.0.1", "-p", str(port), "-q", str(WINDOW), *options]
        with machine.on(self._core):
            done = subprocess.run(
                words, capture_output=True, text=True, timeout=seconds + SPARE, env={**os.environ, **self._variables}
            )
        if done.returncode:
            raise Broken(f"dnsperf on port {port}: {done.stderr.strip()}")
        return done.stdout


def packets(questions: Path) -> Iterator[bytes]:
    """Yield the packets of a file."""
    content, at = questions.read_bytes(), 0
    while at < len(content):
        (length,) = struct.unpack_from("<H", content, at)
        yield content[at + 2 : at + 2 + length]
        at += 2 + length


def name(packet: bytes) -> str:
    """Return the question of a packet as dnsperf reads it: `name TYPE`."""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1 : at + 1 + packet[at]].decode())
        at += 1 + packet[at]
    return f"{'.'.join(labels)} {TYPES[packet[at + 2]]}"


def is_right(reply: bytes, rcode: int, octet: int, has_answer: int) -> bool:
    """Tell whether the rcode, the presence of an answer, and the A record are as expected."""
    answers = int.from_bytes(reply[6:8])
    fits = not octet or bytes((127, 0, 0, octet)) in reply
    return reply[3] & 15 == rcode and bool(answers) == bool(has_answer) and fits


def figure(text: str, title: str) -> float:
    """Read a figure from dnsperf's report."""
    found = re.search(rf"{title}:\s+([\d.]+)", text)
    if not found:
        raise Broken(f"dnsperf's report has no line {title!r}")
    return float(found[1])
