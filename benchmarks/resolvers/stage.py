"""Gatepost in the network of resolvers, the root that delegates its zone, and who asks: lookups one after the other."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from benchmarks import packets, workshop
from benchmarks.contest import attempt, with_policy
from benchmarks.plan import Plan
from benchmarks.resolvers import network
from benchmarks.resolvers.network import PARENT, PORT, SERVICE
from benchmarks.resolvers.parent import Parent, served
from benchmarks.resolvers.programs import KINDS, Resolver
from benchmarks.results import COMPILED, Row
from benchmarks.servers.gatepost import Gatepost, is_compiled
from benchmarks.workshop import ZONE, Workshop

RECURSION_DESIRED = 0x0100
PATIENCE = 5.0  # seconds for a lookup
UNKNOWN = "invalid"  # with it one sees that a resolver is there, and the zone stays unknown to it


class Delegated(Gatepost):
    """Gatepost on port 53 of the address to which the root delegates, too."""

    def command(self) -> list[str]:
        """Return the command line of `serve`."""
        door = ["--dns", f"{SERVICE}:{PORT}", "--nameserver", f"ns.{ZONE}={SERVICE}"]
        return [*super().command(), *door]


class Unlimited(Delegated):
    """The same without a rate limit: what a resolver sends while it is answered."""

    def command(self) -> list[str]:
        """Return the command line of `serve`."""
        return [*super().command(), "--rate-limit", "0"]


@dataclass
class Stage:
    """The running Gatepost; `resolver` makes one that is not yet started."""

    shop: Workshop
    gatepost: Delegated
    hints: Path

    def resolver(self, kind: type[Resolver]) -> Resolver:
        """Make a resolver; raise Absent where it cannot be had."""
        return kind(self.shop.place(), ZONE, self.hints)

    @contextmanager
    def resolvers(self, kinds: Sequence[type[Resolver]] = KINDS) -> Iterator[list[Resolver]]:
        """Run these resolvers, without those that cannot be had here."""
        made = [attempt(Row(kind.name), lambda kind=kind: self.resolver(kind)) for kind in kinds]  # type: ignore[misc]
        with ExitStack() as ends:
            running = [resolver for resolver in made if resolver is not None]
            for resolver in running:
                ends.callback(resolver.stop)
                resolver.start(self.shop.machine.load_cores, question(UNKNOWN))
            yield running

    def about(self, address: str) -> bytes:
        """Return the question about an address under the code of this installation."""
        return about(address, self.shop.material().code)


def question(name: str, qtype: int = packets.A) -> bytes:
    """Return a question as a stub resolver sends it."""
    wire = b"".join(packets.label(word) for word in name.split("."))
    return b"\x00\x07" + packets.named(wire + b"\x00", qtype, RECURSION_DESIRED, b"")[2:]


def about(address: str, code: str) -> bytes:
    """Return the question about an address under a code."""
    reverse = ipaddress.ip_address(address).reverse_pointer.rsplit(".", 2)[0]
    return question(f"{reverse}.{code}.{workshop.DATABASE}")


@contextmanager
def opened(plan: Plan, kind: type[Delegated] = Delegated) -> Iterator[Stage]:
    """Furnish the network, and run the root and Gatepost with a full policy in it while the block runs."""
    network.furnish()
    with workshop.opened(plan) as shop:
        parent, data = Parent(PARENT, ZONE, SERVICE), shop.material()
        hints = shop.folder / "root.hints"
        hints.write_text(parent.hints)
        server = kind(shop.place(), with_policy(shop, data), ZONE, COMPILED, interpreted=not is_compiled())
        with served(parent, PARENT, PORT), shop.running([server]):
            yield Stage(shop, server, hints)


@dataclass(frozen=True)
class Lookup:
    """What a resolver said, in how many seconds; `rcode` is None where it said nothing in time."""

    rcode: int | None
    seconds: float


def look_up(port: int, question: bytes) -> Lookup:
    """Ask a resolver on 127.0.0.1 and wait for its answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(PATIENCE)
        began = perf_counter()
        asking.sendto(question, ("127.0.0.1", port))
        try:
            reply = asking.recv(4096)
        except TimeoutError:
            return Lookup(None, perf_counter() - began)
        return Lookup(reply[3] & 15, perf_counter() - began)
