"""How much of what other installations say of a node counts, and how far they are believed: pure sums.

A node is a network, a provider's class of names, or a single address, as reputation/intake/steps.py names it. A peer is
another installation, by its public key. What holds whatever the numbers are (the tests search for an exception):

- a group of peers, who were introduced by one another, weighs as much as its most trusted member at most
- no group says more than all others and our own evidence together: alone it says nothing
- what all of them together say of a node has a bound
- who calls nodes spam at random is believed no more than at the beginning, while less than 90 % of what we see is spam
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeVar

from reputation.intake.estimate import DAY

Peer = TypeVar("Peer")  # how the caller names a peer: by its key, or by its number

HALF_LIFE = 21 * DAY  # of what was learned of a peer
BEGINNING = 0.1  # the weight of a peer of which nothing was learned yet
LEAN = 20.0  # messages that we have judged ourselves, until a peer that was always right has half of its weight
LOSS = 5.0  # a peer that is wrong loses its weight so much faster than one that is right gains it
CREDIT = 3.0  # messages at one node that count for or against the peer that called it spam
MOST_WORD = 4.0  # messages that one group says of one node
MOST_SPAM, MOST_CLEAN = 12.0, 12.0  # messages that all of them together say of one node
HIGHEST_BASE = 0.9  # where nothing but traps is there, all that we see is spam, and says nothing of chance


class Word(NamedTuple):
    """What a peer says of a node, as of now: messages of spam, and messages seen."""

    spam: float = 0.0
    seen: float = 0.0


NEVER_SEEN = Word()


class Trust(NamedTuple):
    """Sums as of `at`: messages that we judged at nodes which the peer had called spam, and those that were spam."""

    at: int = 0
    judged: float = 0.0
    right: float = 0.0


def foreign(
    words: Mapping[Peer, Word],
    weights: Mapping[Peer, float],
    groups: Mapping[Peer, str],
    own: Word = NEVER_SEEN,
) -> tuple[float, float]:
    """Return the messages of spam, and all messages, that other installations' words about one node come to.

    `words`, `weights` (from 0 to 1) and `groups` go by the peer; one without a weight or a group says nothing. `own` is
    what we have seen ourselves at the node.
    """
    spam = {peer: word.spam for peer, word in words.items()}
    clean = {peer: word.seen - word.spam for peer, word in words.items()}
    told = min(_agreed(spam, weights, groups, own.spam), MOST_SPAM)
    return told, told + min(_agreed(clean, weights, groups, max(own.seen - own.spam, 0.0)), MOST_CLEAN)


def no_louder_than_the_rest(told: Iterable[float], own: float) -> float:
    """Return the sum of what groups say, where none adds more than all the others and we ourselves together."""
    rising = sorted(told)
    rest = math.fsum(rising[:-1])
    return rest + min(rising[-1], rest + max(own, 0.0)) if rising else 0.0


def learned(trust: Trust, at: int, spam: float, seen: float) -> Trust:
    """Return the trust in a peer after `seen` messages, `spam` of them spam, came from a node that it called spam."""
    trust = faded(trust, at)
    judged = max(spam, seen, 0.0)
    if not judged:
        return trust
    part = min(1.0, CREDIT / judged)
    return trust._replace(judged=trust.judged + judged * part, right=trust.right + max(spam, 0.0) * part)


def weight(trust: Trust, at: int, base: float) -> float:
    """Return from 0 to 1 what a peer's word weighs. `base` is the share of spam in all that we see ourselves.

    Only what goes beyond that share is to the peer's credit: where nine of ten messages are spam, everybody is right
    in nine of ten cases.
    """
    trust, base = faded(trust, at), max(0.0, min(base, HIGHEST_BASE))
    lift = (trust.right - base * trust.judged) / ((1 - base) * (trust.judged + LEAN))
    return max(0.0, min(1.0, BEGINNING + ((1 - BEGINNING) if lift > 0 else LOSS) * lift))


def group_of(introduced_by: Mapping[str, str]) -> dict[str, str]:
    """Return the group of each peer: who stands at the beginning of those by whom it was introduced.

    "" is a peer that the operator knows, who is the first of a group. An introducer may be a peer no longer.
    """
    return {peer: _first(peer, introduced_by) for peer in introduced_by}


def faded(trust: Trust, at: int) -> Trust:
    """Return the trust as of `at`; one that is newer stays as it is."""
    age = at - trust.at
    if age <= 0:
        return trust
    left = math.exp2(-age / HALF_LIFE)
    return Trust(at, trust.judged * left, trust.right * left)


def _agreed(said: Mapping[Peer, float], weights: Mapping[Peer, float], groups: Mapping[Peer, str], own: float) -> float:
    """What the groups say together; the one that says most adds no more than all others and we ourselves."""
    sums: dict[str, float] = {}
    most: dict[str, float] = {}
    for peer, messages in said.items():
        weighs, group = weights.get(peer, 0.0), groups.get(peer)
        if group is None or weighs <= 0 or not messages > 0:
            continue
        sums[group] = sums.get(group, 0.0) + weighs * min(messages, MOST_WORD)
        most[group] = max(most.get(group, 0.0), weighs)
    return no_louder_than_the_rest((min(total, MOST_WORD * most[group]) for group, total in sums.items()), own)


def _first(peer: str, introduced_by: Mapping[str, str]) -> str:
    way = [peer]
    while before := introduced_by.get(way[-1], ""):
        if before in way:
            return min(way[way.index(before) :])  # they introduced each other in a circle, and are one group
        way.append(before)
    return way[-1]
