"""Whose evidence counts for whom: the installation's for everybody, an organization's for itself, and what they share.

The installation (its traps, its logs, its operator) and the complaints that it knows the reporters of are one reporter;
each organization is another. What an organization reports lists its sender for that organization alone, at once, and
adds nothing to what is known of networks. It lists for everybody only together with what reporters independent of it
say, so many of them as the level asks for, and none of them counts for more than the least of so many does. It uses no
table, clock or network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from reputation.intake import estimate
from reputation.intake.estimate import DEFAULT, LEVELS, THRESHOLDS, Path, Sender, Times

NEEDED: Times = (3, 3, 2, 2)  # reporters that must agree, at the levels 1 to 4
AGREES_FROM = 0.1  # messages left of what a reporter has seen lately: what was said 40 hours ago agrees with nothing
LAST = LEVELS - 1  # the place of level 4, the only one at which a protected sender is listed


_in_force: Times = NEEDED


def require(needed: Times) -> None:
    """Set how many reporters must agree at the levels 1 to 4, as the settings of this process say."""
    global _in_force
    _in_force = needed


def in_force() -> Times:
    """Return how many reporters must agree at the levels 1 to 4."""
    return _in_force


class Standing(NamedTuple):
    """What is remembered of a subject: its path, which counts for everybody, and by organization its own reports."""

    path: Path
    own: Mapping[int, Sender] = {}

    def until_for(self, organization_id: int | None) -> Times:
        """Return until when each level lists the subject for an organization; for None, for everybody."""
        mine = self.own.get(organization_id) if organization_id is not None else None
        return longest(self.path.sender.until, mine.until) if mine else self.path.sender.until


class Witnessed(NamedTuple):
    """A report at a Unix second, and the organization that made it; None is the installation, or a known complaint.

    `recall` is the share of spam that the filter finds, where the report is a filter's verdict.
    """

    at: int
    source: str
    weight: float = 1.0
    organization_id: int | None = None
    recall: float = 1.0


def after(standing: Standing, one: Witnessed, needed: Times = NEEDED, is_protected: bool = False) -> Standing:
    """Return the standing after one more report.

    A protected sender is listed for nobody but the organization that reports it, and there at level 4; it speaks for no
    network. Raise KeyError for a source that is not in the table.
    """
    path, own = standing.path, standing.own
    if one.organization_id is None:
        path = _reported(path, one)
    else:
        mine = own.get(one.organization_id, Sender())
        own = {**own, one.organization_id: _alone(path, mine, one, is_protected)}
    if is_protected:
        sender = path.sender._replace(until=standing.path.sender.until, times_listed=standing.path.sender.times_listed)
        return Standing(standing.path._replace(sender=sender), own)
    return Standing(_agreed(path, own.values(), max(one.at, path.sender.at), needed), own)


def _reported(path: Path, one: Witnessed) -> Path:
    return estimate.after_report(path, one.at, one.source, one.weight, one.recall)


def _alone(path: Path, mine: Sender, one: Witnessed, is_protected: bool) -> Sender:
    """What it says stands beside what everybody knows: for itself it counts as if it were the installation's word."""
    said = _reported(path._replace(sender=mine), one).sender
    if said == mine:  # a complaint beyond what counts in a day
        return mine
    together = estimate.after_report(path, one.at, estimate.FILTER, said.spam)
    ends = estimate.own_ends(together._replace(sender=together.sender._replace(until=estimate.NONE)))
    return said._replace(until=longest(mine.until, (0, 0, 0, ends[LAST]) if is_protected else ends))


def _agreed(path: Path, own: Iterable[Sender], at: int, needed: Times) -> Path:
    """Return the path with its sender listed where reporters that are independent of each other list it together.

    Where they do so at the default level, they are a witness of its networks, too.
    """
    said = [one.spam for one in (estimate.faded(one, at) for one in own) if one.recent_spam >= AGREES_FROM]
    shared = estimate.faded(path.sender, at)
    known = shared.spam if shared.recent_spam >= AGREES_FROM else 0.0
    lowest = next((place for place in range(LEVELS) if said and _agree(path, known, said, at, place, needed)), LEVELS)
    if lowest == LEVELS:
        return path
    before = path.sender
    found = _listed(path, at, lowest)
    if lowest <= DEFAULT and before.until[DEFAULT] <= at:
        return found._replace(nodes=estimate.spammed_above(path.nodes, at, 1.0, 0.0, path.name))
    return found


def _agree(path: Path, known: float, said: list[float], at: int, place: int, needed: Times) -> bool:
    reporters = sorted([*said, known] if known else said, reverse=True)
    if len(reporters) < needed[place]:
        return False
    if place == LAST:  # as for the installation: one message lists
        return True
    most = reporters[needed[place] - 1]
    more = sum(min(amount, most) for amount in said)
    together = estimate.after_report(path, at, estimate.FILTER, more)
    return estimate.estimate(together) >= THRESHOLDS[place]


def _listed(path: Path, at: int, lowest: int) -> Path:
    """The stays of a sender whose newest spam came just now, from a place among the levels on."""
    ends = [0] * lowest + [at + stay for stay in estimate.OWN_STAYS[lowest:]]
    return estimate.listed_until(path, at, longest(path.sender.until, (ends[0], ends[1], ends[2], ends[3])))


def longest(some: Times, others: Times) -> Times:
    """Return the later end at each level."""
    one, two, three, four = map(max, some, others)
    return one, two, three, four
