"""Worlds and packets by chance: every policy, every kind of listing and text, and what is asked of them.

All is drawn from one `Random`, so that a seed repeats it and hypothesis can shrink it. What is a plain packet is said
here apart from the product.
"""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

from dnsd.apex import Apex
from dnsd.names import LONGEST_ZONE
from reputation.addresses.address import (
    Address,
    Network,
    parse_network,
    unmapped,
)
from reputation.verdict.decision import decide
from reputation.verdict.organization_steps import OrganizationListings, OrganizationSteps
from reputation.verdict.rules import APPROVED
from reputation.verdict.snapshot import Listed, Policies, Snapshot
from reputation.verdict.zones import (
    BLOCKED_ADDRESS,
    BLOCKED_COUNTRY,
    BLOCKED_ISP,
    CATEGORIES,
    DYNAMIC,
    FOREVER,
    SLOTS,
    STANDARD,
)
from tests.dnsd import wire
from tests.snapshots import ACME, ACME_CODE, BASIC, BASIC_CODE, EXPIRED_CODE, layer, origin_rules, origins, rules

CLIENT = Address(4, 0xC0000219)
HOUR = 3600
EVE = 500_000 * HOUR - 5  # the hour turns while these worlds are asked
DURATION = 10  # seconds that a world is asked
CROWD = [b"samehead%023d" % number for number in range(40)]  # codes that begin alike
UNKNOWN = [b"samehead%023d" % 99, b"n" * 31, b"a" * 30 + b"b", b"a" * 30, b"a" * 32, b"a-" * 15 + b"a", b"\0" * 31]
ELSEWHERE: dict[str, Any] = {"nameservers": {"ns.elsewhere.example": ()}, "hostmaster": "dns.admin@elsewhere.example"}
LONG_ZONE = ".".join(("l" * 63, "m" * 63, "n" * (LONGEST_ZONE - 130)))
LONG_SERVER = ".".join(("s" * 63, "t" * 63, "u" * 63, "v" * 50))
# Zones, what is set of them, and whether each negative answer fits into 512 octets.
ZONES: tuple[tuple[str, dict[str, Any], bool], ...] = (
    ("rep.example", {}, True),
    ("rep.example", {"nameservers": {"ns1.rep.example": ("192.0.2.53",), "ns.elsewhere.example": ()}}, True),
    ("rep.example", {"nameservers": {"ns.elsewhere.example": ()}}, True),
    ("rep.example", {"hostmaster": "dns.admin@elsewhere.example"}, True),
    ("rep.example", {"nameservers": {"rep.example": ("192.0.2.53",)}, "hostmaster": "rep.example"}, True),
    ("rep.example", ELSEWHERE, True),
    ("1.2", {"ttl": (86400, 1)}, True),
    ("r.example", {"negative_ttl": 1}, True),
    ("q", {"ttl": (1, 3600), "negative_ttl": 0}, True),
    (LONG_ZONE, {}, True),
    (LONG_ZONE, {"nameservers": {LONG_SERVER: ()}, "hostmaster": f"a@{LONG_SERVER}"}, False),
)
URLS = ("", "https://rep.example/lookup?address=", "https://rep.example/é/", "https://rep.example/$/", "u" * 180)
REASONS = (
    *("", "Known spam source", "Überall gemeldet", "Spam seen from $", "it costs $$5", "a\ttab", "x" * 4500, "é" * 130),
    *("x" * size for size in range(55, 62)),  # with the longest of the addresses above about 255 octets
    *("y" * size for size in range(200, 216)),
)
ANCHORS = {
    4: (0xCB007100, 0xCB007164, 0xC6336400, 0x02000000, 0x7F000000, 0x80000000, 0xFFFFFFFF, 0),
    6: (
        *(0x20010DB8 << 96, 0x20010DB8 << 96 | 0xFFFF, 0x2000 << 112, 1 << 127, (1 << 128) - 1, 0),
        *(0xFFFFCB007101, 0xFFFF7F000002, 1 << 64, (1 << 64) - 1),
    ),
}
PREFIXES = {4: (0, 1, 8, 15, 16, 17, 24, 28, 31, 32, 32, 32), 6: (0, 1, 8, 32, 48, 63, 64, 65, 96, 127, 128, 128)}
SIZES = (0, 100, 511, 512, 513, 1231, 1232, 1233, 4096, 65535)
TYPES = (wire.NS, wire.SOA, wire.AAAA, wire.ANY, wire.AXFR, wire.OPT, 0, 257, 0x0110, 0x1001, 0xFFFF)
REFUSED = (wire.AXFR, wire.IXFR)
CLASSES = (0, wire.CH, wire.CLASS_ANY, 0x0101, 0x0100)
CASES = (bytes.upper, bytes.lower, bytes.swapcase, bytes.title)
OCTETS = [bytes([len(str(number))]) + str(number).encode() for number in range(256)]
ODD_LABELS = (
    b"\x0201",
    b"\x03256",
    b"\x03999",
    b"\x0300a",
    b"\x041234",
    b"\x01g",
    b"\x02ff",
    b"\x01 ",
    b"\x031.2",
    b"\0",
)


class World(NamedTuple):
    """A snapshot behind a zone; `edges` are the addresses (version, value) where something begins or ends."""

    apex: Apex
    zone: bytes  # its name on the wire
    fits: bool
    snapshot: Snapshot
    edges: list[tuple[int, int]]
    ends: dict[bytes, int]  # until when each code is active


class Drawn(NamedTuple):
    """A packet, what lies behind it in the buffer, and whether it is plain: then the fast path must answer it."""

    wire: bytes
    behind: bytes
    plain: bool


def world(chance: Random) -> World:
    zone, settings, fits = chance.choice(ZONES)
    networks = [some_network(chance) for _ in range(chance.randrange(4, 40))]
    edges = [(one.version, value) for one in networks for value in (one.first - 1, one.first, one.last, one.last + 1)]
    bits = {4: 32, 6: 128}
    texts = [str(one) for one in networks]
    standard, dynamic = listed(chance, texts), listed(chance, texts)
    ends = {ACME_CODE: FOREVER, BASIC_CODE: FOREVER, EXPIRED_CODE: some_end(chance)}
    ends |= {code: some_end(chance) for code in CROWD[: chance.choice((0, 3, 40))]}
    made = Snapshot(
        standard=standard,
        dynamic=dynamic,
        origins=origins({text: (chance.randrange(64500, 64506), *some_origin(chance)) for text in some(chance, texts)}),
        policies=some_policies(chance, texts, ends),
        serial=chance.choice((0, 7, 0x01020304, 0xFFFFFFFF)),
        lookup_url=chance.choice(URLS),
    )
    edges = [(version, value) for version, value in edges if 0 <= value < 1 << bits[version]]
    return World(Apex(zone, **settings), wire.name(zone), fits, made, edges, ends)


def some_network(chance: Random) -> Network:
    version = 4 if chance.random() < 0.7 else 6
    bits, prefix = 32 if version == 4 else 128, chance.choice(PREFIXES[version])
    value = (chance.choice(ANCHORS[version]) + chance.randrange(40)) % (1 << bits)
    first = value >> (bits - prefix) << (bits - prefix)
    text = str(Network(version, first, first | (1 << (bits - prefix)) - 1, prefix))
    return parse_network(text)


def some(chance: Random, texts: list[str]) -> list[str]:
    return sorted({chance.choice(texts) for _ in range(chance.randrange(len(texts)))})


def some_end(chance: Random) -> int:
    return chance.choice((FOREVER, EVE + chance.randrange(DURATION + 1), EVE + 300, EVE + chance.randrange(100_000)))


def some_origin(chance: Random) -> tuple[str, str]:
    return chance.choice(("DE", "FR", "ZZ", "AA", "")), "An ISP"


def listed(chance: Random, texts: list[str]) -> Listed:
    feeds, own, recent = (layer([some_entry(chance, text) for text in some(chance, texts)]) for _ in range(3))
    return Listed(feeds, own, recent=chance.choice((None, recent)))


def some_entry(chance: Random, text: str) -> tuple[str, tuple[int, ...], str]:
    return text, tuple(chance.choice((0, some_end(chance))) for _ in range(SLOTS)), chance.choice(REASONS)


def some_policies(chance: Random, texts: list[str], ends: dict[bytes, int]) -> Policies:
    """Acme's may be any; Basic has a standard subscription and no rule."""

    def ruled(blocked: int) -> tuple[int, int]:
        return chance.choice((APPROVED, blocked)), some_end(chance)

    answers = {text: ruled(BLOCKED_ADDRESS) for text in some(chance, texts)}
    isps = {chance.randrange(64500, 64506): ruled(BLOCKED_ISP) for _ in range(chance.randrange(3))}
    countries = {name: ruled(BLOCKED_COUNTRY) for name in ("DE", "AA", "ZZ")[: chance.randrange(4)]}
    return Policies(
        codes={code: (BASIC if code == BASIC_CODE or code in CROWD[::3] else ACME, end) for code, end in ends.items()},
        databases=bytes([0, 0b11, 0b01]),
        categories=bytes([0, chance.randrange(8), 0b111]),
        levels=bytes([0, chance.randrange(5), 2]),
        rules=rules(answers),
        origin_rules=origin_rules(isps, countries),
        has_origin_rules=bytes([0, bool(isps or countries), 0]),
        over_until=[0, 0 if chance.random() < 0.7 else EVE + chance.choice((2, DURATION, 40)), 0],
        has_networks=[0, chance.random() < 0.3, 0],
        networks=chance.choice((ACME_AT_HOME, ACME_AWAY)),
    )


def code_networks(*starts: int) -> OrganizationListings:
    """One network of Acme's, in which its codes may be used, from its first address to the one behind its last."""
    return OrganizationListings(OrganizationSteps((0, 0, 2, 2), starts, (0, 0, 0, 0), ()), (1, 0), ())


# The clients that ask these worlds are in the first.
ACME_AT_HOME, ACME_AWAY = code_networks(0xC0000200, 0xC0000300), code_networks(0xCB007100, 0xCB007200)


def packet(chance: Random, world: World, now: int) -> Drawn:
    """A query: one half is whole, some are odd from the beginning, and the others were damaged on the wire."""
    version, value = some_address(chance, world)
    code = chance.choice((ACME_CODE,) * 8 + (BASIC_CODE, EXPIRED_CODE, chance.choice(CROWD), UNKNOWN[0]))
    database = DYNAMIC if chance.random() < 0.35 else STANDARD
    kind = chance.choice((wire.A,) * 6 + (wire.TXT,) * 3 + (chance.choice(TYPES),))
    below = b"\x1f" + code + b"\1" + b"rq"[database : database + 1] + world.zone
    name = address_labels(version, value) + below
    is_on_the_way = chance.random() < 0.4
    if is_on_the_way:
        name = name_on_the_way(chance, world, name, below)
    if chance.random() < 0.3:
        name = chance.choice(CASES)(name)  # lengths are no letters: a label of 65 octets is none
    additional = some_opt(chance)
    flags = chance.choice((0, wire.RD, wire.RD, chance.getrandbits(11)))
    made = wire.message(
        name + kind.to_bytes(2, "big") + b"\0\1" + additional,
        (1, 0, 0, bool(additional)),
        flags,
        chance.getrandbits(16),
    )
    fate = chance.random()
    if fate < 0.5 and is_on_the_way:
        return Drawn(made, chance.randbytes(8), world.fits and len(name) <= 255 and kind not in REFUSED)
    if fate < 0.5:
        return Drawn(made, chance.randbytes(8), is_plain(world, database, code, kind, version, value, now))
    if fate < 0.6:
        return Drawn(odd_query(chance, world, name, kind), made, False)
    return damaged(chance, made)


def name_on_the_way(chance: Random, world: World, name: bytes, below: bytes) -> bytes:
    """A name of the zone that is no complete address: a part of one mostly, as resolvers ask it."""
    fate = chance.random()
    if fate < 0.4:  # the end of an address in nibbles or octets, or one label too many
        labels = [b"\1" + bytes([digit]) for digit in f"{chance.getrandbits(132):033x}".encode()]
        if chance.random() < 0.5:
            labels = [chance.choice(OCTETS) for _ in range(5)]
        # One left out would leave a whole address, and so do four digits.
        begins = [at for at in (0, *range(2, len(labels))) if len(labels) - at != 4]
        return b"".join(labels[chance.choice(begins) :]) + below
    if fate < 0.5:
        return below
    if fate < 0.6:
        label = chance.choice(UNKNOWN)
        return chance.choice((b"", OCTETS[7])) + bytes([len(label)]) + label + below[32:]
    if fate < 0.7:
        return below[32:]
    if fate < 0.8:
        return world.zone
    if fate < 0.9:
        names = world.apex.names
        own = [wire.name(".".join(map(bytes.decode, host))) for host in sorted(names.hosts | names.above_hosts)]
        return chance.choice((*own, b"\2ns" + world.zone))
    return chance.choice((*ODD_LABELS[:-1], b"\3www", b"\1r\1x", b"\1x\1r")) + chance.choice((below, world.zone))


def some_address(chance: Random, world: World) -> tuple[int, int]:
    fate = chance.random()
    if fate < 0.6:
        return chance.choice(world.edges)
    if fate < 0.7:
        version, value = chance.choice(world.edges)
        return 6, value | 0xFFFF << 32 if version == 4 else value
    if fate < 0.75:  # four labels of one digit
        return 4, int.from_bytes(bytes(chance.randrange(10) for _ in range(4)), "big")
    if fate < 0.78:
        return 4, 127 << 24 | chance.choice((1, 2, 3, 4, 10, 11, 12, 13, 1 << 16, 0xFFFFFF))
    if fate < 0.82:  # the longest run of zeros is left out of its text
        return 6, sum(chance.choice((0, 0, 0, 1, 0xAB, 0xABC, 0xABCD)) << shift for shift in range(0, 128, 16))
    return (4, chance.getrandbits(32)) if fate < 0.92 else (6, chance.getrandbits(128))


def address_labels(version: int, value: int) -> bytes:
    if version == 4:
        return b"".join(OCTETS[value >> shift & 255] for shift in (0, 8, 16, 24))
    labels = bytearray(b"\1" * 64)
    labels[1::2] = f"{value:032x}"[::-1].encode()
    return bytes(labels)


def some_opt(chance: Random) -> bytes:
    """None, or a proper OPT of version 0."""
    fate = chance.random()
    if fate < 0.4:
        return b""
    options = b"" if fate < 0.7 else wire.COOKIE
    if fate > 0.9:
        options += wire.option(chance.choice((0, 3, 15, 65001)), chance.randbytes(chance.randrange(40)))
    # An SOA with long names passes some of these by a few octets.
    size = chance.choice(SIZES) if fate < 0.8 else chance.randrange(512, 850)
    return wire.opt(size, 0, chance.choice((0, wire.DO, chance.getrandbits(16))), options)


def is_plain(world: World, database: int, code: bytes, kind: int, version: int, value: int, now: int) -> bool:
    """Whether a whole query for an address is plain."""
    snapshot, version, value = world.snapshot, *unmapped(version, value)
    organization = snapshot.organization(code, now)
    if kind in REFUSED:
        return False
    if organization < 0 or not snapshot.may_ask(organization, database) or snapshot.over_quota(organization, now):
        return world.fits
    if not snapshot.may_ask_from(organization, CLIENT):
        return world.fits
    decision = decide(snapshot, database, organization, version, value, now)
    if kind in (wire.A, wire.ANY) or not decision.code:
        return bool(decision.code) or world.fits
    if kind != wire.TXT:
        return world.fits
    text = f"{decision.reason} - {snapshot.lookup_url}{Address(version, value)}"
    by_list = decision.decided_by in (*CATEGORIES, "dynamic") and decision.reason in REASONS[1:]
    is_test = decision.decided_by == "test address"
    text = text.replace("$", str(Address(version, value)), 1) if is_test else text
    fits = len(text.encode()) < (100 if len(world.zone) > 100 else 256)
    return (by_list or is_test) and fits and bool(snapshot.lookup_url) and not set(text) & set("$\t")


def odd_query(chance: Random, world: World, name: bytes, kind: int) -> bytes:
    """Well-formed or nearly so, and still not plain; sometimes it happens to be, which is as good."""
    counts, flags, end = (1, 0, 0, 0), 0, kind.to_bytes(2, "big") + b"\0\1"
    fate = chance.randrange(9)
    if fate == 0:  # a label that is no number, or too many of them, or too few
        name = b"".join(chance.choice((*ODD_LABELS, *OCTETS[:20])) for _ in range(chance.randrange(6))) + name[-50:]
    elif fate == 1:
        name = b"\1" + b"0123456789abcdefABCDEFg"[chance.randrange(23) :][:1] + name
    elif fate == 2:
        name = name[chance.choice((2, 4, 64)) :]
    elif fate == 3:
        name = chance.choice((world.zone, b"\1r" + world.zone, wire.name("rep.example"), b"\4evil" + name[5:], b"\0"))
    elif fate == 4:
        label = chance.choice(UNKNOWN)
        name = address_labels(4, 0xCB007102) + bytes([len(label)]) + label + b"\1r" + world.zone
    elif fate == 5:
        end = chance.choice(TYPES).to_bytes(2, "big") + b"\0\1"
    elif fate == 6:
        end = end[:2] + chance.choice(CLASSES).to_bytes(2, "big")
    elif fate == 7:
        flags = chance.getrandbits(16)
    else:
        return wire.message(name + end + odd_additional(chance), (1, 0, 0, chance.choice((1, 1, 2))), flags)
    return wire.message(name + end, counts, flags, chance.getrandbits(16))


def odd_additional(chance: Random) -> bytes:
    return chance.choice(
        (
            wire.opt(version=1),
            wire.opt(version=255, flags=wire.DO),
            wire.opt() + wire.opt(),
            wire.opt(owner=b"\xc0\x0c"),
            wire.opt(owner=b"\1x\0"),
            wire.opt(options=wire.COOKIE, length=11),
            wire.opt(options=wire.COOKIE, length=13),
            wire.opt(options=wire.option(10, b"12345678", 9)),
            wire.opt(options=wire.option(10, b"12345678", 65535)),
            wire.opt(options=wire.COOKIE + b"\0\1\0"),
            wire.opt() + b"\0",
            wire.tsig(),
            wire.opt() + wire.tsig(),
            wire.record(wire.A, bytes(4)),
            wire.record(wire.OPT + 256, b"", b"\0"),
            b"",
        )
    )


def damaged(chance: Random, made: bytes) -> Drawn:
    """Bits flipped, octets set, cut, left out, doubled, appended. Behind a cut lies what was cut off."""
    data, behind = bytearray(made), b""
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        fate, at = chance.randrange(10), chance.randrange(len(data) + 1)
        if fate < 3 and at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        elif fate < 5 and at < len(data):
            data[at] = chance.choice((0, 1, 3, 31, 32, 48, 49, 63, 64, 0xC0, 255, chance.getrandbits(8)))
        elif fate == 5 and len(data) > 11:
            data[min(at, 11)] = chance.choice((0, 1, 1, 2))
        elif fate == 6:
            data, behind = data[:at], bytes(data[at:]) + behind
        elif fate == 7:
            del data[at : at + chance.choice((1, 1, 2, 11))]
        elif fate == 8:
            data[at:at] = data[at : at + chance.choice((1, 2, 11, 40))]
        else:
            data += chance.choice((b"\0", wire.opt(), chance.randbytes(3)))
    return Drawn(bytes(data), behind, False)
