"""Resource records with dnslib's codec: what Gatepost answers with, and nothing of why. It knows no packet.

Owners are labels as they were asked, so that they compress to a pointer and echo the asker's case.
"""

from __future__ import annotations

import dnslib

from dnsd import protocol
from dnsd.names import Labels
from reputation.addresses.address import Address

LONGEST_STRING = 255  # RFC 1035 3.3.14
LONGEST_TEXT = 4000  # octets of one TXT record: a reason ends up in a line of SMTP


def return_code(owner: Labels, ttl: int, code: int) -> dnslib.RR:
    """Make the A record of a return code, 127.0.0.`code` (RFC 5782 2.1)."""
    return _record(owner, protocol.A, ttl, dnslib.A((127, 0, 0, code)))


def address(owner: Labels, ttl: int, of: Address) -> dnslib.RR:
    """Make an A or AAAA record, by the address's version."""
    if of.version == 4:
        return _record(owner, protocol.A, ttl, dnslib.A(tuple(of.value.to_bytes(4, "big"))))
    return _record(owner, protocol.AAAA, ttl, dnslib.AAAA(tuple(of.value.to_bytes(16, "big"))))


def text(owner: Labels, ttl: int, words: str) -> dnslib.RR:
    """Make a TXT record; control characters become spaces, as an MTA puts the text into a reply line (RFC 5321 4.2)."""
    line = "".join(c if c.isprintable() else " " for c in words)
    return _record(owner, protocol.TXT, ttl, dnslib.TXT(_strings(line.encode())))


def ready(owner: Labels, rtype: int, ttl: int, data: bytes) -> dnslib.RR:
    """Make a record whose data is in wire form already."""
    return _record(owner, rtype, ttl, dnslib.RD(data))


def _record(owner: Labels, rtype: int, ttl: int, data: dnslib.RD) -> dnslib.RR:
    return dnslib.RR(dnslib.DNSLabel(owner), rtype, protocol.IN, ttl, data)


def _strings(line: bytes) -> list[bytes]:
    """Strings of at most 255 octets, no character cut in two; at least one, even if empty."""
    strings: list[bytes] = []
    at, end = 0, _boundary(line, LONGEST_TEXT)
    while at < end or not strings:
        cut = min(end, _boundary(line, at + LONGEST_STRING))
        strings.append(line[at:cut])
        at = cut
    return strings


def _boundary(line: bytes, at: int) -> int:
    """`at`, or a little before it, where a UTF-8 character begins or the line ends."""
    at = min(at, len(line))
    while 0 < at < len(line) and line[at] & 0xC0 == 0x80:
        at -= 1
    return at
