"""What the zone says of itself: SOA, NS, and the addresses of its name servers. It knows no list and no client."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

from dnsd import protocol, records
from dnsd.fastpath import Zone
from dnsd.names import Labels, ZoneNames, labels_of
from dnsd.replies import NOT_SUBSCRIBED, extended_error
from reputation.addresses.address import Address, parse_address
from reputation.verdict.zones import FOREVER, NEGATIVE_TTL, TTL

NUMBERS = struct.Struct("!5I")
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
    ) -> None:
        """`nameservers`: names, the primary first, each with its addresses (none where another zone has them).

        Without any, `ns.<zone>` is named. `hostmaster`: a mail address, `hostmaster@<zone>` where empty. Times in
        seconds: `ttl` of the standard and the dynamic database. ValueError names the setting that is wrong.
        """
        servers = {labels_of(name): addresses for name, addresses in (nameservers or {f"ns.{zone}": ()}).items()}
        self.names = ZoneNames(zone, (b".".join(name).decode() for name in servers))
        self.ttl, self.negative_ttl = ttl, negative_ttl
        self._servers = tuple(servers)
        self._mailbox = _mailbox(hostmaster or f"hostmaster@{zone}")
        self._addresses = {name: [parse_address(text) for text in texts] for name, texts in servers.items()}

    def owner(self, asked: Labels) -> Labels:
        """Return the zone's name in the case in which it was asked."""
        return asked[len(asked) - len(self.names.zone) :]

    def negative(self, asked: Labels, serial: int, left: int = FOREVER) -> tuple[Any, ...]:
        """Return the SOA of an answer that is negative for `left` seconds; its TTL is at most MINIMUM (RFC 2308 3)."""
        return (self._soa(asked, min(self.negative_ttl, left), serial),)

    def at_apex(self, asked: Labels, qtype: int, serial: int) -> tuple[Any, ...]:
        """Return the record set of the zone's own name; ANY gets one of them (RFC 8482 4.1)."""
        if qtype in (protocol.SOA, protocol.ANY):
            return (self._soa(asked, self.ttl[0], serial),)
        if qtype == protocol.NS:
            owner = self.owner(asked)
            return tuple(records.nameserver(owner, self.ttl[0], name) for name in self._servers)
        return self.at_host(asked, self.names.zone, qtype)

    def at_host(self, asked: Labels, host: Labels, qtype: int) -> tuple[Any, ...]:
        """Return the A or AAAA records of a name server in the zone; for ANY those of one type."""
        addresses = self._addresses.get(host, [])
        if qtype == protocol.ANY and addresses:
            qtype = _type(addresses[0])
        return tuple(records.address(asked, self.ttl[0], each) for each in addresses if _type(each) == qtype)

    def fast_zone(self) -> Zone:
        """Return what the fast path needs to give the same answers."""
        names, pointers = self._soa_names(0)
        numbers = NUMBERS.pack(0, REFRESH, RETRY, EXPIRE, self.negative_ttl)
        name, refusal = wire_of(self.names.zone) + b"\0", extended_error(NOT_SUBSCRIBED)
        return Zone(name, names + numbers, pointers, self.ttl, self.negative_ttl, refusal)

    def _soa(self, asked: Labels, ttl: int, serial: int) -> Any:
        zone_at = protocol.HEADER_SIZE + len(wire_of(asked[: len(asked) - len(self.names.zone)]))
        names, _ = self._soa_names(zone_at)
        numbers = NUMBERS.pack(serial & 0xFFFFFFFF, REFRESH, RETRY, EXPIRE, self.negative_ttl)
        return records.ready(self.owner(asked), protocol.SOA, ttl, names + numbers)

    def _soa_names(self, zone_at: int) -> tuple[bytes, list[int]]:
        """Primary server and mailbox; inside the zone they end in a pointer to its name in the question.

        Compressed here and not by the codec, which compares names with their case, so that its answer would be longer
        for a name asked in capitals. The places of the pointers come along.
        """
        made, pointers = b"", []
        for name in (self._servers[0], self._mailbox):
            own = len(name) - len(self.names.zone)
            if name[own:] != self.names.zone:
                made += wire_of(name) + b"\0"
                continue
            made += wire_of(name[:own])
            pointers.append(len(made))
            made += (0xC000 | zone_at).to_bytes(2, "big")
        return made, pointers


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
