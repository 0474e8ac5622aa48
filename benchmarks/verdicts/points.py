"""What the first version of the product did: points of one sender, tolerances by level, and stays. It is a peer now.

The evidence of one subject (an IPv4 address, or the /64 of an IPv6 address) is added to its state report by report, so
that one more report costs the same whatever came before. Every number is in the table below, and docs/scoring.md says
where each comes from. Some rules hold whatever the numbers are (the tests search for an exception):

- one more report never shortens a stay: points add up, and the repetition counts a union of hours, which only grows
- time raises no score: points fade at least as fast as the rating that stands against them
- what is listed at a level is listed at the next one, too, and there not for a shorter time
- complaints alone, however many, never list a well-rated sender at level 1 or 2
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Sequence
from typing import NamedTuple

MINUTE, HOUR, DAY = 60, 3600, 86400


class Level(NamedTuple):
    """When a level lists a sender, and for how long.

    It lists from `stranger` points on a sender without a rating, from `rated` points on a well-rated one, and from
    points in between for those in between; it tolerates `share` points more for each clean connection that is
    remembered. A stay begins at `shortest` seconds and doubles up to `longest` seconds.
    """

    stranger: float
    rated: float
    share: float
    shortest: int
    longest: int


# The one table of numbers.
WEIGHTS = {"trap": 1.0, "hand": 1.0, "filter": 0.5, "complaint": 0.2}  # points of one report, by its source
EVIDENCE_HALF_LIFE = 24 * HOUR
CLEAN_HALF_LIFE = 7 * DAY  # never below the one of evidence: a rating that faded faster would raise a score with time
COMPLAINTS_AT_MOST = WEIGHTS["trap"]  # points of all complaints together: those of one trap
WELL_RATED = 100  # clean connections remembered
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
LIGHTEST, HEAVIEST = 0.01, 10.0  # what one report's own weight may be

SOURCES = tuple(WEIGHTS)
_when = operator.itemgetter(0)  # of a report, or of clean connections
COMPLAINT = "complaint"
DEFAULT = 1  # the place of the default level, 2
MOST_DOUBLINGS = 16.0  # more than any longest stay allows, and no number grows without bound
ROUNDING = 1e-9  # of points: a sum in another order must not decide
WHOLE = REPETITION_HALF_LIFE / math.log(2) / ACTIVE  # active times remembered of a sender that never rests

Four = tuple[float, float, float, float]
Times = tuple[int, int, int, int]


class ScoredReport(NamedTuple):
    """One piece of evidence: `at` in Unix seconds, a source of WEIGHTS, and the weight of this reporter's word."""

    at: int
    source: str
    weight: float = 1.0


class Clean(NamedTuple):
    """A number of connections that were seen without spam, at a Unix second."""

    at: int
    connections: float = 1.0


class SenderState(NamedTuple):
    """All that is remembered of a subject.

    The sums are as of `at` (Unix seconds) and fade from then on; NEW is the state without any evidence. By level:
    `repetition` in active times as of `listed_at`, the last report that listed the subject; and `expiries`, the second
    from which it is no longer listed. `times_listed` counts how often a listing at the default level began.
    """

    at: int = 0
    trusted: float = 0.0
    complained: float = 0.0
    clean: float = 0.0
    repetition: Four = (0.0, 0.0, 0.0, 0.0)
    listed_at: Times = (0, 0, 0, 0)
    expiries: Times = (0, 0, 0, 0)
    times_listed: int = 0


NEW = SenderState()


class History(NamedTuple):
    """The evidence of one subject, in any order, and the state before it."""

    reports: Sequence[ScoredReport] = ()
    clean: Sequence[Clean] = ()
    before: SenderState = NEW


class Score(NamedTuple):
    """What the evidence amounts to at one moment.

    These are its points, the clean connections that stand against them, and until when each level lists the subject (0:
    never).
    """

    points: float
    rating: float
    expiries: Times

    def listed(self, level: int, now: int) -> bool:
        """Tell whether the subject is listed for an organization that chose this level, 1 to 4."""
        return now < self.expiries[level - 1]

    def lowest_level(self, now: int) -> int:
        """Return the lowest level at which the subject is listed; 0 where none lists it."""
        return next((level for level in range(1, len(LEVELS) + 1) if self.listed(level, now)), 0)


def score(history: History, now: int) -> Score:
    """Compute the score of a history at `now`; later evidence is counted as of now."""
    return score_of(state_after(history, now), now)


def state_after(history: History, now: int) -> SenderState:
    """Return the state after all evidence of the history, counted in the order of time."""
    events: list[ScoredReport | Clean] = sorted((*history.clean, *history.reports), key=_when)
    state = history.before
    for event in events:
        at = min(event.at, now)
        if isinstance(event, Clean):
            state = after_clean(state, at, event.connections)
        else:
            state = after_report(state, at, event.source, event.weight)
    return state


def score_of(state: SenderState, now: int) -> Score:
    """Compute the score of a state at `now`."""
    age = max(now - state.at, 0)
    fading = _half(age / EVIDENCE_HALF_LIFE)
    points = state.trusted * fading + min(state.complained * fading, COMPLAINTS_AT_MOST)
    return Score(points, state.clean * _half(age / CLEAN_HALF_LIFE), state.expiries)


def after_clean(state: SenderState, at: int, connections: float = 1.0) -> SenderState:
    """Return the state after connections without spam. They change no stay that has begun."""
    return faded(state, at, clean=connections)


def after_report(state: SenderState, at: int, source: str, weight: float = 1.0) -> SenderState:
    """Return the state after one more report. Raise KeyError for a source that is not in the table."""
    state = counted(state, at, ScoredReport(at, source, weight))
    return listed_from(state, lowest_listed(state))


def counted(state: SenderState, at: int, report: ScoredReport) -> SenderState:
    """Return the state with the points of one more report, which lists nobody yet. Raise KeyError as above."""
    points = WEIGHTS[report.source] * report.weight
    if report.source == COMPLAINT:
        return faded(state, at, complained=points)
    return faded(state, at, trusted=points)


def lowest_listed(state: SenderState, more: float = 0.0, clean: float | None = None) -> int:
    """Return the lowest place in LEVELS at which a state's points list it, at the second that the state is as of.

    `more` are points of others beside them; `clean` are the connections without spam where the state does not know
    them.
    """
    evidence = state.trusted + min(state.complained, COMPLAINTS_AT_MOST) + more + ROUNDING
    lowest = 0
    while evidence < tolerance(LEVELS[lowest], state.clean if clean is None else clean):  # the last tolerates nothing
        lowest += 1
    return lowest


def neighbourhood(states: Iterable[SenderState], now: int) -> Times:
    """Compute until when each level lists a whole network, from the states of its addresses: while enough are listed.

    Spam that is spread over a network (snowshoe) gives each address too little evidence to stay listed. A network whose
    other addresses are well rated together is left to its addresses: they belong to different senders.
    """
    alike = list(states)
    others = (score_of(one, now).rating for one in alike if one.expiries[DEFAULT] <= now)
    if len(alike) < FEWEST or sum(others) >= WELL_RATED:
        return 0, 0, 0, 0
    return _times(
        [_last_of(sorted(one.expiries[place] for one in alike), many) for place, many in enumerate(NEIGHBOURS)]
    )


def _last_of(expiries: list[int], many: int) -> int:
    """The second from which fewer than so many are listed."""
    return expiries[-many] if 0 < many <= len(expiries) else 0


def tolerance(level: Level, clean: float) -> float:
    """Return the points from which a level lists a sender with this number of remembered clean connections."""
    stranger, rated, share, _, _ = level
    if clean < WELL_RATED:
        return stranger + (rated - stranger) * clean / WELL_RATED + share * clean
    return rated + share * clean


def is_negligible(state: SenderState, now: int) -> bool:
    """Tell whether nothing of a state could matter any more, so that it can be removed."""
    found = score_of(state, now)
    repeated = max(state.repetition) * _half(max(now - max(state.listed_at), 0) / REPETITION_HALF_LIFE)
    return found.points < 0.01 and found.rating < 0.5 and repeated < 0.05 and max(state.expiries) <= now


def faded(
    state: SenderState, at: int, trusted: float = 0.0, complained: float = 0.0, clean: float = 0.0
) -> SenderState:
    """Return the sums as of `at`, with what comes to them; what comes late counts as of the last event."""
    age = at - state.at
    if age < 0:
        age, at = 0, state.at
    _, before, complained_before, clean_before, repetition, listed_at, expiries, times_listed = state
    if age:
        fading = _half(age / EVIDENCE_HALF_LIFE)
        before, complained_before = before * fading, complained_before * fading
        clean_before *= _half(age / CLEAN_HALF_LIFE)
    return SenderState(
        at,
        before + trusted,
        complained_before + complained,
        clean_before + clean,
        repetition,
        listed_at,
        expiries,
        times_listed,
    )


def listed_from(state: SenderState, lowest: int) -> SenderState:
    """Return the state listed at every level from `lowest` on, a place in LEVELS, at the second that it is as of."""
    at = state.at
    if lowest >= len(LEVELS):
        return state
    began = lowest <= DEFAULT and state.expiries[DEFAULT] <= at
    repetition, listed_at, expiries = list(state.repetition), list(state.listed_at), list(state.expiries)
    for place in range(lowest, len(LEVELS)):
        if listed_at[place]:
            repetition[place] = _repeated(repetition[place], at - listed_at[place])
        listed_at[place] = at
        expiries[place] = max(expiries[place], at + _stay(LEVELS[place], repetition[place]))
    return SenderState(*state[:4], _four(repetition), _times(listed_at), _times(expiries), state.times_listed + began)


def _stay(level: Level, repetition: float) -> int:
    """Seconds: doubled by each active time that is remembered, up to the longest."""
    return int(min(level.shortest * 2.0 ** min(repetition, MOST_DOUBLINGS), level.longest))


def _repeated(before: float, gap: int) -> float:
    """Active times remembered, `gap` seconds after the last report that listed: of the gap, the first hour was active.

    The measure of a union of intervals, each moment of it faded by its age. Counting stays instead would not do: one
    more report can join two stays, and the sender would get off the lighter for it.
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
