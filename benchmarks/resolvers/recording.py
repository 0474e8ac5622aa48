"""Records the walks of real resolvers: each is asked about addresses of many networks, one after the other."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from itertools import islice

from benchmarks import plan
from benchmarks.data import Question
from benchmarks.resolvers.capture import Seen, capture
from benchmarks.resolvers.network import PORT, SERVICE
from benchmarks.resolvers.programs import Resolver
from benchmarks.resolvers.stage import Stage, Unlimited, look_up, opened
from benchmarks.resolvers.walks import LABELS, Read, Sent, read, summed
from benchmarks.servers.base import DidNotStart
from benchmarks.workshop import ZONE, say

COUNT = 300  # addresses of each IP version
# No address of the questions' is of these networks; the first lookup makes the zone and the code known.
FIRST = ("11.0.0.1", "3fff::1")
PLAN = replace(plan.QUICK, name="walks", questions=20_000, rules=10)


def recorded(count: int = COUNT) -> list[Sent]:
    """Record every resolver that can be had here, IPv4 and IPv6."""
    with opened(PLAN, Unlimited) as stage, stage.resolvers() as resolvers:
        return [sent for resolver in resolvers for sent in both_versions(stage, resolver, count)]


def both_versions(stage: Stage, resolver: Resolver, count: int) -> Iterator[Sent]:
    """Yield what a resolver sends for so many addresses of each IP version."""
    say(f"recording {resolver.name}")
    for address in FIRST:
        look_up(resolver.port, stage.about(address))
    for version in LABELS:
        asked = islice((one for one in stage.shop.material().questions if one.version == version), count)
        with capture(SERVICE, PORT) as seen:
            for question in asked:
                found = look_up(resolver.port, stage.about(address_of(question)))
                if found.rcode not in (0, 3):
                    raise DidNotStart(f"{resolver.name} answers a lookup with {found.rcode}")
        yield summed(resolver.name, version, ZONE, lookups(seen.of(resolver.source), version))


def lookups(seen: list[Seen], version: int) -> Iterator[list[Read]]:
    """Split what was seen into lookups: each ends with the name of a whole address. What is sent again counts once."""
    walk: list[Read] = []
    before: tuple[tuple[bytes, ...], int] | None = None
    for question in (read(one.wire) for one in seen if not one.is_tcp):
        asked = tuple(label.lower() for label in question.labels), question.qtype
        if asked == before:
            continue
        before = asked
        walk.append(question)
        if len(question.labels) == LABELS[version] + 2 + len(ZONE.split(".")) and question.qtype == 1:
            yield walk
            walk = []


def address_of(question: Question) -> str:
    """Return the address of a question as text."""
    return str(ip_address(question.value.to_bytes(4 if question.version == 4 else 16)))


def system() -> str:
    """Return the name of this system, whose packages were recorded."""
    return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
