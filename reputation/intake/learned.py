"""What an installation learns about its evidence: what a connection that only asked weighs, and what a filter finds.

Pure sums that fade, as in estimate.py. Where nothing was learned yet, they say what is usual.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from reputation.intake.estimate import DAY, HOUR, Sender

HALF_LIFE = 21 * DAY
WORLD_SPAM = 0.6  # share of spam among all connections, where nothing but traps is there to measure it
LEAST_ASKED, MOST_ASKED = 0.002, 1.0  # what a connection that only asked may weigh
BEGINNING = 50.0  # connections that hit no trap, before there are any
USUAL_RECALL, USUAL_LOOKED = 0.9, 20.0  # of a filter nobody has measured yet, and how many messages' worth that is
LEAST_RECALL = 0.5
AROUND_A_TRAP = 12 * HOUR  # what a sender sends within this time of a trap is taken for spam
NO_NAME = 3.0  # clean messages: from here a sender that hits a trap may as well be an honest one


class Learned(NamedTuple):
    """Sums as of `at`: connections that asked, messages to traps; of known spam what filters looked at and found."""

    at: int = 0
    asked: float = 0.0
    trapped: float = 0.0
    looked: float = 0.0
    found: float = 0.0


def weight_of_question(learned: Learned, at: int) -> float:
    """Return what a connection that only asked weighs, in messages that were looked at: messages to traps a spam."""
    learned = _faded(learned, at)
    weight = learned.trapped / (WORLD_SPAM * learned.asked + BEGINNING)
    return max(LEAST_ASKED, min(MOST_ASKED, weight))


def recall(learned: Learned, at: int) -> float:
    """Return the share of spam that the filter finds: of what senders that hit a trap send, from 0.5 to 1."""
    learned = _faded(learned, at)
    found = learned.found + USUAL_RECALL * USUAL_LOOKED
    return max(LEAST_RECALL, min(1.0, found / (learned.looked + USUAL_LOOKED)))


def recall_of(learned: Learned, at: int, organization_id: int | None) -> float:
    """Return the same for who reports: our own filter (None), or an organization's, of which nothing is learned."""
    return recall(learned, at) if organization_id is None else USUAL_RECALL


def after_question(learned: Learned, at: int, weight: float = 1.0) -> Learned:
    """Return what was learned after an address asked for the first time in a day; it may stand for several."""
    learned = _faded(learned, at)
    return learned._replace(asked=learned.asked + weight)


def after_trap(learned: Learned, at: int, before: Sender) -> Learned:
    """Return what was learned after a message to a trap, with its sender as it was `before`.

    What the filter has said of the sender until now counts, unless it was counted already.
    """
    learned = _faded(learned, at)
    learned = learned._replace(trapped=learned.trapped + 1)
    if at - before.trapped < AROUND_A_TRAP or before.clean >= NO_NAME:
        return learned
    return learned._replace(looked=learned.looked + before.seen, found=learned.found + before.found)


def after_filter(learned: Learned, at: int, before: Sender, is_spam: bool) -> Learned:
    """Return what was learned after a filter has looked at a message of a sender as it was `before`."""
    if at - before.trapped >= AROUND_A_TRAP or before.clean >= NO_NAME:
        return learned
    learned = _faded(learned, at)
    return learned._replace(looked=learned.looked + 1, found=learned.found + is_spam)


def _faded(learned: Learned, at: int) -> Learned:
    age = at - learned.at
    if age <= 0:
        return learned
    left = math.exp2(-age / HALF_LIFE)
    _, *sums = learned
    return Learned(at, *(each * left for each in sums))
