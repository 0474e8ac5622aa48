"""One client's lookups through a real resolver while another address floods Gatepost; and a resolver under its limit.

Server, resolver and asker are as they are in service: only the flood comes from an address of its own. All load is
bounded: a lap has so many seconds, and both senders end by themselves.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from benchmarks import data, packets, plan
from benchmarks.data import SEED, Question
from benchmarks.load import Broken, Compiled, Paced
from benchmarks.resolvers.capture import capture
from benchmarks.resolvers.network import FLOODER, PORT, SERVICE
from benchmarks.resolvers.programs import KnotResolver, Resolver, Unbound
from benchmarks.resolvers.stage import RECURSION_DESIRED, Stage, opened
from benchmarks.results import FLOODS, Lap
from benchmarks.workshop import DATABASE

PLAN = replace(plan.QUICK, name="floods", questions=40_000, rules=2_000)
RATE = 20_000  # packets a second of the flood
LOOKUPS = 200  # a second, of the other client
LAP = 10  # seconds
NAP = 1000  # microseconds between two batches of the flood, in which others have the core
PATIENCE = 5  # seconds after which a lookup is lost
PACKETS = 20_000  # of a flood, sent over and over
MOST = 10  # the share of a flood, as one of so many, from which its answers tell what one costs
QUIET = "nothing beside it"
LIMITED = "under the rate limit"


class Floods(NamedTuple):
    """What a flood is made of: names of parts under a valid code, whole names under codes that nobody has, and packets
    that cannot be read."""

    partial: list[bytes]
    unknown: list[bytes]
    malformed: list[bytes]


def measured(seconds: float = LAP, rate: int = RATE, lookups: int = LOOKUPS) -> list[Lap]:
    """Measure unbound beside each flood and beside nothing, and Knot Resolver from an address that is limited."""
    with opened(PLAN) as stage, stage.resolvers((Unbound, KnotResolver)) as resolvers:
        found: list[Lap] = []
        for resolver in resolvers:
            lap = Laps(stage, resolver, seconds, lookups)
            lap.ask(0, 1.0)  # so that it knows the zone and the code
            if isinstance(resolver, KnotResolver):
                found.append(lap.limited(1))
            else:
                found += lap.floods(rate)
        return found


class Laps:
    """One resolver, asked at a steady rate about addresses of which none is asked twice."""

    def __init__(self, stage: Stage, resolver: Resolver, seconds: float, lookups: int) -> None:
        if not isinstance(stage.shop.load, Compiled):
            raise Broken("a flood needs the compiled load, and there is no C compiler here")
        self._stage, self._resolver, self._load = stage, resolver, stage.shop.load
        self._seconds, self._lookups, self._busy = seconds, lookups, os.getloadavg()[0]

    def ask(self, number: int, seconds: float) -> Paced:
        """Ask for so many seconds, about the addresses of the lap of this number."""
        asked = [one for one in self._stage.shop.material().questions if not one.is_txt]
        count = int(self._lookups * self._seconds)
        path = questions(self._stage, f"lookups-{number}", asked[number * count : (number + 1) * count])
        return self._load.calm(
            self._resolver.port, path, seconds, self._lookups, expected=path.with_suffix(".expected"), patience=PATIENCE
        )

    def floods(self, rate: int) -> Iterator[Lap]:
        """Measure beside nothing, and beside each flood."""
        made = floods(self._stage.shop.material().code)
        yield self._lap(QUIET, self.ask(1, self._seconds))
        for number, kind in enumerate(Floods._fields, 2):
            yield self._beside(number, FLOODS[kind], getattr(made, kind), rate)

    def _beside(self, number: int, title: str, flood: Sequence[bytes], rate: int) -> Lap:
        """Measure beside one flood."""
        path, seconds = self._stage.shop.folder / f"flood-{number}", self._seconds + 1
        path.write_bytes(packets.framed(flood))
        options = {"to": SERVICE, "from": FLOODER, "nap": NAP}
        before = self._stage.gatepost.processor_seconds()
        with ThreadPoolExecutor(1) as beside:
            flooding = beside.submit(self._load.calm, PORT, path, seconds, rate, **options)
            found = self.ask(number, self._seconds)
        sender, used = flooding.result(), self._stage.gatepost.processor_seconds() - before
        answered = sender.sent - sender.lost
        # A few get an answer even where nobody's code earns one: the time is then that of all the others, too.
        micros = used * 1e6 / answered if answered > sender.sent / MOST else 0.0
        return self._lap(title, found, flood=sender.sent / seconds, micros=micros)

    def limited(self, number: int) -> Lap:
        """Measure from the resolver's own address, which nothing spares, and count what Gatepost leaves unanswered."""
        with capture(SERVICE, PORT) as seen:
            found = self.ask(number, self._seconds)
        return self._lap(LIMITED, found, dropped=seen.unanswered(), truncated=seen.told_to_use_tcp())

    def _lap(self, beside: str, found: Paced, **more: float) -> Lap:
        times = (found.p50, found.p90, found.p99, found.p999, found.longest)
        return Lap(self._resolver.name, beside, found.sent, found.lost, found.wrong, *times, busy=self._busy, **more)  # type: ignore[arg-type]


def questions(stage: Stage, name: str, asked: Sequence[Question]) -> Path:
    """Write questions as a stub resolver sends them, and beside them the answers that they should get."""
    path = stage.shop.folder / name
    tail = b"".join(packets.label(word) for word in (stage.shop.material().code, *DATABASE.split("."))) + b"\x00"
    made = (packets.named(packets.address_labels(one) + tail, packets.A, RECURSION_DESIRED, b"") for one in asked)
    path.write_bytes(packets.framed(made))
    path.with_suffix(".expected").write_bytes(b"".join(map(packets.expected, asked)))
    return path


def floods(code: str) -> Floods:
    """Make the packets of each flood, the same ones in every run."""
    chance = random.Random(SEED)
    strangers = data.codes(PACKETS // 100)[1:]
    partial = [under(code, octets(chance, chance.randint(1, 3))) for _ in range(PACKETS)]
    unknown = [under(chance.choice(strangers), octets(chance, 4)) for _ in range(PACKETS)]
    return Floods(partial, unknown, [broken(chance, packet) for packet in partial])


def octets(chance: random.Random, count: int) -> list[bytes]:
    """Return so many labels of a reversed IPv4 address."""
    return [packets.OCTETS[chance.choice(data.OCTETS)] for _ in range(count)]


def under(code: str, labels: Sequence[bytes]) -> bytes:
    """Return a question for these labels below a code, as resolvers send it."""
    above = [packets.label(word) for word in (code, *DATABASE.split("."))]
    return packets.named(b"".join([*labels, *above]) + b"\x00", packets.A, 0, packets.OPT)


def broken(chance: random.Random, packet: bytes) -> bytes:
    """Return a packet that cannot be read: cut short, with a label that is too long, or with two OPT records."""
    return chance.choice((
        packet[: chance.randint(13, len(packet) - 1)],
        packet[:12] + bytes([0x40 | chance.randint(0, 63)]) + packet[13:],
        packet[:11] + b"\x02" + packet[12:] + packets.OPT,
    ))  # fmt: skip
