"""What the streams are made of: messages, land to send them from, and the habits of whoever sends."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from reputation.addresses.address import Address

MINUTE, HOUR, DAY = 60, 3600, 86400
TWO_DAYS = 2 * DAY

Item = TypeVar("Item")


class Retry(NamedTuple):
    """How a sender comes again: after `wait` seconds, each time later, `tries` times in all or, a queue, for 2 days."""

    tries: int = 1
    wait: int = 0
    is_queue: bool = False


ONCE = Retry()


class Message(NamedTuple):
    """One message: when it is tried first, from where, and what a filter would make of it.

    `found` is what a filter finds of this campaign, as a share of what it finds of all.
    """

    at: int
    address: Address
    asn: int
    name: str
    kind: str
    is_spam: bool
    found: float = 1.0
    retry: Retry = ONCE


class Machine(NamedTuple):
    """A place to send from."""

    address: Address
    asn: int
    name: str = ""


class Amount(NamedTuple):
    """How much is sent: `days`, messages a day, the share of spam, and how many bots beside the usual (1)."""

    days: int
    a_day: float
    spam: float = 0.6
    bots: float = 1.0


@dataclass
class Land:
    """Networks that nobody else has, one after another."""

    next: int = 11 << 24

    def network(self, prefix: int) -> int:
        """Return the first address of a network with this prefix."""
        size = 1 << (32 - prefix)
        first = -(-self.next // size) * size
        self.next = first + size
        return first

    def networks(self, prefix: int, count: int) -> list[int]:
        """Return the first addresses of so many networks."""
        return [self.network(prefix) for _ in range(count)]


@dataclass
class Stream:
    """Messages in the making, and the chance that makes them."""

    amount: Amount
    seed: int
    messages: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.land = Land()
        self.end = self.amount.days * DAY
        total = self.amount.days * self.amount.a_day
        self.spam, self.good = int(total * self.amount.spam), int(total * (1 - self.amount.spam))

    def send(
        self, kind: str, machine: Machine, at: float, is_spam: bool, found: float = 1.0, retry: Retry = ONCE
    ) -> None:
        """Add a message, where it falls within the stream."""
        if 0 <= at < self.end:
            self.messages.append(Message(int(at), *machine, kind, is_spam, found, retry))

    def portions(self, share: float, smallest: int, largest: int) -> Iterator[int]:
        """Yield how much each sender of a kind sends, until its share of all spam is sent."""
        left = max(1, int(self.spam * share))
        while left > 0:
            some = min(left, self.chance.randint(smallest, largest))
            left -= some
            yield some

    def times(self, begin: float, length: float, count: int) -> list[float]:
        """Return so many moments within a time, in order."""
        return sorted(begin + self.chance.random() * length for _ in range(count))

    def any_time(self) -> float:
        """Return a moment of the stream."""
        return self.chance.random() * self.end

    def found(self) -> float:
        """Return what a filter finds of one campaign, as a share of what it finds of all: some evade it."""
        return min(1.0, max(0.3, self.chance.betavariate(14, 1.6) / 0.9))

    def heavy(self, items: Sequence[Item], tail: float = 1.0) -> list[float]:
        """Return weights for these, a few of them heavy."""
        return [self.chance.paretovariate(tail) for _ in items]

    def queue(self) -> Retry:
        """Return the habit of a mail server."""
        return Retry(10, self.chance.choice((300, 600, 900, 1800)), is_queue=True)

    def bot_retry(self) -> Retry:
        """Return the habit of a bot: one in sixteen comes again."""
        return Retry(2, self.chance.randint(60, 3600)) if self.chance.random() < 0.06 else ONCE

    def sorted(self) -> list[Message]:
        """Return all messages in the order of time."""
        return sorted(self.messages, key=lambda message: message.at)


def ipv4(value: int, asn: int, name: str) -> Machine:
    """Make a machine of IPv4."""
    return Machine(Address(4, value), asn, name)


def home_name(value: int) -> str:
    """Return the name that a provider gives to a line."""
    return f"{dashed(value)}.dyn.example"


def rented_name(value: int) -> str:
    """Return the name that a host gives to a machine."""
    return f"vps-{dashed(value)}.host.example"


def own_name(value: int, word: str) -> str:
    """Return a name that the owner of a machine gave it."""
    return f"{word}.d{value % 99991}.example"


def dashed(value: int) -> str:
    """Write an address with dashes."""
    return "-".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))
