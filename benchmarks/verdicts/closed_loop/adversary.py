"""What an adversary can buy or make for free: how much of its spam comes in, and what it does to others."""

from __future__ import annotations

import random
from typing import NamedTuple

from benchmarks.verdicts.closed_loop.mail import DAY, HOUR, MINUTE, Machine, Message, Retry, ipv4, own_name
from benchmarks.verdicts.closed_loop.running import Evidence, Levels, Loop, Rule
from reputation.addresses.address import Address

NETWORK, ASN = 200 << 24, 64_999
ADDRESSES, EACH = 50, 20  # a thousand messages


class Attack(NamedTuple):
    """Fifty addresses: `clean` messages of each before, in `hours` its spam; `apart` puts each into a network alone."""

    name: str
    clean: int = 8
    hours: int = 8
    apart: bool = False
    retry: Retry = Retry()
    empty: int = 0  # connections without a message, of each address


ATTACKS = (
    Attack("clean mail first, then 20 messages of each in 8 hours"),
    Attack("the same within an hour", hours=1),
    Attack("the same within 20 hours", hours=20),
    Attack("the same, and each comes again", retry=Retry(3, 400)),
    Attack("no clean mail, a hundred empty connections of each", clean=0, empty=100),
    Attack("each in a network of its own", apart=True),
)


class WithEmptyConnections:
    """A rule, before which some connections only ask: they bring no message, and are asked about."""

    def __init__(self, rule: Rule, empty: list[tuple[int, Machine]]) -> None:
        self._rule, self._empty = rule, sorted(empty, key=lambda each: each[0], reverse=True)
        self.report, self.clean = rule.report, rule.clean

    def ask(self, at: int, address: Address, asn: int, name: str) -> Levels:
        """Let the empty connections until now ask first."""
        while self._empty and self._empty[-1][0] <= at:
            when, machine = self._empty.pop()
            self._rule.ask(when, *machine)
        return self._rule.ask(at, address, asn, name)


def through(rule: Rule, attack: Attack, background: list[Message], days: int, seed: int = 1) -> int:
    """Return how many of a thousand pieces of spam come in, on the last of the days, among other mail."""
    chance, spam, empty = random.Random(seed), list[Message](), list[tuple[int, Machine]]()
    begin = (days - 1) * DAY
    for number in range(ADDRESSES):
        value = NETWORK + number * (1024 if attack.apart else 1) + 7
        machine = ipv4(value, ASN, own_name(value, f"mta{number}"))
        for _ in range(attack.clean):
            at = int(chance.uniform(0, begin - DAY))
            spam.append(Message(at, *machine, "before", False))
        empty += [(int(chance.uniform(begin - DAY, begin)), machine) for _ in range(attack.empty)]
        for _ in range(EACH):
            at = int(begin + chance.uniform(0, attack.hours * HOUR))
            spam.append(Message(at, *machine, "attack", True, 1.0, attack.retry))
    loop = Loop(WithEmptyConnections(rule, empty), Evidence(complained=0.0), 1, 0, seed)
    found = loop.run(sorted([*background, *spam], key=lambda message: message.at))
    return found.spam["attack"].through


HOURS_AFTER = (1, 6, 12)
TAKEN = ("broken into", "taken server")  # kinds of servers with mail of their own, in the two streams


def let_go(rule: Rule, messages: list[Message], evidence: Evidence) -> dict[int, tuple[int, int]]:
    """Return by hours after its last spam how many cleaned servers are still listed, and how many there are."""
    last = {one.address: one for one in messages if one.kind in TAKEN and one.is_spam}
    probes = [
        one._replace(at=one.at + hours * HOUR + MINUTE, kind=str(hours), is_spam=False, retry=Retry())
        for one in last.values()
        if one.at < messages[-1].at - DAY
        for hours in HOURS_AFTER
    ]
    before = [one for one in messages if one.is_spam or one.address not in last]
    found = Loop(rule, evidence, 1, 0).run(sorted([*before, *probes], key=lambda message: message.at))
    return {hours: (found.good[str(hours)].deferred, found.good[str(hours)].tried) for hours in HOURS_AFTER}
