"""A flood of spam reports into the running program while DNS is asked at a steady rate; tables in docs/performance.md.

The program and the senders share the server's core, and the senders run at a niceness, since they represent other
machines; whoever asks DNS has the other core. DNS is asked lap after lap by turns: quiet, then until the last report is
counted, and quiet again; the middle lap counts, the worst one is told, and what was lost is lost in any. Before it each
door by itself is sent more than it can take, which tells its capacity.
"""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from benchmarks import load, plan, workshop
from benchmarks.flood.counting import Door
from benchmarks.flood.evidence import Flood
from benchmarks.flood.program import Flooded, Outcome, flooded, token_secrets
from benchmarks.load import Compiled, Paced
from benchmarks.report import NOTHING, plain, size, table
from benchmarks.scenarios import INTERPRETED_RATE
from benchmarks.servers import DidNotStart, gatepost
from benchmarks.servers.gatepost import Installation
from benchmarks.workshop import ZONE, say

TOTAL = 1_000_000
ALONE = {  # by door, so much that it is full for some time, and its reports come as fast as it takes them
    "api": Flood(api=2_000, trap=0, log=0),
    "trap": Flood(api=0, trap=6_000, log=0),
    "log": Flood(api=0, trap=0, log=60_000, lines_a_second=0),
}
BAR, MOST_MEMORY = 1.3, 300_000_000  # of a quiet p99, and bytes
PLAN = replace(plan.FULL, entries=100_000)
LAP, QUIET_LAPS = 10.0, 3
NAMES = {"api": "API", "trap": "trap, by SMTP", "log": "mail log of Postfix"}


class Memory(NamedTuple):
    """The bytes that the program holds for itself."""

    before: int
    highest: int
    after: int


class Found(NamedTuple):
    """All results of a measurement. `busy` is the load average before it.

    `quiet` are the laps before and after the flood; `alone` is by door how many reports a second it took by itself.
    """

    outcome: Outcome
    quiet: list[Paced]
    during: list[Paced]
    memory: Memory
    machine: str
    busy: float
    alone: Mapping[str, float]


def measured(total: int = TOTAL) -> Found:
    """Measure each door by itself, and then the whole flood, once."""
    flood = Flood.of(total)
    busy = os.getloadavg()[0]
    with workshop.opened(PLAN) as shop:
        if not isinstance(shop.load, Compiled):
            raise load.Broken("a flood needs the compiled load, and there is no C compiler here")
        made = shop.material().installation
        secrets = token_secrets(made, int(time.time()))
        is_compiled = gatepost.is_compiled()
        server = Flooded(shop.place(), made, ZONE, interpreted=not is_compiled)
        with shop.running([server]):
            # Interpreted, it is asked at a rate that it can bear.
            rate = PLAN.rate if is_compiled else INTERPRETED_RATE
            ask = partial(shop.load.steady, server.port, shop.material().asked.plain, LAP, rate)
            core = shop.machine.server_cores[0]
            memory = server.memory()
            alone = {door: capacity(server, made, secrets, one, core) for door, one in ALONE.items()}
            quiet = [ask() for _ in range(QUIET_LAPS)]
            say(f"a flood of {flood.total:,} reports")
            during: list[Paced] = []
            with watched(server) as seen:
                outcome = flooded(server, made, secrets, flood, core, lambda: during.append(ask()))
            quiet += [ask() for _ in range(QUIET_LAPS)]
            held = Memory(memory, max(seen), server.memory())
        return Found(outcome, quiet, during, held, shop.machine.text, busy, alone)


def capacity(server: Flooded, made: Installation, secrets: list[str], flood: Flood, core: int) -> float:
    """Return how many reports a second a door takes by itself, good and malformed ones together, until all are counted.

    Raise DidNotStart where it lost one.
    """
    say(f"{flood.total:,} reports by one door")
    outcome = flooded(server, made, secrets, flood, core, lambda: time.sleep(0.2))
    if outcome.lost:
        raise DidNotStart(loss(outcome))
    return flood.total / outcome.seconds


@contextmanager
def watched(server: Flooded) -> Iterator[list[int]]:
    """Record the program's memory every second while the block runs; yield the list in bytes."""
    seen, over = [server.memory()], threading.Event()

    def watch() -> None:
        while not over.wait(1):
            seen.append(server.memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def loss(outcome: Outcome) -> str:
    """Return the sentence that a good report was lost; "" where none was."""
    lost = [f"{door.lost:,} of {door.good:,} by {NAMES[door.name]}" for door in outcome.doors if door.lost]
    return f"good reports were lost: {', '.join(lost)}" if lost else ""


def section(found: Found) -> str:
    """Write the part of the page."""
    outcome, reports = found.outcome, sum(door.reports for door in found.outcome.doors)
    verdict = f"**{loss(outcome)}**" if outcome.lost else "no good one was lost"
    return (
        f"{reports:,} reports in {outcome.seconds:.0f} s, {reports / outcome.seconds:,.0f} a second, every second one "
        f"malformed: {verdict}. {found.machine}; load average before it {found.busy:.1f}.\n\n"
        f"{came(outcome.doors)}\n\n{takes(found.alone)}\n\n{asked(found.quiet, found.during)}\n\n"
        f"{held(found.memory)}\n\n{bars(found)}"
    )


def came(doors: Sequence[Door]) -> str:
    """Write door by door what came in, and what became of it."""
    heads = (
        "door", "reports", "good", "counted", "malformed", "refused with a reason", "counted all the same",
        "told to come again", "failed",
    )  # fmt: skip
    lines = [[NAMES[door.name], *numbers(door)] for door in doors]
    whole = [*map(sum, zip(*(counts(door) for door in doors), strict=True))]
    return table(heads, [*lines, ["together", *(f"{count:,}" for count in whole)]])


def takes(alone: Mapping[str, float]) -> str:
    """Write how much each door takes when nothing comes to the others."""
    return table(("door alone", "reports a second"), [[NAMES[door], f"{rate:,.0f}"] for door, rate in alone.items()])


def bars(found: Found) -> str:
    """Write whether DNS and memory stayed within what they should."""
    ratio = p99(found.during) / p99(found.quiet)
    said = [
        f"DNS should stay within {BAR:g} times its quiet p99: {ratio:.2f}, {'met' if ratio <= BAR else '**not met**'}.",
        f"Memory should stay within {size(MOST_MEMORY)}: "
        f"{'met' if found.memory.highest <= MOST_MEMORY else '**not met**'}.",
    ]
    return " ".join(said)


def p99(laps: Sequence[Paced]) -> float:
    """Return the p99 of the middle lap, in microseconds."""
    return statistics.median(one.p99 for one in laps)


def numbers(door: Door) -> list[str]:
    """Write the figures of a door's line; a log has nobody to whom a reason could be told."""
    texts = [f"{count:,}" for count in counts(door)]
    return texts if door.refused is not None else [*texts[:4], NOTHING, *texts[5:]]


def counts(door: Door) -> list[int]:
    """Return the counts of a door's line, in the order of the table."""
    malformed = door.reports - door.good
    return [
        door.reports, door.good, door.kept.good, malformed, door.refused or 0, door.kept.beside, door.later, door.failed
    ]  # fmt: skip


def asked(quiet: Sequence[Paced], during: Sequence[Paced]) -> str:
    """Write the table of DNS, quiet and during the flood."""
    lines = [
        [what, *(f"{sum(getattr(one, name) for one in laps):,}" for laps in (quiet, during)), ""]
        for what, name in (("asked", "sent"), ("lost", "lost"))
    ]
    for what, name, chosen in (
        ("p50, µs", "p50", statistics.median), ("p99, µs", "p99", statistics.median),
        ("p99 of the worst lap, µs", "p99", max), ("longest, µs", "longest", max),
    ):  # fmt: skip
        before, then = (chosen(getattr(one, name) for one in laps) for laps in (quiet, during))
        lines.append([what, plain(before, 0), plain(then, 0), plain(then / before, 2)])
    late = max(one.lag for one in (*quiet, *during)) / 1000
    heads = (f"DNS, laps of {LAP:.0f} s", f"quiet, {len(quiet)} laps", f"during the flood, {len(during)} laps", "ratio")
    return f"{table(heads, lines)}\n\nThe load itself was at most {late:.1f} ms late."


def held(memory: Memory) -> str:
    """Write the program's memory."""
    heads = ("memory of the program", "before the flood", "at the highest", f"after {QUIET_LAPS} quiet laps")
    return table(heads, [["held for itself", *map(size, memory)]])
