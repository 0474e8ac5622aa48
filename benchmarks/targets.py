"""The targets of the speed, as ratios within one run, and whether a run met them. It knows results and no server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.mixes import TOGETHER
from benchmarks.results import COMPILED, FLOODS, INTERPRETED, NEWER, PEER, Results, Row, find, paired, ratio

MILLION = 1_000_000


@dataclass(frozen=True)
class Target:
    """A target: `value` finds the figure in the results, None where it was not measured; `bound` is its limit."""

    what: str
    against: str
    bound: float
    value: Callable[[Results], float | None]
    is_most: bool = False  # the bound is the most that is allowed; else the least

    def is_met(self, value: float) -> bool:
        """Tell whether the figure is within the bound."""
        return value <= self.bound if self.is_most else value >= self.bound


def rate(name: str, against: str, figure: str = "answers/s") -> Callable[[Results], float | None]:
    """Find the ratio of two servers of the main table."""
    return lambda results: ratio(results.row(name), results.row(against), figure)


def mix(against: str) -> Callable[[Results], float | None]:
    """Find the ratio of our rate of the mix of all resolvers to a server's, or to our own of complete names."""

    def value(results: Results) -> float | None:
        mine, theirs = results.row(COMPILED), results.row(against)
        figure = "answers/s" if against == COMPILED else TOGETHER
        if not mine or not theirs or TOGETHER not in mine.rounds or figure not in theirs.rounds:
            return None
        return paired(mine.rounds[TOGETHER], theirs.rounds[figure])

    return value


def beside_flood(what: str) -> Callable[[Results], float | None]:
    """Find the 99th percentile of another client's lookups through unbound, in milliseconds."""
    return lambda results: lap.p99 / 1000 if (lap := results.lap("unbound", what)) else None


def failed_beside_floods(results: Results) -> float | None:
    """Find how many lookups through unbound got no answer, or a wrong one, beside all floods."""
    laps = [lap for what in FLOODS.values() if (lap := results.lap("unbound", what))]
    return float(sum(lap.lost + lap.failed for lap in laps)) if laps else None


def dropped(results: Results) -> float | None:
    """Find how many questions of Knot Resolver were left unanswered or sent to TCP."""
    laps = [lap for lap in results.laps if lap.resolver == "Knot Resolver"]
    return float(sum(lap.dropped + lap.truncated for lap in laps)) if laps else None


def of_import(count: int, figure: str, unit: float = 1) -> Callable[[Results], float | None]:
    """Find a figure of ours during the import of so many entries."""
    return ours_in(f"import of {count:,} entries, {figure}", unit)


def ours_in(key: str, unit: float = 1) -> Callable[[Results], float | None]:
    """Find a figure of ours in a scenario, as so many of a unit."""
    found = lost_beside(key)
    return lambda results: None if (value := found(results)) is None else value / unit


def whole_memory(results: Results) -> float | None:
    """Return the megabytes of the whole process with the main list."""
    row = results.row(COMPILED)
    return row.once["memory"] / 1e6 if row and "memory" in row.once and results.entries == MILLION else None


def starting(count: int) -> Callable[[Results], float | None]:
    """Find the processor time until the first answer with so many entries, in seconds."""

    def value(results: Results) -> float | None:
        row = find(results.sizes.get(count, []), COMPILED)
        return row.once.get("start, processor") if row else None

    return value


def processor(results: Results) -> float | None:
    """Return how many times ours goes into the peer's processor time for an answer."""
    return ratio(results.row(PEER), results.row(COMPILED), "µs")


def lost(name: str, figure: str) -> Callable[[Results], float | None]:
    """Find all that a server of the main table lost."""
    return lambda results: row.total(figure) if (row := results.row(name)) else None


def beside(key: str) -> Callable[[Results], float | None]:
    """Find the ratio of a scenario; None where Gatepost was interpreted in it."""
    return lambda results: one.ratio if results.row(COMPILED) and (one := results.comparison(key)) else None


def lost_beside(key: str) -> Callable[[Results], float | None]:
    """Find what Gatepost lost in a scenario."""
    return lambda results: one.ours if results.row(COMPILED) and (one := results.comparison(key)) else None


def loading(count: int) -> Callable[[Results], float | None]:
    """Find how many times faster our list of so many entries is loaded than the peer's."""

    def value(results: Results) -> float | None:
        rows = results.sizes.get(count, [])
        mine, theirs = loading_seconds(find(rows, COMPILED)), loading_seconds(find(rows, PEER))
        return theirs / mine if mine and theirs else None

    return value


def memory(count: int) -> Callable[[Results], float | None]:
    """Find our memory for a list of so many entries, as a share of the peer's."""

    def value(results: Results) -> float | None:
        rows = results.sizes.get(count, [])
        mine, theirs = list_memory(find(rows, COMPILED)), list_memory(find(rows, PEER))
        return mine / theirs if mine is not None and theirs else None

    return value


def loading_seconds(row: Row | None) -> float | None:
    """Return the seconds from the stored list to the served one.

    They are as the server says, or how much longer its start takes than without lists.
    """
    if row is None:
        return None
    if "lists loaded" in row.once:
        return row.once["lists loaded"]
    return difference(row, "start")


def list_memory(row: Row | None) -> float | None:
    """Return the bytes that the lists take."""
    return difference(row, "memory") if row else None


def difference(row: Row, figure: str) -> float | None:
    """Return a figure less the same without lists."""
    having, without = row.once.get(figure), row.once.get(f"{figure} without lists")
    # Below what a start varies by, the difference is nothing.
    return None if having is None or without is None else max(0.0, having - without)


def most(what: str, bound: float, value: Callable[[Results], float | None]) -> Target:
    """Make a target that is a most of its own, and no ratio."""
    return Target(what, "nothing", bound, value, is_most=True)


TARGETS = (
    Target("answers/s, complete names, one loop, one core, full policy", PEER, 1.15, rate(COMPILED, PEER)),
    Target("answers/s, complete names, one loop", NEWER, 1.0, rate(COMPILED, NEWER)),
    Target("answers/s, complete names, one loop", "the echo limit", 0.9, rate(COMPILED, "limit: C echo")),
    Target("answers/s, a minimising resolver's mix, one loop", "itself, complete names", 0.85, mix(COMPILED)),
    Target("answers/s, a minimising resolver's mix, one loop", "NSD", 3, mix("NSD")),
    Target("answers/s, a minimising resolver's mix, one loop", NEWER, 1.0, mix(NEWER)),
    *(
        most(f"p99 of another's lookup through unbound beside 20,000/s {what}, ms", 5, beside_flood(what))
        for what in FLOODS.values()
    ),
    most("such lookups that were lost or failed", 0, failed_beside_floods),
    most("questions of Knot Resolver left unanswered or sent to TCP", 0, dropped),
    Target("processor time an answer (theirs / ours)", PEER, 0.95, processor),
    Target("answers/s, two loops, cores to spare", PEER, 1.8, beside("two loops")),
    Target("answers/s, one loop", "NSD", 3.3, rate(COMPILED, "NSD")),
    Target("answers/s, one loop", "Knot DNS", 4.2, rate(COMPILED, "Knot DNS")),
    Target("answers/s, interpreted", PEER, 0.10, rate(INTERPRETED, PEER)),
    Target("answers/s, interpreted", "dnslib's own server", 7.0, rate(INTERPRETED, "dnslib, its own server")),
    Target("p99 at the steady rate, quiet", PEER, 1.3, rate(COMPILED, PEER, "p99"), is_most=True),
    Target("lost at the steady rate, quiet", "nothing", 0, lost(COMPILED, "lost"), is_most=True),
    Target("p99, busy portal, 5 policy edits/s", "rbldnsd beside it", 1.3, beside("busy with swaps"), is_most=True),
    Target("lost, busy portal, 5 policy edits/s", "nothing", 0, lost_beside("busy with swaps lost"), is_most=True),
    Target("answers/s under a busy portal", "itself, quiet", 0.8, beside("itself")),
    Target("list of 1M loaded, times faster", PEER, 5, loading(MILLION)),
    Target("list of 10M loaded, times faster", PEER, 20, loading(10 * MILLION)),
    Target("memory of the list, 1M", PEER, 0.6, memory(MILLION), is_most=True),
    Target("memory of the list, 10M", PEER, 0.6, memory(10 * MILLION), is_most=True),
    most("lost while a successor takes over, 20,000/s", 0, ours_in("restart, lost")),
    most("slowest answer meanwhile, s", 1, ours_in("restart, longest", 1e6)),
    most("first right answer after a start, 10M entries, s of processor", 0.3, starting(10 * MILLION)),
    most("memory of the whole process, 1M entries, MB", 70, whole_memory),
    *(
        most(f"{what} during the import of {count:,} entries", bound, of_import(count, figure, unit))
        for count in (MILLION, 10 * MILLION)
        for what, figure, bound, unit in (("p99.9, ms,", "p999", 5, 1000), ("lost", "lost", 0, 1))
    ),
    Target("lost of bursts", "nothing", 0, lost(COMPILED, "lost of bursts"), is_most=True),
)
