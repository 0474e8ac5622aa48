"""A program for the network of resolvers: how many packets a lookup through each costs, at first and after a rest.

An unlisted address is remembered for a second here, and the rest is longer; what a resolver then does not ask again is
what it may keep. `python -m tests.dnsd.walked packets FILE` writes JSON: the packets by resolver and case.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from benchmarks.resolvers import network
from benchmarks.resolvers.capture import capture
from benchmarks.resolvers.lookups import ADDRESSES
from benchmarks.resolvers.network import PARENT, PORT, SERVICE
from benchmarks.resolvers.parent import Parent, served
from benchmarks.resolvers.programs import KINDS, Resolver
from benchmarks.resolvers.stage import UNKNOWN, about, look_up, question
from dnsd.server import DnsServer
from tests.dnsd import cast
from tests.dnsd.desk import Desk

REST = 7.0  # seconds; Knot Resolver keeps every answer for five at least
SETTLING = 0.3  # seconds after an answer in which a resolver may still ask for something
NXDOMAIN = 3
CASES = {
    "cold": ADDRESSES[4].cold,
    "cold, IPv6": ADDRESSES[6].cold,
    "same network": ADDRESSES[4].same_network,
    "same network, IPv6": ADDRESSES[6].same_network,
    "another network": ADDRESSES[4].other_network,
}


def main(_what: str, file: str) -> None:
    network.furnish()
    desk = Desk(cast.snapshot(), nameservers={f"ns.{cast.ZONE}": (SERVICE,)}, negative_ttl=1)
    server, parent = DnsServer(desk.resolver, [(SERVICE, PORT)]), Parent(PARENT, cast.ZONE, SERVICE)
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory()))
        server.start()
        ends.callback(server.stop)
        ends.enter_context(served(parent, PARENT, PORT))
        (folder / "root.hints").write_text(parent.hints)
        resolvers = [running(ends, folder / kind.package, kind, folder / "root.hints") for kind in KINDS]
        found: dict[str, dict[str, int]] = {resolver.name: {} for resolver in resolvers}
        for case, address in CASES.items():
            if case == "same network":
                time.sleep(REST)
            for resolver in resolvers:
                found[resolver.name][case] = packets(resolver, address)
    Path(file).write_text(json.dumps(found))


def running(ends: ExitStack, folder: Path, kind: Callable[..., Resolver], hints: Path) -> Resolver:
    """A resolver that has answered, and ends with `ends`."""
    resolver = kind(folder, cast.ZONE, hints)
    ends.callback(resolver.stop)
    resolver.start((*os.sched_getaffinity(0),), question(UNKNOWN))
    return resolver


def packets(resolver: Resolver, address: str) -> int:
    """How many packets reach our server for a lookup of an address that is not listed."""
    with capture(SERVICE, PORT) as seen:
        found = look_up(resolver.port, about(address, cast.ACME_CODE))
        time.sleep(SETTLING)
    assert found.rcode == NXDOMAIN, f"{resolver.name} says {found.rcode} of {address}"
    return len(seen.of(resolver.source))


if __name__ == "__main__":
    main(*sys.argv[1:])
