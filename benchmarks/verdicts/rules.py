"""The rules that are compared: ours at each level, and those that SpamCop and PSBL publish.

A rule takes a sender's evidence and the moments at which somebody asks, and says at which of them the sender is listed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.verdicts import points as scoring
from benchmarks.verdicts.stream import DAY, HOUR, Sender, Stays, Times

Listed = NDArray[np.bool_]
NEVER: scoring.Times = (0, 0, 0, 0)
CLEAN = "clean"


class Rule(NamedTuple):
    """A rule: `verdicts` tells, for each time that was asked at, whether the sender is listed."""

    name: str
    verdicts: Callable[[Sender, Times], Listed]


# SpamCop, "What is the SpamCop Blocking List": freshness 4:1 to 1:1 over 48 hours, a week's memory, trap reports times
# five or squared, no listing by one report, 12 hours for two, 24 without a new report.
FRESH, FRESH_FOR, MEMORY = 4.0, 48 * HOUR, 7 * DAY
TRAP_FACTOR, SQUARED_FROM = 5, 6
STAY, STAY_OF_TWO = 24 * HOUR, 12 * HOUR

# PSBL, by its software Spamikaze: a trap lists for 360 hours, and for ever from the eleventh message on.
PSBL_STAY, PSBL_MOST = 360 * HOUR, 10
REMOVED_AFTER = 12 * HOUR  # when the people of a real mail server have noticed and taken it off, as anybody may


def rules() -> list[Rule]:
    """Return ours at each level, then the others.

    SpamCop does not publish its ratio of reports to reputation, so it is there three times.
    """
    ours = [Rule(f"Gatepost, level {level}", gatepost(level)) for level in range(1, 5)]
    theirs = [Rule(f"SpamCop's rule at {ratio:.1%}", spamcop(ratio)) for ratio in (0.005, 0.02, 0.05)]
    return [*ours, *theirs, Rule("PSBL's rule", psbl)]


def gatepost(level: int) -> Callable[[Sender, Times], Listed]:
    """Make our rule, for senders that `prepare` has seen: the address itself is listed, or its network."""

    def verdicts(sender: Sender, asked: Times) -> Listed:
        assert sender.own is not None
        found = _listed(sender.own, asked, level)
        return found if sender.shared is None else found | _listed(sender.shared, asked, level)

    return verdicts


def _listed(times_listed: Stays, asked: Times, level: int) -> Listed:
    moments, expiries = times_listed
    return np.asarray(expiries[np.searchsorted(moments, asked, "right"), level - 1] > asked)


def prepare(senders: Iterable[Sender]) -> list[Sender]:
    """Fold the evidence of every sender, network by network, into what our scoring makes of it."""
    networks: dict[int, list[Sender]] = defaultdict(list)
    for sender in senders:
        networks[sender.network].append(sender)
    for together in networks.values():
        _fold(together)
    return [sender for together in networks.values() for sender in together]


def _fold(together: list[Sender]) -> None:
    """The same events in the same order as they would come in."""
    events = sorted(
        (int(at), number, source)
        for number, sender in enumerate(together)
        for source, times in _by_source(sender)
        for at in times
    )
    states = [scoring.NEW] * len(together)
    own: list[list[tuple[int, scoring.Times]]] = [[(0, NEVER)] for _ in together]
    shared = [(0, NEVER)]
    for at, number, source in events:
        if source == CLEAN:
            states[number] = scoring.after_clean(states[number], at)
            continue
        states[number] = scoring.after_report(states[number], at, source)
        own[number].append((at, states[number].expiries))
        shared.append((at, scoring.neighbourhood(states, at)))
    for sender, times_listed in zip(together, own, strict=True):
        sender.own = _stays(times_listed)
        sender.shared = _stays(shared) if any(any(expiries) for _, expiries in shared) else None


def _stays(found: list[tuple[int, scoring.Times]]) -> Stays:
    return np.array([at for at, _ in found[1:]], np.int64), np.array([expiries for _, expiries in found], np.int64)


def _by_source(sender: Sender) -> list[tuple[str, Times]]:
    return [("trap", sender.trap), ("filter", sender.filtered), ("complaint", sender.complaint), (CLEAN, sender.clean)]


def spamcop(ratio: float) -> Callable[[Sender, Times], Listed]:
    """Make SpamCop's rule.

    It lists where the weighted reports reach `ratio` of the reputation, which has a point for each connection that
    asks.
    """

    def verdicts(sender: Sender, asked: Times) -> Listed:
        queries = np.sort(np.concatenate([sender.spam, sender.good]))
        manual = np.sort(np.concatenate([sender.filtered, sender.complaint]))
        every = np.sort(np.concatenate([manual, sender.trap]))
        traps = _fresh(sender.trap, asked)
        points = _fresh(manual, asked) + np.where(traps < SQUARED_FROM, TRAP_FACTOR * traps, traps**2)
        count = _within(every, asked)
        last = every[np.maximum(np.searchsorted(every, asked, "right") - 1, 0)] if len(every) else asked * 0
        duration = np.where(count == 2, STAY_OF_TWO, STAY)
        return np.asarray((count >= 2) & (asked - last < duration) & (points >= ratio * _within(queries, asked)))

    return verdicts


def _within(times: Times, asked: Times) -> Times:
    """How many of the times lie in the week before each moment."""
    return np.searchsorted(times, asked, "right") - np.searchsorted(times, asked - MEMORY, "right")


def _fresh(times: Times, asked: Times) -> NDArray[np.float64]:
    """Reports of a week, each weighed by its age: the newest 4, from 48 hours on 1, on a line between them."""
    total = np.concatenate([[0.0], np.cumsum(times, dtype=float)])
    now, fresh, week = (np.searchsorted(times, asked - age, "right") for age in (0, FRESH_FOR, MEMORY))
    ages = (now - fresh) * asked - (total[now] - total[fresh])
    return np.asarray((fresh - week) + FRESH * (now - fresh) - (FRESH - 1) * ages / FRESH_FOR)


def psbl(sender: Sender, asked: Times) -> Listed:
    """Apply the rule of PSBL: one message to a trap lists a sender.

    Known mail servers are exempt, and a real one is removed by its people.
    """
    if sender.known or not len(sender.trap):
        return np.zeros(len(asked), bool)
    place = np.searchsorted(sender.trap, asked, "right")
    last = sender.trap[np.maximum(place - 1, 0)]
    duration = np.where(place > PSBL_MOST, asked + 1, PSBL_STAY)
    return np.asarray((place > 0) & (asked - last < (REMOVED_AFTER if sender.is_real else duration)))
