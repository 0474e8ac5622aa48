"""A program of its own: one snapshot after the other is published while clients ask; prints what they saw.

It runs where freed memory is overwritten (PYTHONMALLOC=debug), so that a loop that reads a snapshot which is no more
answers wrongly or ends the program.
"""

from __future__ import annotations

import contextlib
import gc
import sys
import threading
import time
from dataclasses import dataclass

from dnsd.server import DnsServer
from reputation.verdict.snapshot import Listed, Snapshot
from tests.dnsd import cast, wire
from tests.dnsd.ask import Udp
from tests.dnsd.desk import Desk

LISTED = wire.query(cast.reversed_name("203.0.113.2"), wire.TXT)
UNLISTED = wire.query(cast.reversed_name("2001:db8::77"))
IN_FLIGHT = 16
IN_A_ROW = 5


@dataclass
class Published:
    """Serials: of the last snapshot whose swap has returned, and of the one whose swap has begun."""

    before: int = 0
    now: int = 0


@dataclass
class Client:
    """Asks for what each snapshot says otherwise: a reason, and the serial of the SOA."""

    address: tuple[str, int]
    published: Published
    over: threading.Event
    answers: int = 0
    snapshots: int = 0

    def run(self) -> None:
        last = 0
        with contextlib.closing(Udp(self.address)) as client:
            while not self.over.is_set():
                earliest = self.published.before
                for number in range(IN_FLIGHT):
                    client.send(LISTED if number % 2 else UNLISTED)
                seen = [serial_of(wire.read(client.receive())) for _ in range(IN_FLIGHT)]
                assert earliest <= min(seen) and max(seen) <= self.published.now, (earliest, seen, self.published)
                assert last <= min(seen) or self.over.is_set(), "an older one than before"
                self.answers += IN_FLIGHT
                self.snapshots += seen[-1] != last
                last = max(seen)


def serial_of(reply: wire.Reply) -> int:
    """Which snapshot a reply is from."""
    if reply.answer:
        words = reply.text.split()
        assert words[0] == "snapshot" and reply.counts == (1, 1, 0, 0), reply
        return int(words[1])
    assert reply.rcode == wire.NXDOMAIN and reply.authority[0].rtype == wire.SOA, reply
    return int.from_bytes(reply.authority[0].rdata[-20:-16], "big")


def snapshot(serial: int) -> Snapshot:
    """With arrays and texts of its own in every part."""
    listings = (cast.Listing("203.0.113.2", cast.KSS_SLOT, reason=f"snapshot {serial}"), *cast.STANDARD_LISTINGS[1:])
    return cast.snapshot_with(Listed(feeds=cast.layer(listings)), cast.policies(), serial)


def main() -> None:
    seconds = float(sys.argv[1])
    sys.setswitchinterval(0.0005)
    desk, published, over = Desk(), Published(), threading.Event()
    desk.live.swap(snapshot(0))
    server = DnsServer(desk.resolver, [("127.0.0.1", 0)], threads=2)
    server.start()
    clients = [Client(server.addresses[0], published, over) for _ in range(8)]  # so that neither loop is without
    failed: list[object] = []
    threading.excepthook = lambda args: failed.append(args.exc_value)
    threads = [threading.Thread(target=client.run) for client in clients]
    for thread in threads:
        thread.start()
    end = time.monotonic() + seconds
    while time.monotonic() < end and not failed:
        coming = [snapshot(published.now + number) for number in range(IN_A_ROW, 0, -1)]
        while coming:  # close to each other, so that what was left is let go while it may still be read
            published.now += 1
            desk.live.swap(coming.pop())
            published.before += 1
        time.sleep(0)  # interpreted, the loops and the clients must have their turns
    over.set()
    for thread in threads:
        thread.join()
    server.stop()
    kept = sum(isinstance(each, Snapshot) for each in gc.get_objects())
    print(published.now, sum(client.answers for client in clients), min(client.snapshots for client in clients), kept)
    for error in failed:
        print(repr(error), file=sys.stderr)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
