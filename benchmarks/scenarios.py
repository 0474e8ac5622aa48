"""DNS while something else goes on: each scenario asks Gatepost and rbldnsd in the same rounds, in the same company.

A scenario is a function from the stage to comparisons; a new one is a function and a name in SCENARIOS.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from benchmarks.contest import attempt, flood, ours, with_policy
from benchmarks.load import Broken, Paced
from benchmarks.neighbours.company import Neighbour, Silent, beside
from benchmarks.report import short
from benchmarks.results import COMPILED, PEER, Comparison, Results, Row, compared
from benchmarks.servers import DidNotStart, Server
from benchmarks.servers.gatepost import EMAIL, PASSWORD, Gatepost
from benchmarks.servers.rbldnsd import Rbldnsd
from benchmarks.workshop import Workshop, interleaved, say

Lap = TypeVar("Lap")

INTERPRETED_RATE = 500  # questions a second


@dataclass
class Stage:
    """Both servers with the main list, running. Without rbldnsd Gatepost stands alone and nothing has a ratio.

    Interpreted, Gatepost is asked at a rate that it can bear.
    """

    shop: Workshop
    gatepost: Gatepost
    peer: Rbldnsd | None

    @property
    def servers(self) -> list[Server]:
        return [server for server in (self.peer, self.gatepost) if server is not None]

    @property
    def core(self) -> int:
        """The server's core, where the company is, too."""
        return self.shop.machine.server_cores[0]

    @property
    def rate(self) -> int:
        return self.shop.plan.rate if self.gatepost.name == COMPILED else INTERPRETED_RATE

    def paced(self, server: Server) -> Paced:
        plan = self.shop.plan
        found = self.shop.load.steady(server.port, self.shop.material().asked.plain, plan.steady, self.rate)
        assert found is not None, "scenarios need the compiled load"
        return found

    def flooded(self, server: Server) -> float:
        return flood(self.shop, server, self.shop.material().asked.plain)["answers/s"]

    def people(self) -> AbstractContextManager[Neighbour]:
        return beside(self.core, "people", self.gatepost.portal, EMAIL, PASSWORD)

    def edits(self, rate: float, most: int = 1_000_000) -> AbstractContextManager[Neighbour]:
        return beside(self.core, "editor", str(self.gatepost.data), str(rate), str(most))


class Laps:
    """What was measured of both servers, round after round."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._paced: dict[str, list[Paced]] = {}
        self._rates: dict[str, list[float]] = {}

    def pace(self, rounds: int = 1) -> None:
        """Steady rate for both in turn."""
        extend(self._paced, interleaved(rounds, self._stage.servers, self._stage.paced))

    def flood(self, rounds: int = 1) -> None:
        """Full rate for both in turn."""
        extend(self._rates, interleaved(rounds, self._stage.servers, self._stage.flooded))

    def rates(self, scenario: str) -> Comparison:
        """Answers a second."""
        return compared(scenario, "answers/s", self.our_rates, self._rates.get(PEER, []))

    @property
    def our_rates(self) -> list[float]:
        return self._rates[self._stage.gatepost.name]

    def times(self, scenario: str, key: str = "", note: str = "") -> list[Comparison]:
        """The 99th percentile, the longest, and what was lost."""
        mine, theirs = self._paced[self._stage.gatepost.name], self._paced.get(PEER, [])
        found = [
            compared(scenario, "p99, µs", [lap.p99 for lap in mine], [lap.p99 for lap in theirs], key, note),
            compared(scenario, "longest, µs", [lap.longest for lap in mine], [lap.longest for lap in theirs]),
        ]
        lost, lost_there = (float(sum(lap.lost for lap in laps)) for laps in (mine, theirs))
        return [*found, Comparison(scenario, "lost", lost, lost_there if theirs else None, key=f"{key} lost")]


def quiet(stage: Stage) -> list[Comparison]:
    """Nothing else goes on: the measure of the others."""
    laps = Laps(stage)
    laps.pace(stage.shop.plan.scenario_rounds)
    return laps.times("quiet")


def busy_portal(stage: Stage) -> list[Comparison]:
    """Four people open page after page; the portal of the same Gatepost keeps rbldnsd company, from another process."""
    alone, laps = Laps(stage), Laps(stage)
    scenario, pages = "busy portal", 0
    for _ in range(stage.shop.plan.scenario_rounds):
        alone.flood()
        with stage.people() as people:
            laps.pace()
            laps.flood()
        pages += people.done
    itself = compared(scenario, "answers/s, busy against quiet", laps.our_rates, alone.our_rates, "itself")
    # Where two of Gatepost's own figures are compared, the peer's column stays empty.
    itself = replace(itself, theirs=None, note=f"{short(itself.theirs)} when quiet")
    return [*laps.times(scenario, note=f"{pages:,} pages were shown"), laps.rates(scenario), itself]


def busy_portal_and_edits(stage: Stage) -> list[Comparison]:
    """The same, and five edits of a policy a second: each is a new snapshot."""
    laps = Laps(stage)
    with stage.people(), stage.edits(5) as edits:
        laps.pace(stage.shop.plan.scenario_rounds)
    return laps.times("busy portal, 5 policy edits/s", "busy with swaps", f"{edits.done:,} edits")


def busy_threads(stage: Stage) -> list[Comparison]:
    """Four Python threads without a pause in a process of their own, at niceness 10."""
    laps = Laps(stage)
    with beside(stage.core, "threads"):
        laps.pace(stage.shop.plan.scenario_rounds)
        laps.flood(stage.shop.plan.scenario_rounds)
    scenario = "four busy Python threads beside"
    return [*laps.times(scenario), laps.rates(scenario)]


def policy_edits(stage: Stage) -> list[Comparison]:
    """As many edits as the plan says, spread over the laps."""
    laps, plan = Laps(stage), stage.shop.plan
    seconds = plan.scenario_rounds * len(stage.servers) * plan.steady
    with stage.edits(plan.edits / seconds, plan.edits) as edits:
        laps.pace(plan.scenario_rounds)
    return laps.times(f"{plan.edits:,} policy edits in {seconds:.0f} s", note=f"{edits.done:,} edits")


SCENARIOS = (quiet, busy_portal, busy_portal_and_edits, busy_threads, policy_edits)


def scenarios(shop: Workshop, results: Results) -> None:
    """All of them, on one stage, into the results."""
    with staged(shop) as stage:
        for scenario in SCENARIOS:
            record(results, scenario.__name__, partial(scenario, stage))


def record(results: Results, name: str, measure: Callable[[], list[Comparison]]) -> None:
    """One scenario; what goes wrong in it is told on the page, and costs no other."""
    title = name.replace("_", " ")
    say(title)
    try:
        results.comparisons += measure()
    except (Silent, Broken, DidNotStart, subprocess.SubprocessError) as reason:
        results.problems.append(f"{title}: {reason}")


@contextmanager
def staged(shop: Workshop) -> Iterator[Stage]:
    """Both servers, started."""
    data = shop.material()
    mine = ours(shop, with_policy(shop, data))
    stage = Stage(shop, mine, peer(shop))
    with shop.running(stage.servers):
        yield stage


def peer(shop: Workshop) -> Rbldnsd | None:
    """rbldnsd with the main list, where it can be had."""
    data = shop.material()
    return attempt(Row(PEER), lambda: Rbldnsd(shop.place(), data.peer_zone, data.rbldnsd))


def extend(kept: dict[str, list[Lap]], more: Mapping[str, list[Lap]]) -> None:
    """More rounds behind those that there are."""
    for name, laps in more.items():
        kept.setdefault(name, []).extend(laps)
