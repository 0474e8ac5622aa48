"""The fast path at a desk: packets in, replies out, counted in a tally that the test holds."""

from __future__ import annotations

from dnsd.access import Access, client_address
from dnsd.apex import Apex
from dnsd.fastpath import answer
from dnsd.rate_limit import Client
from reputation.verdict.snapshot import Snapshot
from reputation.verdict.tally import Tally
from tests.dnsd import cast, wire

SLOT = 2112  # octets for a packet and its reply, as in the loop


class Fast:
    """One loop's part of the work, without its socket."""

    def __init__(self, snapshot: Snapshot, tally: Tally) -> None:
        self.zone, self.snapshot, self.tally = Apex(cast.ZONE).fast_zone(), snapshot, tally
        self.limits, self.client = Access().limits, Client()
        self.client.is_from(*client_address("127.0.0.1"), 0)

    def ask(self, packet: bytes, now: int = cast.NOW) -> wire.Reply | None:
        """The reply; None where the packet takes the slow path."""
        buffer = bytearray(packet).ljust(SLOT, b"\0")
        length = answer(self.zone, self.snapshot, self.tally, self.limits, self.client, buffer, len(packet), now)
        return wire.read(bytes(buffer[:length])) if length >= 0 else None

    def lookup(self, address: str, qtype: int = wire.A, now: int = cast.NOW, **where: str) -> wire.Reply | None:
        return self.ask(wire.query(cast.reversed_name(address, **where), qtype), now)
