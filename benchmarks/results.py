"""What a run found, as numbers by name; the report makes sentences of it. It is kept as JSON beside the run's data."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

PEER = "rbldnsd, ip4trie"
NEWER = "rbldnsd of GATEPOST_BENCH_RBLDNSD"
FLOODS = {"partial": "partial names", "unknown": "unknown codes", "malformed": "malformed packets"}
CASES = ("cold", "same_network", "other_network")  # of a lookup through a resolver
COMPILED, INTERPRETED = "Gatepost", "Gatepost, interpreted"


@dataclass
class Row:
    """One server. `rounds`: a figure of each round; `once`: a figure of the whole run; `absent`: why it has none."""

    name: str
    rounds: dict[str, list[float]] = field(default_factory=dict)
    once: dict[str, float] = field(default_factory=dict)
    absent: str = ""

    def median(self, figure: str) -> float | None:
        """Return the figure of the middle round, or that of the run; None where it was not measured."""
        values = self.rounds.get(figure)
        return statistics.median(values) if values else self.once.get(figure)

    def total(self, figure: str) -> float | None:
        """Return the sum over all rounds: for losses, where the middle one would hide a bad round."""
        values = self.rounds.get(figure)
        return sum(values) if values else None

    def add(self, **figures: float) -> None:
        """Add the figures of one more round."""
        for name, value in figures.items():
            self.rounds.setdefault(name, []).append(value)


@dataclass
class Comparison:
    """One figure under a condition: ours, the peer's in the same rounds, and the median of the rounds' ratios."""

    scenario: str
    measure: str
    ours: float | None = None
    theirs: float | None = None
    ratio: float | None = None
    note: str = ""
    key: str = ""  # by which a target finds it


@dataclass(frozen=True)
class Cost:
    """How many packets of a resolver reached Gatepost for a lookup, by case."""

    resolver: str
    version: int
    packets: dict[str, int]


@dataclass(frozen=True)
class Lap:
    """The lookups of one lap through a resolver, beside what; times in microseconds.

    `flood`: packets a second that another address sent, and `micros` the processor time of Gatepost for each that it
    answered, 0 where it answered none. `dropped` and `truncated`: questions of the resolver over UDP that got no
    answer, or one that says to come by TCP.
    """

    resolver: str
    beside: str
    asked: int
    lost: int
    failed: int
    p50: float
    p90: float
    p99: float
    p999: float
    longest: float
    flood: float = 0.0
    micros: float = 0.0
    dropped: int = 0
    truncated: int = 0
    busy: float = 0.0  # the load average before all laps of the resolver


@dataclass
class Results:
    """All results of a run. `sizes` has a row for each server and number of entries."""

    plan: str
    machine: str
    load: str
    entries: int
    questions: int
    rate: int
    rows: list[Row] = field(default_factory=list)
    sizes: dict[int, list[Row]] = field(default_factory=dict)
    comparisons: list[Comparison] = field(default_factory=list)
    mixes: dict[str, float] = field(default_factory=dict)  # the share of partial names of each
    lookups: list[Cost] = field(default_factory=list)
    laps: list[Lap] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    minutes: float = 0.0

    def row(self, name: str) -> Row | None:
        """Return the server of this name, where it was measured."""
        return find(self.rows, name)

    def comparison(self, key: str) -> Comparison | None:
        """Return the comparison under this key, where it was made."""
        return next((one for one in self.comparisons if one.key == key), None)

    def lap(self, resolver: str, beside: str) -> Lap | None:
        """Return the lap through a resolver beside this, where it was measured."""
        return next((lap for lap in self.laps if (lap.resolver, lap.beside) == (resolver, beside)), None)

    def save(self, path: Path) -> None:
        """Write the results as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1))

    @classmethod
    def load_from(cls, path: Path) -> Results:
        """Read what `save` wrote, so that the page can be made again without a run."""
        kept = json.loads(path.read_text())
        kept["rows"] = [Row(**row) for row in kept["rows"]]
        kept["sizes"] = {int(size): [Row(**row) for row in rows] for size, rows in kept["sizes"].items()}
        kept["lookups"] = [Cost(**one) for one in kept["lookups"]]
        kept["laps"] = [Lap(**one) for one in kept["laps"]]
        kept["comparisons"] = [Comparison(**one) for one in kept["comparisons"]]
        return cls(**kept)


def find(rows: Sequence[Row], name: str) -> Row | None:
    """Return the row of this name, where the server was measured."""
    return next((row for row in rows if row.name == name and not row.absent), None)


def ratio(ours: Row | None, theirs: Row | None, figure: str) -> float | None:
    """Return the median of the ratios of each round: it holds where the machine's speed drifts between rounds."""
    if ours is None or theirs is None:
        return None
    if ours.rounds.get(figure) and theirs.rounds.get(figure):
        return paired(ours.rounds[figure], theirs.rounds[figure])
    mine, other = ours.once.get(figure), theirs.once.get(figure)
    return mine / other if mine is not None and other else None


def paired(ours: Sequence[float], theirs: Sequence[float]) -> float | None:
    """Return the median of the pairs' ratios."""
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True) if other]
    return statistics.median(ratios) if ratios else None


def compared(
    scenario: str, measure: str, ours: Sequence[float], theirs: Sequence[float], key: str = "", note: str = ""
) -> Comparison:
    """Compare two series of the same rounds; the peer's is empty where there is none."""
    middle = statistics.median(theirs) if theirs else None
    pairs = paired(ours, theirs) if theirs else None
    return Comparison(scenario, measure, statistics.median(ours), middle, pairs, note, key)
