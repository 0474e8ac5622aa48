"""What the product did before the estimate, as a peer: points of one sender, tolerances by level, and stays.

The evidence of one subject (an IPv4 address, or the /64 of an IPv6 address) is added to its state report by report: the
points of a report fade, clean messages make a rating that stands against them, and each level that the points reach
lists the subject for a stay, which doubles where reports come again. It uses no table, clock or network.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

MINUTE, HOUR, DAY = 60, 3600, 86400


class Level(NamedTuple):
    """When a level lists a sender, and for how long.

    It lists from `stranger` points on a sender without a rating, from `rated` points on a well-rated one, and from
    points in between for those in between; it tolerates `share` points more for each clean message that is remembered.
    A stay begins at `shortest` seconds and doubles up to `longest` seconds.
    """

    stranger: float
    rated: float
    share: float
    shortest: int
    longest: int


WEIGHTS = {"trap": 1.0, "hand": 1.0, "filter": 0.5, "complaint": 0.2}  # points of one report, by its source
EVIDENCE_HALF_LIFE = 24 * HOUR
CLEAN_HALF_LIFE = 7 * DAY
COMPLAINTS_AT_MOST = WEIGHTS["trap"]  # points of all complaints together: those of one trap
WELL_RATED = 100  # clean messages remembered
ACTIVE = HOUR  # a report that lists makes this long after it an active time: each doubles the next stay
REPETITION_HALF_LIFE = 3 * DAY
LEVELS = (
    Level(1.1, 3.0, 0.001, 5 * MINUTE, 3 * HOUR),
    Level(0.5, 3.0, 0.001, HOUR, 12 * HOUR),
    Level(0.2, 1.0, 0.001, 2 * HOUR, 12 * HOUR),
    Level(0.0, 0.0, 0.0, 4 * HOUR, 12 * HOUR),
)
# So many addresses of one network (/24, or /56 of IPv6) listed at a level list all of it, while they are; 0: never.
NEIGHBOURS = (0, 10, 8, 6)
FEWEST = min(filter(None, NEIGHBOURS))

DEFAULT = 1  # the place of the default level, 2
MOST_DOUBLINGS = 16.0  # more than any longest stay allows, and no number grows without bound
ROUNDING = 1e-9  # of points: a sum in another order must not decide
WHOLE = REPETITION_HALF_LIFE / math.log(2) / ACTIVE  # active times remembered of a sender that never rests

Four = tuple[float, float, float, float]
Times = tuple[int, int, int, int]


class SenderState(NamedTuple):
    """All that is remembered of a subject.

    The sums are as of `at` (Unix seconds) and fade from then on; NEW is the state without any evidence. By level:
    `repetition` in active times as of `listed_at`, the last report that listed the subject; and `expiries`, the second
    from which it is no longer listed.
    """

    at: int = 0
    trusted: float = 0.0
    complained: float = 0.0
    clean: float = 0.0
    repetition: Four = (0.0, 0.0, 0.0, 0.0)
    listed_at: Times = (0, 0, 0, 0)
    expiries: Times = (0, 0, 0, 0)


NEW = SenderState()


def after_clean(state: SenderState, at: int) -> SenderState:
    """Return the state after a clean message. It changes no stay that has begun."""
    return _faded(state, at, clean=1.0)


def after_report(state: SenderState, at: int, source: str) -> SenderState:
    """Return the state after one more report. Raise KeyError for a source that is not in the table."""
    points = WEIGHTS[source]
    if source == "complaint":
        return _listed(_faded(state, at, complained=points))
    return _listed(_faded(state, at, trusted=points))


def neighbourhood(states: Iterable[SenderState], now: int) -> Times:
    """Compute until when each level lists a whole network, from the states of its addresses: while enough are listed.

    A network whose other addresses are well rated together is left to its addresses.
    """
    alike = list(states)
    others = (one.clean * _half((now - one.at) / CLEAN_HALF_LIFE) for one in alike if one.expiries[DEFAULT] <= now)
    if len(alike) < FEWEST or sum(others) >= WELL_RATED:
        return 0, 0, 0, 0
    return _times(
        [_last_of(sorted(one.expiries[place] for one in alike), many) for place, many in enumerate(NEIGHBOURS)]
    )


def _last_of(expiries: list[int], many: int) -> int:
    """The second from which fewer than so many are listed."""
    return expiries[-many] if 0 < many <= len(expiries) else 0


def _tolerance(level: Level, clean: float) -> float:
    """The points from which a level lists a sender with this number of remembered clean messages."""
    stranger, rated, share, _, _ = level
    if clean < WELL_RATED:
        return stranger + (rated - stranger) * clean / WELL_RATED + share * clean
    return rated + share * clean


def _faded(
    state: SenderState, at: int, trusted: float = 0.0, complained: float = 0.0, clean: float = 0.0
) -> SenderState:
    """The sums as of `at`, with what comes to them; what comes late counts as of the last event."""
    age = max(at - state.at, 0)
    fading = _half(age / EVIDENCE_HALF_LIFE)
    return state._replace(
        at=max(at, state.at),
        trusted=state.trusted * fading + trusted,
        complained=state.complained * fading + complained,
        clean=state.clean * _half(age / CLEAN_HALF_LIFE) + clean,
    )


def _listed(state: SenderState) -> SenderState:
    """The state listed at every level that its points reach, at the second that it is as of."""
    evidence = state.trusted + min(state.complained, COMPLAINTS_AT_MOST) + ROUNDING
    at, repetition, listed_at, expiries = state.at, [*state.repetition], [*state.listed_at], [*state.expiries]
    for place, level in enumerate(LEVELS):
        if evidence < _tolerance(level, state.clean):
            continue
        if listed_at[place]:
            repetition[place] = _repeated(repetition[place], at - listed_at[place])
        listed_at[place] = at
        expiries[place] = max(expiries[place], at + _stay(level, repetition[place]))
    return state._replace(repetition=_four(repetition), listed_at=_times(listed_at), expiries=_times(expiries))


def _stay(level: Level, repetition: float) -> int:
    """Seconds: doubled by each active time that is remembered, up to the longest."""
    return int(min(level.shortest * 2.0 ** min(repetition, MOST_DOUBLINGS), level.longest))


def _repeated(before: float, gap: int) -> float:
    """Active times remembered, `gap` seconds after the last report that listed: of the gap, the first hour was active.

    The measure of a union of intervals, each moment of it faded by its age.
    """
    end = _half(gap / REPETITION_HALF_LIFE)
    begin = _half(max(gap - ACTIVE, 0) / REPETITION_HALF_LIFE)
    return before * end + (begin - end) * WHOLE


def _half(half_lives: float) -> float:
    """What is left after so many half-lives."""
    return math.exp2(-half_lives)


def _four(values: list[float]) -> Four:
    return values[0], values[1], values[2], values[3]


def _times(values: list[int]) -> Times:
    return values[0], values[1], values[2], values[3]
