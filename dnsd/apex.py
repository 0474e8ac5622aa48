"""What the zone says of itself: SOA, NS, and the addresses of its name servers. It knows no list and no client."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from dnslib.label import DNSBuffer

from dnsd import protocol, records
from dnsd.names import Labels, ZoneNames, labels_of
from dnsd.replies import NO_SUCH_CODE, NOT_SUBSCRIBED, OVER_QUOTA, extended_error
from dnsd.writing import OwnName, Ready, Zone, is_large
from reputation.addresses.address import Address, parse_address
from reputation.verdict.zones import DATABASE_NAMES, DATABASES, FOREVER, NEGATIVE_TTL, PART_TTL, TTL

NUMBERS = struct.Struct("!5I")
RECORD = struct.Struct("!HHIH")  # type, class, TTL, octets of the data
OWNER = (0xC000 | protocol.HEADER_SIZE).to_bytes(2, "big")  # a pointer to the name in the question
REFRESH, RETRY, EXPIRE = 3600, 600, 604800  # seconds; for secondaries, which Gatepost does not serve


class Apex:
    """The settings of one zone, in the form in which they are answered."""

    def __init__(
        self,
        zone: str,
        nameservers: Mapping[str, Sequence[str]] | None = None,
        hostmaster: str = "",
        ttl: tuple[int, int] = TTL,
        negative_ttl: int = NEGATIVE_TTL,
        part_ttl: int = PART_TTL,
    ) -> None:
        """`nameservers`: names, the primary first, each with its addresses (none where another zone has them).

        Without any, `ns.<zone>` is named. `hostmaster`: a mail address, `hostmaster@<zone>` where empty. Times in
        seconds: `ttl` of the standard and the dynamic database; `negative_ttl` of what is not listed; `part_ttl` of
        names that will have no records. ValueError names the setting that is wrong.
        """
        servers = {labels_of(name): addresses for name, addresses in (nameservers or {f"ns.{zone}": ()}).items()}
        self.names = ZoneNames(zone, (b".".join(name).decode() for name in servers))
        self.ttl, self.negative_ttl, self.part_ttl = ttl, negative_ttl, part_ttl
        self._servers = tuple(servers)
        self._mailbox = _mailbox(hostmaster or f"hostmaster@{zone}")
        self._addresses = {name: [parse_address(text) for text in texts] for name, texts in servers.items()}
        self._own = self._own_names()
        large = ((own.name, ready.kind) for own in self._own for ready in own.ready if is_large(len(ready.octets)))
        self._large = frozenset(large)

    def owner(self, asked: Labels) -> Labels:
        """Return the zone's name in the case in which it was asked."""
        return asked[len(asked) - len(self.names.zone) :]

    def negative(self, asked: Labels, serial: int, left: int = FOREVER) -> tuple[Any, ...]:
        """Return the SOA of an answer that is negative for `left` seconds (RFC 2308 3).

        Its own TTL is what counts: MINIMUM allows the longest of all negative answers (RFC 2308 5).
        """
        return (self._soa(asked, min(self.negative_ttl, left), serial),)

    def no_data(self, asked: Labels, serial: int) -> tuple[Any, ...]:
        """Return the SOA of an answer for a name that has no records of this type, and will have none."""
        return (self._soa(asked, self.part_ttl, serial),)

    def at_apex(self, asked: Labels, qtype: int, serial: int) -> tuple[Any, ...]:
        """Return the record set of the zone's own name; ANY gets one of them (RFC 8482 4.1)."""
        if qtype in (protocol.SOA, protocol.ANY):
            return (self._soa(asked, self.ttl[0], serial),)
        if qtype == protocol.NS:
            owner = self.owner(asked)
            names = (self._compressed(name, protocol.HEADER_SIZE)[0] for name in self._servers)
            return tuple(records.ready(owner, protocol.NS, self.ttl[0], name) for name in names)
        return self.at_host(asked, self.names.zone, qtype)

    def at_host(self, asked: Labels, host: Labels, qtype: int) -> tuple[Any, ...]:
        """Return the A or AAAA records of a name server in the zone; for ANY those of one type."""
        addresses = self._addresses.get(host, [])
        if qtype == protocol.ANY and addresses:
            qtype = _type(addresses[0])
        return tuple(records.address(asked, self.ttl[0], each) for each in addresses if _type(each) == qtype)

    def is_large(self, host: Labels, qtype: int) -> bool:
        """Tell whether the records of one of the zone's own names make a reply much larger than its question."""
        return (wire_of(host) + b"\0", qtype) in self._large

    def text_of_code(self, owner: Labels, database: int) -> tuple[Any, ...]:
        """Return the TXT record of an active code alone."""
        words = f"This activation code is active for the {DATABASE_NAMES[database]} reputation database."
        return (records.text(owner, self.negative_ttl, words),)

    def fast_zone(self) -> Zone:
        """Return what the fast path needs to give the same answers."""
        names, pointers = self._soa_names(0)
        return Zone(
            wire_of(self.names.zone) + b"\0",
            names + self._numbers(0),
            pointers,
            self.ttl,
            self.negative_ttl,
            self.part_ttl,
            self._own,
            [_packed(self.text_of_code((), database)) for database in DATABASES],
            extended_error(NO_SUCH_CODE),
            extended_error(OVER_QUOTA),
            extended_error(NOT_SUBSCRIBED),
        )

    def _own_names(self) -> list[OwnName]:
        """The zone's own name first, then its name servers', then those that only lead to them."""
        zone = self.names.zone
        own = [OwnName(wire_of(zone) + b"\0", False, tuple(self._ready(lambda kind: self.at_apex(zone, kind, 0))))]
        for host in sorted(self.names.hosts):
            ready = tuple(self._ready(lambda kind, host=host: self.at_host(host, host, kind)))  # type: ignore[misc]
            own.append(OwnName(wire_of(host) + b"\0", False, ready))
        own += [OwnName(wire_of(name) + b"\0", True) for name in sorted(self.names.above_hosts - self.names.hosts)]
        return own

    def _ready(self, answer: Callable[[int], tuple[Any, ...]]) -> Iterator[Ready]:
        """The answers of each type that there is one of; the owner is the asked name, 12 octets from the beginning."""
        for kind in (protocol.A, protocol.AAAA, protocol.NS, protocol.SOA, protocol.ANY):
            if found := answer(kind):
                octets = _packed(found)
                serial_at = len(octets) - NUMBERS.size if found[0].rtype == protocol.SOA else -1
                yield Ready(kind, len(found), serial_at, octets)

    def _soa(self, asked: Labels, ttl: int, serial: int) -> Any:
        zone_at = protocol.HEADER_SIZE + len(wire_of(asked[: len(asked) - len(self.names.zone)]))
        names, _ = self._soa_names(zone_at)
        return records.ready(self.owner(asked), protocol.SOA, ttl, names + self._numbers(serial))

    def _numbers(self, serial: int) -> bytes:
        minimum = max(self.part_ttl, self.negative_ttl)
        return NUMBERS.pack(serial & 0xFFFFFFFF, REFRESH, RETRY, EXPIRE, minimum)

    def _soa_names(self, zone_at: int) -> tuple[bytes, list[int]]:
        """Primary server and mailbox, and the places of the pointers in them."""
        made, pointers = b"", []
        for name in (self._servers[0], self._mailbox):
            octets, pointer = self._compressed(name, zone_at)
            if pointer >= 0:
                pointers.append(len(made) + pointer)
            made += octets
        return made, pointers

    def _compressed(self, name: Labels, zone_at: int) -> tuple[bytes, int]:
        """A name; inside the zone it ends in a pointer to the zone's name in the question, whose place comes along.

        Compressed here and not by the codec, which compares names with their case, so that its answer would be longer
        for a name asked in capitals.
        """
        own = len(name) - len(self.names.zone)
        if name[max(own, 0) :] != self.names.zone:
            return wire_of(name) + b"\0", -1
        made = wire_of(name[:own])
        return made + (0xC000 | zone_at).to_bytes(2, "big"), len(made)


def _packed(found: tuple[Any, ...]) -> bytes:
    """Records of one owner as they stand in a reply whose question has that name."""
    return b"".join(
        OWNER + RECORD.pack(each.rtype, each.rclass, each.ttl, len(data := _data(each))) + data for each in found
    )


def _data(record: Any) -> bytes:
    buffer = DNSBuffer()
    record.rdata.pack(buffer)
    return bytes(buffer.data)


def wire_of(labels: Labels) -> bytes:
    """Return labels as they are on the wire, without the root."""
    return b"".join(bytes([len(label)]) + label for label in labels)


def _mailbox(address: str) -> Labels:
    """A mail address as SOA writes it (RFC 1035 3.3.13): what stands before @ is one label, dots and all."""
    local, at, domain = address.rpartition("@")
    if not at:
        return labels_of(address)
    if not local.isascii() or not 0 < len(local) <= 63:
        raise ValueError(f"{address!r} cannot stand in an SOA record: write an address such as hostmaster@rep.example")
    return (local.encode(), *labels_of(domain))


def _type(address: Address) -> int:
    return protocol.A if address.version == 4 else protocol.AAAA
