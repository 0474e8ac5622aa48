"""What every measurement needs: the plan, the machine, the load, a folder, and the data at each size, made once.

Servers are started and ended here, so that none outlives the run.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from benchmarks import data, lists, load, machine, packets
from benchmarks.data import Entries, Question
from benchmarks.dnsperf import Dnsperf
from benchmarks.load import Load
from benchmarks.plan import Plan
from benchmarks.servers import Server, gatepost
from benchmarks.servers.gatepost import Installation

ZONE = "rep.example"
DATABASE = f"r.{ZONE}"
Lap = TypeVar("Lap")


class Material:
    """The entries of one size, the questions about them, and both as files. A file is made when it is first wanted."""

    def __init__(self, folder: Path, plan: Plan, count: int) -> None:
        self.folder, self.count = folder, count
        folder.mkdir()
        self.entries: Entries = data.entries(count, min(plan.entries6, 2 * count))
        self.questions: list[Question] = data.questions(self.entries, plan.questions)
        self.code = data.codes(1)[0]
        self.asked = packets.write(folder, self.questions, DATABASE, [self.code])

    @property
    def peer_zone(self) -> str:
        """Return the zone of a server that knows no activation codes: the code is a part of its name."""
        return f"{self.code}.{DATABASE}"

    @cached_property
    def feed(self) -> Path:
        """Write the list as a feed of Gatepost, and return its path."""
        return lists.write_feed(self.folder / "feed.txt", self.entries)

    @cached_property
    def rbldnsd(self) -> tuple[Path, Path]:
        """Write the data sets of rbldnsd, for IPv4 and IPv6, and return their paths."""
        return lists.write_rbldnsd(self.folder, self.entries)

    @cached_property
    def master(self) -> Path:
        """Write the master file for NSD and Knot, and return its path."""
        return lists.write_master(self.folder / "master.zone", self.entries)

    @cached_property
    def arrays(self) -> Path:
        """Write the arrays for the server that is made of dnslib, and return their path."""
        return lists.write_arrays(self.folder / "arrays.npz", self.entries)

    @cached_property
    def first(self) -> bytes:
        """Return the packet with which one sees that a server answers."""
        content = self.asked.plain.read_bytes()
        return content[2 : 2 + int.from_bytes(content[:2], "little")]

    @cached_property
    def installation(self) -> Installation:
        """Make Gatepost with these entries as a feed, and no rule."""
        return gatepost.with_feed(gatepost.install(self.folder / "gatepost", self.code), self.feed)


@dataclass
class Workshop:
    """The place of a run: `material(count)` is the data of that size; `running` starts and ends servers."""

    plan: Plan
    machine: machine.Machine
    load: Load
    folder: Path
    _materials: dict[int, Material] = field(default_factory=dict)
    _places: int = 0

    def material(self, count: int | None = None) -> Material:
        """Return the data with this many entries; the plan's main size where none is named."""
        count = count or self.plan.entries
        if count not in self._materials:
            say(f"making {count:,} entries and {self.plan.questions:,} questions")
            self._materials[count] = Material(self.folder / f"data-{count}", self.plan, count)
        return self._materials[count]

    def place(self) -> Path:
        """Return a folder for one server."""
        self._places += 1
        return self.folder / f"server-{self._places}"

    def forget(self, count: int) -> None:
        """Remove the data of this size: the largest sizes take gigabytes, and nobody needs them twice."""
        shutil.rmtree(self._materials.pop(count).folder)

    @contextmanager
    def running(
        self, servers: Sequence[Server], material: Material | None = None, cores: tuple[int, ...] = ()
    ) -> Iterator[None]:
        """Start the servers, one after the other, on the server's core; end them in reverse."""
        first, cores = (material or self.material()).first, cores or self.machine.server_cores[:1]
        os.sync()  # or the first to start waits for the disk, which still writes what was made for all of them
        with ExitStack() as ends:
            for server in servers:
                say(f"starting {server.name}")
                ends.callback(server.stop)
                server.start(cores, first)
            yield


@contextmanager
def opened(plan: Plan) -> Iterator[Workshop]:
    """Open a workshop in a folder that is removed at the end, whatever happens."""
    with tempfile.TemporaryDirectory(prefix="gatepost-bench-") as name:
        folder, here = Path(name), machine.look()
        folder.chmod(0o755)  # rbldnsd reads its files as another user
        with machine.on(here.own_core):
            own = load.has_compiler()
            asker: Load = load.Compiled(folder, here.load_cores) if own else Dnsperf(folder, here.load_cores[0])
            yield Workshop(plan, here, asker, folder)


def interleaved(rounds: int, servers: Sequence[Server], measure: Callable[[Server], Lap]) -> dict[str, list[Lap]]:
    """Measure each server in turn, round after round: what slows the machine for a while slows them all."""
    laps: dict[str, list[Lap]] = {server.name: [] for server in servers}
    for _ in range(rounds):
        for server in servers:
            laps[server.name].append(measure(server))
    return laps


def say(what: str) -> None:
    """Print where the run is, for whoever waits."""
    print(what, flush=True)
