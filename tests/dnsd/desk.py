"""A resolver at a desk: bytes in, replies out, on a clock that the test holds."""

from __future__ import annotations

from dnsd.access import Access
from dnsd.apex import Apex
from dnsd.resolver import Resolver
from reputation.verdict.counters import Counters
from reputation.verdict.live import Live
from reputation.verdict.snapshot import Snapshot
from tests.dnsd import cast, wire

NAMESERVERS = {"ns1.rep.example": ("192.0.2.53", "2001:db8::53"), "ns.elsewhere.example": ()}


class Clock:
    """Unix seconds that stand still until a test moves them."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class Desk:
    """A resolver with all that it was made of."""

    def __init__(self, snapshot: Snapshot | None = None, access: Access | None = None, **apex: object) -> None:
        self.clock = Clock(cast.NOW)
        self.live, self.counters = Live(), Counters()
        if snapshot is not None:
            self.live.swap(snapshot)
        apex.setdefault("nameservers", NAMESERVERS)
        self.resolver = Resolver(
            Apex(cast.ZONE, **apex),  # type: ignore[arg-type]
            self.live,
            self.counters,
            access or Access(),
            self.clock,
        )

    def ask(self, packet: bytes, client: str = "192.0.2.25", tcp: bool = False) -> wire.Reply | None:
        reply = self.resolver.answer(packet, (client, 40000), tcp)
        return None if reply is None else wire.read(reply)

    def lookup(self, address: str, qtype: int = wire.A, **where: str) -> wire.Reply:
        reply = self.ask(wire.query(cast.reversed_name(address, **where), qtype))
        assert reply is not None
        return reply

    def counted(self) -> dict[str, int]:
        """The kinds that were counted since the last look; "answers" are the connections."""
        batch = self.counters.drain(cast.NOW)
        kinds = {kind: count for (_, kind), count in batch.others.items()}
        return {"answers": batch.answers.total(), **kinds} if batch.answers else kinds
