"""DNS while something else goes on: each scenario asks Gatepost and rbldnsd in the same rounds, beside the same work.

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
from benchmarks.workshop import Material, Workshop, interleaved, say

Lap = TypeVar("Lap")

INTERPRETED_RATE = 500  # questions a second


@dataclass
class Stage:
    """Both servers with the main list, running. Without rbldnsd Gatepost is alone and nothing has a ratio.

    Interpreted, Gatepost is asked at a rate that it can bear.
    """

    shop: Workshop
    gatepost: Gatepost
    peer: Rbldnsd | None

    @property
    def servers(self) -> list[Server]:
        """Return the servers that are measured: rbldnsd where it can be had, and Gatepost."""
        return [server for server in (self.peer, self.gatepost) if server is not None]

    @property
    def core(self) -> int:
        """Return the server's core, where the neighbours run, too."""
        return self.shop.machine.server_cores[0]

    @property
    def rate(self) -> int:
        """Return the rate at which both are asked, in questions a second."""
        return self.shop.plan.rate if self.gatepost.name == COMPILED else INTERPRETED_RATE

    def paced(self, server: Server) -> Paced:
        """Measure one lap of a server at the steady rate."""
        plan = self.shop.plan
        found = self.shop.load.steady(server.port, self.shop.material().asked.plain, plan.steady, self.rate)
        assert found is not None, "scenarios need the compiled load"
        return found

    def flooded(self, server: Server) -> float:
        """Measure one lap of a server at full rate, in answers a second."""
        return flood(self.shop, server, self.shop.material().asked.plain)["answers/s"]

    def people(self) -> AbstractContextManager[Neighbour]:
        """Run people in the portal on the server's core."""
        return beside(self.core, "people", self.gatepost.portal, EMAIL, PASSWORD)

    def edits(self, rate: float, most: int = 1_000_000) -> AbstractContextManager[Neighbour]:
        """Run somebody who edits the policy so many times a second on the server's core."""
        return beside(self.core, "editor", str(self.gatepost.data), str(rate), str(most))


class Laps:
    """What was measured of both servers, round after round."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._paced: dict[str, list[Paced]] = {}
        self._rates: dict[str, list[float]] = {}

    def pace(self, rounds: int = 1) -> None:
        """Measure both in turn at the steady rate."""
        extend(self._paced, interleaved(rounds, self._stage.servers, self._stage.paced))

    def flood(self, rounds: int = 1) -> None:
        """Measure both in turn at full rate."""
        extend(self._rates, interleaved(rounds, self._stage.servers, self._stage.flooded))

    def rates(self, scenario: str) -> Comparison:
        """Compare the answers a second."""
        return compared(scenario, "answers/s", self.our_rates, self._rates.get(PEER, []))

    @property
    def our_rates(self) -> list[float]:
        """Return the answers a second of Gatepost, round by round."""
        return self._rates[self._stage.gatepost.name]

    def times(self, scenario: str, key: str = "", note: str = "") -> list[Comparison]:
        """Compare the 99th percentile, the longest time, and what was lost."""
        mine, theirs = self._paced[self._stage.gatepost.name], self._paced.get(PEER, [])
        found = [
            compared(scenario, "p99, µs", [lap.p99 for lap in mine], [lap.p99 for lap in theirs], key, note),
            compared(scenario, "longest, µs", [lap.longest for lap in mine], [lap.longest for lap in theirs]),
        ]
        lost, lost_there = (float(sum(lap.lost for lap in laps)) for laps in (mine, theirs))
        return [*found, Comparison(scenario, "lost", lost, lost_there if theirs else None, key=f"{key} lost")]


def quiet(stage: Stage) -> list[Comparison]:
    """Measure while nothing else goes on, as the scale for the others."""
    laps = Laps(stage)
    laps.pace(stage.shop.plan.scenario_rounds)
    return laps.times("quiet")


def busy_portal(stage: Stage) -> list[Comparison]:
    """Measure while four people open page after page of Gatepost's portal, for rbldnsd from another process."""
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
    """Measure the same with five edits of a policy a second: each makes a new snapshot."""
    laps = Laps(stage)
    with stage.people(), stage.edits(5) as edits:
        laps.pace(stage.shop.plan.scenario_rounds)
    return laps.times("busy portal, 5 policy edits/s", "busy with swaps", f"{edits.done:,} edits")


def busy_threads(stage: Stage) -> list[Comparison]:
    """Measure beside four Python threads without a pause in a process of their own, at niceness 10."""
    laps = Laps(stage)
    with beside(stage.core, "threads"):
        laps.pace(stage.shop.plan.scenario_rounds)
        laps.flood(stage.shop.plan.scenario_rounds)
    scenario = "four busy Python threads beside"
    return [*laps.times(scenario), laps.rates(scenario)]


def policy_edits(stage: Stage) -> list[Comparison]:
    """Measure while as many edits as the plan says are made, spread over the laps."""
    laps, plan = Laps(stage), stage.shop.plan
    seconds = plan.scenario_rounds * len(stage.servers) * plan.steady
    with stage.edits(plan.edits / seconds, plan.edits) as edits:
        laps.pace(plan.scenario_rounds)
    return laps.times(f"{plan.edits:,} policy edits in {seconds:.0f} s", note=f"{edits.done:,} edits")


SCENARIOS = (quiet, busy_portal, busy_portal_and_edits, busy_threads, policy_edits)


def scenarios(shop: Workshop, results: Results) -> None:
    """Add all scenarios, on one stage, to the results."""
    with staged(shop) as stage:
        for scenario in SCENARIOS:
            record(results, scenario.__name__, partial(scenario, stage))


def record(results: Results, name: str, measure: Callable[[], list[Comparison]]) -> None:
    """Add one scenario; what goes wrong in it is told on the page, and costs no other."""
    title = name.replace("_", " ")
    say(title)
    try:
        results.comparisons += measure()
    except (Silent, Broken, DidNotStart, subprocess.SubprocessError) as reason:
        results.problems.append(f"{title}: {reason}")


@contextmanager
def staged(shop: Workshop) -> Iterator[Stage]:
    """Start both servers."""
    data = shop.material()
    mine = ours(shop, with_policy(shop, data))
    stage = Stage(shop, mine, peer(shop))
    with shop.running(stage.servers):
        yield stage


def peer(shop: Workshop, data: Material | None = None) -> Rbldnsd | None:
    """Make rbldnsd with this data, the main list where none is given; None where it cannot be had."""
    data = data or shop.material()
    return attempt(Row(PEER), lambda: Rbldnsd(shop.place(), data.peer_zone, data.rbldnsd))


def extend(kept: dict[str, list[Lap]], more: Mapping[str, list[Lap]]) -> None:
    """Add more rounds to those that there are."""
    for name, laps in more.items():
        kept.setdefault(name, []).extend(laps)
