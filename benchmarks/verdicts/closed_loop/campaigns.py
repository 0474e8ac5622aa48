"""Another stream, by other assumptions: it is looked at for the page, and nothing is tuned on it.

Spam comes in campaigns whose sizes have heavy tails, each by one kind of resource: a slice of a botnet whose lines
change hands each day, machines rented at hosts that hold good senders, too, a range that was warmed up, proxies,
accounts. It is denser: half of the spam comes from an address that was seen within half a day. Good mail comes by
organizations, some of them by great providers, whose weeks have days and nights.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from benchmarks.verdicts.closed_loop.mail import (
    DAY,
    HOUR,
    MINUTE,
    ONCE,
    Amount,
    Machine,
    Message,
    Retry,
    Stream,
    home_name,
    ipv4,
    own_name,
    rented_name,
)
from reputation.addresses.address import Address

Sources = Callable[["Internet", float], Iterator[Machine]]
A_CAMPAIGN = 60  # messages that a campaign has at the median


def campaigns(seed: int, amount: Amount) -> list[Message]:
    """Return the messages, the same ones for the same seed."""
    stream = Stream(amount._replace(spam=min(amount.spam, 0.55)), seed)
    internet = Internet(stream)
    _send_spam(internet)
    _send_good(internet)
    return stream.sorted()


class Internet:
    """Providers that have everything: home lines, rented machines and servers with names, in one or more blocks."""

    def __init__(self, stream: Stream) -> None:
        self.stream, self.chance = stream, stream.chance
        count = 120
        self.blocks = [stream.land.networks(20, stream.chance.randint(1, 4)) for _ in range(count)]
        self.kinds = [stream.chance.choices(("home", "rented", "mixed"), (5, 3, 4))[0] for _ in range(count)]
        self.weights = stream.heavy(self.blocks, 0.8)
        self.pools = [stream.land.network(22) for _ in range(6)]

    def provider(self, *kinds: str) -> int:
        """Return the number of a provider of one of these kinds, a large one more often."""
        some = [number for number, kind in enumerate(self.kinds) if kind in kinds]
        return self.chance.choices(some, [self.weights[number] for number in some])[0]

    def machine(self, provider: int, name: Callable[[int], str], block: int | None = None) -> Machine:
        """Return any machine of a provider."""
        first = self.chance.choice(self.blocks[provider]) if block is None else block
        value = first + self.chance.randrange(1 << 12)
        return ipv4(value, 20_000 + provider, name(value))


def botnet_slice(internet: Internet, begin: float) -> Iterator[Machine]:
    """Yield lines of a few providers, each used for hours: then another customer has the address."""
    providers = [internet.provider("home", "mixed") for _ in range(3)]
    while True:
        machine = internet.machine(internet.chance.choice(providers), home_name)
        for _ in range(1 + int(internet.chance.expovariate(1 / 4))):
            yield machine


def rented_machines(internet: Internet, begin: float) -> Iterator[Machine]:
    """Yield a handful of machines at one host."""
    provider = internet.provider("rented", "mixed")
    block = internet.chance.choice(internet.blocks[provider])
    some = [internet.machine(provider, rented_name, block) for _ in range(internet.chance.randint(2, 12))]
    while True:
        yield internet.chance.choice(some)


def rented_range(internet: Internet, begin: float) -> Iterator[Machine]:
    """Yield thirty-two to 256 addresses in a row, with names of their owner, which sent a little clean mail before."""
    provider = internet.provider("rented", "mixed")
    size = internet.chance.choice((32, 64, 256))
    network = internet.chance.choice(internet.blocks[provider]) + 256 * internet.chance.randrange(16)
    word = internet.chance.choice(("news", "out", "mta", "relay"))
    warm = internet.chance.random() < 0.4
    while True:
        value = network + internet.chance.randrange(size)
        machine = ipv4(value, 20_000 + provider, own_name(value, word))
        if warm and internet.chance.random() < 0.3:
            internet.stream.send("warming up", machine, begin - internet.chance.uniform(1, 5) * DAY, False)
        yield machine


def proxies(internet: Internet, begin: float) -> Iterator[Machine]:
    """Yield lines all over the world, each once or twice."""
    while True:
        machine = internet.machine(internet.provider("home"), home_name)
        yield from (machine,) * internet.chance.randint(1, 2)


def accounts(internet: Internet, begin: float) -> Iterator[Machine]:
    """Yield accounts at great providers."""
    while True:
        yield _pooled(internet)


def taken_servers(internet: Internet, begin: float) -> Iterator[Machine]:
    """Yield one server with mail of its own, or a few."""
    some = [
        internet.machine(internet.provider("rented", "mixed"), _served) for _ in range(internet.chance.randint(1, 3))
    ]
    for machine in some:
        for _ in range(6):
            at = begin + internet.chance.uniform(-5, 5) * DAY
            internet.stream.send("taken server", machine, at, False, retry=internet.stream.queue())
    while True:
        yield internet.chance.choice(some)


def hopping(internet: Internet, begin: float) -> Iterator[Machine]:
    """Yield IPv6, another /64 of one /48 each time, or another address of one /64."""
    network = (0x2A10 << 112) + (internet.chance.randrange(1 << 24) << 80)
    wide = internet.chance.random() < 0.6
    while True:
        free = internet.chance.randrange(1 << 16) << 64 if wide else internet.chance.randrange(1 << 40)
        yield Machine(Address(6, network + free), 20_500 + (network >> 80) % 9)


RESOURCES: tuple[tuple[str, Sources, float, Retry, float], ...] = (
    ("botnet", botnet_slice, 0.36, ONCE, 1.0),
    ("rented machines", rented_machines, 0.16, Retry(3, 15 * MINUTE), 1.0),
    ("rented range", rented_range, 0.16, Retry(4, 10 * MINUTE), 0.95),
    ("proxies", proxies, 0.07, Retry(2, 7 * MINUTE), 1.0),
    ("accounts", accounts, 0.09, Retry(8, 10 * MINUTE), 0.75),
    ("taken server", taken_servers, 0.11, Retry(4, 10 * MINUTE), 0.9),
    ("hopping", hopping, 0.05, Retry(2, 15 * MINUTE), 1.0),
)


def _send_spam(internet: Internet) -> None:
    stream = internet.stream
    for kind, sources, share, retry, found in RESOURCES:
        left = stream.spam * share * (stream.amount.bots if kind in ("botnet", "proxies") else 1)
        while left >= 1:
            size = min(int(left), 1 + int(A_CAMPAIGN * stream.chance.paretovariate(1.1)) // 2)
            _send_campaign(internet, kind, sources, size, retry, found * stream.found())
            left -= size


def _send_campaign(internet: Internet, kind: str, sources: Sources, size: int, retry: Retry, found: float) -> None:
    """A beginning with most of it, and a tail that thins out."""
    stream = internet.stream
    begin, pace = stream.any_time(), stream.chance.uniform(2, 30) * HOUR
    times = sorted(begin + stream.chance.expovariate(1 / pace) for _ in range(size))
    for at, machine in zip(times, sources(internet, begin), strict=False):
        again = retry if retry.tries > 2 or stream.chance.random() < 0.5 else ONCE
        stream.send(kind, machine, at, True, found, again)


def _send_good(internet: Internet) -> None:
    stream, chance = internet.stream, internet.chance
    partners = [_partner(internet) for _ in range(1200)]
    weights = stream.heavy(partners, 0.9)
    for kind, machine, retry in chance.choices(partners, weights, k=int(stream.good * 0.62)):
        stream.send(kind, machine, _by_day(stream), False, retry=retry or stream.queue())
    for _ in range(int(stream.good * 0.33)):
        stream.send("great provider", _pooled(internet), _by_day(stream), False, retry=stream.queue())
    for _ in range(int(stream.good * 0.05)):
        machine = internet.machine(internet.provider("rented", "mixed"), _served)
        stream.send("seen once", machine, _by_day(stream), False, retry=stream.queue())


def _partner(internet: Internet) -> tuple[str, Machine, Retry | None]:
    """Somebody who writes again and again: mostly by a server, now and then from a cloud or a line at home."""
    kind = internet.chance.choices(("server", "application", "at home", "IPv6 server"), (86, 6, 2, 6))[0]
    if kind == "application":
        return kind, internet.machine(internet.provider("rented"), rented_name), Retry(2, 20 * MINUTE)
    if kind == "at home":
        return kind, internet.machine(internet.provider("home"), home_name), Retry(5, 15 * MINUTE)
    if kind == "IPv6 server":
        provider = internet.provider("rented", "mixed")
        address = Address(6, (0x2A20 << 112) + (provider << 96) + (internet.chance.randrange(1 << 16) << 64) + 25)
        return kind, Machine(address, 20_000 + provider, f"mx.p{provider}.example"), None
    return kind, internet.machine(internet.provider("rented", "mixed"), _served), None


def _served(value: int) -> str:
    return own_name(value, "mail")


def _pooled(internet: Internet) -> Machine:
    place = internet.chance.randrange(len(internet.pools))
    value = internet.pools[place] + int(internet.chance.triangular(0, 1023, 200))
    return ipv4(value, 900 + place, own_name(value, "mail-out"))


def _by_day(stream: Stream) -> float:
    """A moment, by day more often than at night."""
    while True:
        at = stream.any_time()
        if stream.chance.random() < 0.55 + 0.45 * math.sin(2 * math.pi * (at % DAY) / DAY):
            return at
