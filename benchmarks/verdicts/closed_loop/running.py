"""A stream through a rule, closed loop: what is deferred shows its filter nothing, and its sender may come again."""

from __future__ import annotations

import heapq
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from benchmarks.verdicts.closed_loop.mail import HOUR, TWO_DAYS, Message
from reputation.addresses.address import Address

Levels = tuple[bool, bool, bool, bool]
LONGEST_WAIT = 4 * HOUR  # between two tries of a queue
COMPLAINT_DELAY = 4 * HOUR
REPEATED = 3  # pieces of spam of one address, from which it is asked how long it took to list it
NOT_LISTED = -1
ASKS, TRAPPED, FOUND, CLEAN, COMPLAINED = range(5)  # what happens
REPORTS = {TRAPPED: ("trap", "trap"), FOUND: ("filter", "filter"), COMPLAINED: ("complaint", "provider")}


class Rule(Protocol):
    """A rule that learns as it goes. Times are Unix seconds, and never go back."""

    def ask(self, at: int, address: Address, asn: int, name: str) -> Levels:
        """Tell at which levels the address is listed now."""

    def report(self, at: int, address: Address, source: str, reporter: str, known: bool) -> None:
        """Take in a report of spam; `known`: the reporter is one that the operator named."""

    def clean(self, at: int, address: Address) -> None:
        """Take in a message that a filter found clean."""


class Evidence(NamedTuple):
    """What is seen, as shares: of spam that also hits a trap, of connections that a filter looks at, and what it finds.

    `mistaken` is good mail that the filter takes for spam, `complained` spam that somebody complains about.
    """

    trapped: float = 0.02
    filtered: float = 1.0
    recall: float = 0.92
    mistaken: float = 0.001
    complained: float = 0.004


@dataclass
class Counted:
    """First tries, those of them that were deferred, and messages that never came in."""

    tried: int = 0
    deferred: int = 0
    lost: int = 0
    through: int = 0


@dataclass
class Spammer:
    """An address that sends spam: when it began, how much it sent, and after how many seconds a piece was deferred."""

    first: int
    sent: int = 0
    listed_after: int = NOT_LISTED


@dataclass
class Figures:
    """What a rule did, by kind of sender; lost good mail is bounced to its sender, lost spam is gone.

    `to_list` has for each address that sent spam again and again the seconds from its first piece to the first that was
    deferred; NOT_LISTED where none was.
    """

    spam: dict[str, Counted] = field(default_factory=lambda: defaultdict(Counted))
    good: dict[str, Counted] = field(default_factory=lambda: defaultdict(Counted))
    to_list: list[int] = field(default_factory=list)

    @property
    def spam_deferred(self) -> float:
        """Return the share of spam deferred at its first try."""
        return share(self.spam.values(), "deferred")

    @property
    def good_deferred(self) -> float:
        """Return the share of good mail deferred at its first try."""
        return share(self.good.values(), "deferred")

    @property
    def good_bounced(self) -> float:
        """Return the share of good mail that never came in."""
        return share(self.good.values(), "lost")


def share(counts: Iterable[Counted], what: str) -> float:
    """Return a share of all messages, from 0 to 1."""
    some = list(counts)
    tried = sum(one.tried for one in some)
    return sum(int(getattr(one, what)) for one in some) / tried if tried else 0.0


class Loop:
    """One run. `level` is the place, from 0, of the level by which mail is deferred."""

    def __init__(self, rule: Rule, evidence: Evidence, level: int, measured_from: int, seed: int = 1) -> None:
        self.rule, self.evidence, self.level, self.measured_from = rule, evidence, level, measured_from
        self.chance = random.Random(seed)
        self.figures = Figures()
        self._events: list[tuple[int, int, int, int, Message]] = []
        self._number = 0
        self._spammers: dict[Address, Spammer] = {}

    def run(self, messages: Iterable[Message]) -> Figures:
        """Let all messages happen, with what follows from them."""
        for message in messages:
            self._later(message.at, ASKS, 0, message)
        while self._events:
            at, _, what, tries, message = heapq.heappop(self._events)
            self._happens(at, what, tries, message)
        self.figures.to_list = [
            one.listed_after
            for one in self._spammers.values()
            if one.first >= self.measured_from and one.sent >= REPEATED
        ]
        return self.figures

    def _happens(self, at: int, what: int, tries: int, message: Message) -> None:
        if what == ASKS:
            self._tried(at, tries, message)
        elif what == CLEAN:
            self.rule.clean(at, message.address)
        else:
            self.rule.report(at, message.address, *REPORTS[what], True)

    def _tried(self, at: int, tries: int, message: Message) -> None:
        is_deferred = self.rule.ask(at, message.address, message.asn, message.name)[self.level]
        counted = self._counted(message)
        if tries == 0:
            if self.chance.random() < (self.evidence.trapped if message.is_spam else 3e-5):
                self._later(at + 3, TRAPPED, 0, message)
            counted.tried += 1
            counted.deferred += is_deferred
            if message.is_spam:
                self._sent_spam(at, message.address, is_deferred)
        if not is_deferred:
            counted.through += 1
            self._delivered(at, message)
        elif self._comes_again(at, tries, message):
            wait = min(message.retry.wait * 1.6**tries, LONGEST_WAIT)
            self._later(at + int(wait), ASKS, tries + 1, message)
        else:
            counted.lost += 1

    def _sent_spam(self, at: int, address: Address, is_deferred: bool) -> None:
        one = self._spammers.setdefault(address, Spammer(at))
        one.sent += 1
        if is_deferred and one.listed_after == NOT_LISTED:
            one.listed_after = at - one.first

    def _comes_again(self, at: int, tries: int, message: Message) -> bool:
        return tries + 1 < message.retry.tries or (message.retry.is_queue and at - message.at < TWO_DAYS)

    def _delivered(self, at: int, message: Message) -> None:
        evidence = self.evidence
        if self.chance.random() < evidence.filtered:
            finds = evidence.recall * message.found if message.is_spam else evidence.mistaken
            self._later(at + 2, FOUND if self.chance.random() < finds else CLEAN, 0, message)
        if message.is_spam and self.chance.random() < evidence.complained:
            self._later(at + int(self.chance.expovariate(1 / COMPLAINT_DELAY)), COMPLAINED, 0, message)

    def _later(self, at: int, what: int, tries: int, message: Message) -> None:
        self._number += 1
        heapq.heappush(self._events, (at, self._number, what, tries, message))

    def _counted(self, message: Message) -> Counted:
        """Where a message counts; before the measured time, nowhere."""
        if message.at < self.measured_from:
            return Counted()
        return (self.figures.spam if message.is_spam else self.figures.good)[message.kind]
