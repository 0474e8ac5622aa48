"""Whose evidence counts for whom: the installation's for everybody, an organization's for itself, and what they share.

The installation (its traps, its logs, its operator) and the complaints that it knows the reporters of are one reporter;
each organization is another. What an organization reports lists for that organization alone, at once. It lists for
everybody only together with what reporters independent of it say, so many of them as the level asks for, and none of
them gives more than its share of the points. It uses no table, clock or
network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil
from typing import NamedTuple

from reputation.intake import scoring
from reputation.intake.scoring import LEVELS, NEIGHBOURS, NEW, ROUNDING, ScoredReport, SenderState, Times

NEEDED: Times = (3, 3, 2, 2)  # reporters that must agree, at the levels 1 to 4
AGREES_FROM = 0.1  # points left of what a reporter said: less is as good as forgotten
INSTALLATION = ""  # among the witnesses of an address; others have a name
LAST = len(LEVELS) - 1  # the place of level 4, the only one at which a protected sender is listed


_in_force: Times = NEEDED


def require(needed: Times) -> None:
    """Set how many reporters must agree at the levels 1 to 4, as the settings of this process say."""
    global _in_force
    _in_force = needed


def in_force() -> Times:
    """Return how many reporters must agree at the levels 1 to 4."""
    return _in_force


class Standing(NamedTuple):
    """What is remembered of a subject: what counts for everybody, and by organization what it has reported itself."""

    shared: SenderState = NEW
    own: Mapping[int, SenderState] = {}

    def expiries_for(self, organization_id: int | None) -> Times:
        """Return until when each level lists the subject for an organization; for None, for everybody."""
        mine = self.own.get(organization_id, NEW) if organization_id is not None else NEW
        one, two, three, four = map(max, self.shared.expiries, mine.expiries)
        return one, two, three, four


class Witnessed(NamedTuple):
    """A report, and the organization that made it; None is the installation, or a complaint that it counts."""

    report: ScoredReport
    organization_id: int | None = None


def after(standing: Standing, one: Witnessed, needed: Times = NEEDED, is_protected: bool = False) -> Standing:
    """Return the standing after one more report.

    A protected sender is listed for nobody but the organization that reports it, and there at level 4. Raise KeyError
    for a source that is not in the table.
    """
    at = max(one.report.at, standing.shared.at)
    if one.organization_id is None:
        shared, own = scoring.counted(standing.shared, at, one.report), standing.own
        lowest = scoring.lowest_listed(shared)
    else:
        shared, lowest = scoring.faded(standing.shared, at), len(LEVELS)
        mine = scoring.counted(standing.own.get(one.organization_id, NEW), at, one.report)
        own = {**standing.own, one.organization_id: _listed_alone(mine, shared, is_protected)}
    if is_protected:
        return Standing(shared, own)
    lowest = min(lowest, _lowest_agreed(shared, own.values(), needed))
    return Standing(scoring.listed_from(shared, lowest), own)


def _listed_alone(mine: SenderState, shared: SenderState, is_protected: bool) -> SenderState:
    """For itself an organization's word stands beside what everybody knows, with all its points."""
    at = mine.at
    known = scoring.score_of(shared, at)
    lowest = scoring.lowest_listed(mine, known.points, known.rating)
    return scoring.listed_from(mine, max(lowest, LAST) if is_protected else lowest)


def _lowest_agreed(shared: SenderState, own: Iterable[SenderState], needed: Times) -> int:
    """The lowest place in LEVELS at which reporters that are independent of each other list together."""
    known = scoring.score_of(shared, shared.at)
    said = [scoring.score_of(one, shared.at).points for one in own]
    said = [points for points in said if points >= AGREES_FROM]
    reporters = len(said) + (known.points >= AGREES_FROM)
    for place, level in enumerate(LEVELS):
        wanted = scoring.tolerance(level, shared.clean)
        together = known.points + sum(min(points, wanted / needed[place]) for points in said)
        if reporters >= needed[place] and said and together + ROUNDING >= wanted:
            return place
    return len(LEVELS)


class Neighbour(NamedTuple):
    """A subject of a network: its state, and who has reported it: INSTALLATION, or names of others."""

    state: SenderState
    witnesses: frozenset[str]


def neighbourhood(alike: Iterable[Neighbour], now: int, needed: Times = NEEDED) -> Times:
    """Compute until when each level lists a whole network for everybody.

    As scoring.neighbourhood has it, but no reporter other than the installation brings more than its share of the
    listed addresses: where three must agree, a third of them.
    """
    some = list(alike)
    if not any(scoring.neighbourhood([one.state for one in some], now)):
        return 0, 0, 0, 0
    one, two, three, four = (_until(some, place, many, needed[place]) for place, many in enumerate(NEIGHBOURS))
    return one, two, three, four


def _until(alike: list[Neighbour], place: int, many: int, reporters: int) -> int:
    """The second from which fewer than `many` addresses are listed that count for the network."""
    share, given, counted = ceil(many / reporters), dict[str, int](), 0
    for one in sorted(alike, key=lambda each: each.state.expiries[place], reverse=True) if many else ():
        counted += INSTALLATION in one.witnesses or _has_share(one.witnesses, given, share)
        if counted == many:
            return one.state.expiries[place]
    return 0


def _has_share(witnesses: Iterable[str], given: dict[str, int], share: int) -> bool:
    """Whether one of the witnesses may still bring an address; where one may, count it there."""
    free = min(witnesses, key=lambda name: given.get(name, 0), default=None)
    if free is None or given.get(free, 0) >= share:
        return False
    given[free] = given.get(free, 0) + 1
    return True
