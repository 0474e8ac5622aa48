"""The root of a small internet: it delegates one zone and has nothing else; resolvers walk as they do outside."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from dnslib import NS, QTYPE, RR, SOA, A, DNSError, DNSRecord

DAY = 86400
NAME = "root.invalid."


class Parent:
    """The answers of the root: a referral for the zone and all below it, and no data for every other name."""

    def __init__(self, address: str, zone: str, server: str) -> None:
        """`server`: the address of `ns.<zone>`."""
        self._zone = f"{zone}."
        self._delegation = RR(self._zone, QTYPE.NS, rdata=NS(f"ns.{zone}"), ttl=DAY)
        self._glue = RR(f"ns.{zone}", QTYPE.A, rdata=A(server), ttl=DAY)
        self._own = RR(".", QTYPE.NS, rdata=NS(NAME), ttl=DAY)
        self._address = RR(NAME, QTYPE.A, rdata=A(address), ttl=DAY)
        self._negative = RR(".", QTYPE.SOA, rdata=SOA(NAME, f"hostmaster.{NAME}", (1, DAY, DAY, DAY, DAY)), ttl=DAY)

    @property
    def hints(self) -> str:
        """Return the root hints that lead resolvers here, as a master file."""
        return f"{self._own.toZone()}\n{self._address.toZone()}\n"

    def answer(self, wire: bytes) -> bytes:
        """Return the answer to one question."""
        query = DNSRecord.parse(wire)
        name, qtype, reply = str(query.q.qname).lower(), query.q.qtype, query.reply(ra=0)
        if f".{name}".endswith(f".{self._zone}"):
            reply.header.aa = 0
            reply.add_auth(self._delegation)
            reply.add_ar(self._glue)
        elif (name, qtype) == (".", QTYPE.NS):
            reply.add_answer(self._own)
            reply.add_ar(self._address)
        elif (name, qtype) == (NAME, QTYPE.A):
            reply.add_answer(self._address)
        else:
            reply.add_auth(self._negative)
        return bytes(reply.pack())


@contextmanager
def served(parent: Parent, address: str, port: int) -> Iterator[None]:
    """Answer on this address while the block runs; over UDP alone, for no answer is long."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind((address, port))
        server = threading.Thread(target=serve, args=(door, parent))
        server.start()
        try:
            yield
        finally:
            end(address, port)
            server.join()


def serve(door: socket.socket, parent: Parent) -> None:
    """Answer each question until an empty packet comes."""
    while True:
        wire, client = door.recvfrom(4096)
        if not wire:
            return
        try:
            door.sendto(parent.answer(wire), client)
        except DNSError:
            continue


def end(address: str, port: int) -> None:
    """Send the empty packet at which it ends."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.sendto(b"", (address, port))
