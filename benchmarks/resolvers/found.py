"""What was found through real resolvers: measured in a network of their own, or kept from before; and its tables.

`before.json` has what the same commands found while an answer without data lived for a minute, while partial names took
the slow way, and while a resolver's walk counted against its limit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.contest import MIXED
from benchmarks.peers import Absent
from benchmarks.report import NOTHING, plain, short, table
from benchmarks.resolvers import network
from benchmarks.results import CASES, COMPILED, NEWER, PEER, Cost, Lap, Results, Row, paired
from benchmarks.servers import DidNotStart
from benchmarks.workshop import say

BEFORE = Path(__file__).with_name("before.json")
CASE_NAMES = {"cold": "cold", "same_network": "same network", "other_network": "another network"}
NOT_YET = "Not measured in this run."
RIVALS = ("NSD", PEER, NEWER)  # to whom a mix is compared


class Before(NamedTuple):
    """The figures from before, and of which machine the times are."""

    machine: str
    lookups: list[Cost]
    laps: list[Lap]


def before() -> Before:
    """Read the figures from before."""
    kept = json.loads(BEFORE.read_text())
    return Before(kept["machine"], costs(kept["lookups"]), laps(kept["laps"]))


def measure(results: Results) -> None:
    """Add what lookups cost and how long they take beside a flood; what cannot be measured is told on the page."""
    for title, add in (("lookups", measure_lookups), ("floods", measure_floods)):
        say(f"{title} through resolvers")
        try:
            add(results)
        except (Absent, DidNotStart) as reason:
            results.problems.append(f"{title} through resolvers: {reason}")


def measure_lookups(results: Results) -> None:
    """Add what lookups cost."""
    results.lookups = costs(json.loads(network.run("lookups")))


def measure_floods(results: Results) -> None:
    """Add how long lookups take beside a flood."""
    results.laps = laps(json.loads(network.run("floods")))


def costs(kept: Sequence[dict[str, object]]) -> list[Cost]:
    """Read costs as they come from JSON."""
    return [Cost(**one) for one in kept]  # type: ignore[arg-type]


def laps(kept: Sequence[dict[str, object]]) -> list[Lap]:
    """Read laps as they come from JSON."""
    return [Lap(**one) for one in kept]  # type: ignore[arg-type]


def sections(results: Results) -> dict[str, str]:
    """Write the parts of the page, by the name of their markers."""
    return {
        "mixes": mixes(results),
        "lookups": lookups(results.lookups),
        "floods": floods(results.laps, results.machine),
    }


def mixes(results: Results) -> str:
    """Write the answers a second of each mix and server, and how ours compare."""
    rows = [row for name in MIXED if (row := results.row(name))]
    rivals = [name for name in RIVALS if results.row(name)]
    heads = [
        "what is asked", "partial", *(f"**{row.name}**" if row.name == COMPILED else row.name for row in rows),
        "µs of ours", "ours to complete names", *(f"ours to {name}" for name in rivals),
    ]  # fmt: skip
    if not results.mixes:
        return NOT_YET
    asked = {"complete names": 0.0, **results.mixes}
    return table(heads, [mix(results, rows, rivals, name, share) for name, share in asked.items()])


def mix(results: Results, rows: Sequence[Row], rivals: Sequence[str], name: str, share: float) -> list[str]:
    """Write a line: what a server answers of a mix, and our ratio to our complete names and to each rival."""
    figure, micros = (name, f"{name}, µs") if name in results.mixes else ("answers/s", "µs")
    mine = results.row(COMPILED)
    rates = [short(row.median(figure)) for row in rows]
    itself = between(mine, mine, figure, "answers/s")
    others = (between(mine, results.row(rival), figure, figure) for rival in rivals)
    spent = plain(mine.median(micros) if mine else None, 2)
    return [name, f"{100 * share:.0f}%", *rates, spent, plain(itself, 2), *(plain(one, 2) for one in others)]


def between(ours: Row | None, theirs: Row | None, figure: str, other: str) -> float | None:
    """Return the middle ratio of two figures of the same rounds; None where one of them was not measured."""
    if ours is None or theirs is None or not ours.rounds.get(figure) or not theirs.rounds.get(other):
        return None
    return paired(ours.rounds[figure], theirs.rounds[other])


def lookups(now: Sequence[Cost]) -> str:
    """Write what a lookup costs, before and now."""
    if not now:
        return NOT_YET
    heads = ["resolver", "", *(f"{CASE_NAMES[case]}, {when}" for case in CASES for when in ("before", "now"))]
    was = {(one.resolver, one.version): one.packets for one in before().lookups}
    return table(heads, [cost(one, was.get((one.resolver, one.version), {})) for one in now])


def cost(one: Cost, was: dict[str, int]) -> list[str]:
    """Write a line of what a lookup costs."""
    cells: Iterator[str] = (str(side.get(case, NOTHING)) for case in CASES for side in (was, one.packets))
    return [one.resolver, f"IPv{one.version}", *cells]


def floods(now: Sequence[Lap], machine: str) -> str:
    """Write how long lookups take beside each flood, before and now, and on which machine."""
    if not now:
        return NOT_YET
    was = {(lap.resolver, lap.beside): lap for lap in before().laps}
    heads = ("through", "beside", "", "p50, ms", "p90, ms", "p99, ms", "p99.9, ms", "lost", "failed",
             "unanswered", "sent to TCP", "flood, packets/s", "µs of ours for one")  # fmt: skip
    lines = [lap(one, when) for new in now for one, when in pair(was.get((new.resolver, new.beside)), new)]
    busy = max(lap.busy for lap in now)
    return f"{table(heads, lines)}\n\nNow: {machine}; load average before it {busy:.1f}. Before: {before().machine}."


def pair(old: Lap | None, new: Lap) -> Iterator[tuple[Lap, str]]:
    """Yield a lap as it was, where it was measured, and as it is."""
    if old:
        yield old, "before"
    yield new, "now"


def lap(one: Lap, when: str) -> list[str]:
    """Write a line of a lap."""
    millis = (plain(value / 1000, 1) for value in (one.p50, one.p90, one.p99, one.p999))
    counts = (f"{count:,}" for count in (one.lost, one.failed, one.dropped, one.truncated))
    sent = (plain(one.flood, 0) if one.flood else NOTHING, plain(one.micros, 1) if one.micros else NOTHING)
    return [one.resolver, one.beside, when, *millis, *counts, *sent]
