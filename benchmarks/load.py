"""Who asks: load.c, compiled here, or dnsperf where there is no compiler. It knows files of packets and a port."""

from __future__ import annotations

import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

SOURCES = Path(__file__).parent
WINDOW = 96  # questions in flight at most: rbldnsd's receive buffer takes about 110
SOCKETS = 16  # of each of several askers
SPARE = 30.0  # seconds beyond its time after which a load is taken for stuck


class Broken(Exception):
    """The error of a load that did not do its work; the text is what it said."""


@dataclass(frozen=True)
class Flooded:
    """The result of asking as fast as it goes: answers a second, and questions that got none."""

    rate: float
    answered: int
    lost: int


@dataclass(frozen=True)
class Paced:
    """The result at a steady rate: microseconds until the answer, and questions that got none.

    `lag` is the load's own delay. `wrong`: answers that differ from the expected ones, where these were given.
    """

    p50: float
    p99: float
    p999: float
    longest: float
    lag: float
    sent: int
    lost: int
    p90: float = 0.0
    wrong: int = 0


@dataclass(frozen=True)
class Burst:
    """The result of bursts of so many questions at once: how many bursts, and how many questions of all were lost."""

    bursts: int
    lost: int


class Load(Protocol):
    """What is asked of a load. `questions` is a file of packets."""

    name: str

    def flood(self, port: int, questions: Path, seconds: float, askers: int = 1) -> Flooded:
        """Ask as fast as it goes."""
        ...

    def steady(self, port: int, questions: Path, seconds: float, rate: int) -> Paced | None:
        """Ask at a steady rate, in questions a second; return None where this load cannot."""
        ...

    def burst(self, port: int, questions: Path, bursts: int, size: int) -> Burst | None:
        """Ask in bursts of `size` questions at once; return None where this load cannot."""
        ...

    def check(self, port: int, questions: Path, expected: Path, count: int) -> str:
        """Return what is wrong with the answers to the first `count` questions; "" when nothing is."""
        ...


class Compiled:
    """load.c, on a core of its own; several at once where one could not fill the server."""

    name = "own load, batches of 64"

    def __init__(self, folder: Path, cores: tuple[int, ...]) -> None:
        self.echo = compiled("echo", folder)
        self._program, self._cores = compiled("load", folder), cores

    def flood(self, port: int, questions: Path, seconds: float, askers: int = 1) -> Flooded:
        """Ask as fast as it goes, by as many askers.

        With several askers each has several sockets: by their ports the kernel spreads questions over loops.
        """
        options = {"window": WINDOW, "sockets": 1 if askers == 1 else SOCKETS}
        with ThreadPoolExecutor(askers) as pool:
            found = list(
                pool.map(
                    lambda core: self._run("flood", port, questions, seconds, core=core, **options),
                    self._cores[:askers],
                )
            )
        answered, sent = (sum(one[figure] for one in found) for figure in ("answered", "sent"))
        return Flooded(sum(one["answered"] / one["seconds"] for one in found), answered, sent - answered)

    def steady(self, port: int, questions: Path, seconds: float, rate: int) -> Paced:
        """Ask at a steady rate, in questions a second."""
        return paced(self._run("steady", port, questions, seconds, rate=rate))

    def calm(self, port: int, questions: Path, seconds: float, rate: int, **options: Any) -> Paced:
        """Ask at a steady rate and sleep meanwhile, on no core of its own; `options` are those of load.c."""
        return paced(self._run("calm", port, questions, seconds, rate=rate, **{"core": -1, **options}))

    def burst(self, port: int, questions: Path, bursts: int, size: int) -> Burst:
        """Ask in bursts of `size` questions at once."""
        found = self._run("burst", port, questions, 0.2 * bursts, count=bursts, size=size)
        return Burst(found["bursts"], found["sent"] - found["answered"])

    def check(self, port: int, questions: Path, expected: Path, count: int) -> str:
        """Return what is wrong with the answers to the first `count` questions; "" when nothing is."""
        # On a busy machine a server may not run for a second: what it says then is late, and no answer less.
        found = self._run("check", port, questions, 120, window=32, count=count, expected=expected, patience=5)
        lost = found["sent"] - found["answered"]
        if found["answered"] + lost < count:
            return f"only {found['sent']} of {count} questions could be asked in time"
        return f"{found['wrong']} of {count} answers differ, {lost} are missing" if found["wrong"] or lost else ""

    def _run(self, mode: str, port: int, questions: Path, seconds: float, **options: Any) -> dict[str, Any]:
        words = {"port": port, "questions": questions, "seconds": seconds, "core": self._cores[0], **options}
        command = [str(self._program), mode, *(f"{name}={value}" for name, value in words.items())]
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + SPARE)
        if done.returncode or not done.stdout:
            raise Broken(f"`{mode}` on port {port}: {done.stderr.strip() or f'exit code {done.returncode}'}")
        found: dict[str, Any] = json.loads(done.stdout)
        return found


def paced(found: dict[str, Any]) -> Paced:
    """Read what the load said of a run at a steady rate."""
    names = ("p50", "p90", "p99", "p999", "longest", "lag", "sent", "wrong")
    return Paced(**{name: found[name] for name in names}, lost=found["sent"] - found["answered"])


def compiled(name: str, folder: Path) -> Path:
    """Compile NAME.c, and return the program."""
    program = folder / name
    command = ["cc", "-O2", "-Wall", "-o", str(program), str(SOURCES / f"{name}.c")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise Broken(f"{name}.c could not be compiled: {done.stderr.strip()[-500:]}")
    return program


def has_compiler() -> bool:
    """Tell whether load.c can be compiled here."""
    return shutil.which("cc") is not None
