"""Odd packets, one row each, on real sockets over UDP and TCP: what other servers do differently, and what we do.

A row is a name, the packet, and the reply: rcode, flags beside QR, and the counts of question, answer, authority and
additional records. The rows keep the order of the sections: names, header and counts, EDNS, classes and types.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from tests.dnsd import cast, wire
from tests.dnsd.ask import Tcp, Udp
from tests.dnsd.wire import message, opt, option, query, question, record

CODE = f"{cast.ACME_CODE}.r.rep.example"
LISTED_NAME, UNLISTED_NAME = f"2.113.0.203.{CODE}", f"5.113.0.203.{CODE}"
LISTED6_NAME = cast.reversed_name("2001:db8::2")
NIBBLES = LISTED6_NAME.split(".")[:32]
TAIL = b"\0\1\0\1"


class Row(NamedTuple):
    name: str
    packet: bytes
    rcode: int
    flags: str  # beside qr
    counts: tuple[int, int, int, int]
    also: Callable[[wire.Reply], bool] = lambda reply: True


def listed(name: str, packet: bytes, code: int = 2, flags: str = "aa") -> Row:
    return Row(name, packet, wire.NOERROR, flags, (1, 1, 0, 0), lambda reply: reply.addresses == [f"127.0.0.{code}"])


def _has_soa(reply: wire.Reply, ttl: int) -> bool:
    """An SOA of the zone with this TTL, which is no longer than its MINIMUM (RFC 2308 3)."""
    soa = reply.authority[0]
    minimum = int.from_bytes(soa.rdata[-4:], "big")
    owner = [each.lower() for each in soa.owner]
    return (soa.rtype, soa.ttl, minimum, owner) == (wire.SOA, ttl, 300, [b"rep", b"example"])


def nxdomain(name: str, packet: bytes) -> Row:
    return Row(name, packet, wire.NXDOMAIN, "aa", (1, 0, 1, 0), lambda reply: _has_soa(reply, 60))


def no_data(name: str, packet: bytes, ttl: int = 300) -> Row:
    """`ttl` is 60 where an address may be listed the next minute."""
    return Row(name, packet, wire.NOERROR, "aa", (1, 0, 1, 0), lambda reply: _has_soa(reply, ttl))


def refused(name: str, packet: bytes) -> Row:
    return Row(name, packet, wire.REFUSED, "", (1, 0, 0, 0))


def not_implemented(name: str, packet: bytes) -> Row:
    return Row(name, packet, wire.NOTIMP, "", (0, 0, 0, 0), lambda reply: len(reply.wire) == 12)


def malformed(name: str, packet: bytes, counts: tuple[int, int, int, int] = (0, 0, 0, 0)) -> Row:
    return Row(name, packet, wire.FORMERR, "", counts, lambda reply: len(reply.wire) <= len(packet))


def below(address: str) -> bytes:
    return query(f"{address}.{CODE}")


def with_code(code: str) -> bytes:
    return query(f"2.113.0.203.{code}.r.rep.example")


def labelled(*labels: bytes) -> bytes:
    return query((*labels, cast.ACME_CODE.encode(), b"r", b"rep", b"example"))


# Section 2: names
NAMES = [
    listed("listed A", query(LISTED_NAME)),
    Row("listed TXT", query(LISTED_NAME, wire.TXT), 0, "aa", (1, 1, 0, 0), lambda reply: "spam source" in reply.text),
    listed("listed IPv6", query(LISTED6_NAME)),
    nxdomain("unlisted", query(UNLISTED_NAME)),
    nxdomain("unlisted, TXT", query(UNLISTED_NAME, wire.TXT)),
    listed("127.0.0.2", below("2.0.0.127")),
    listed("::FFFF:7F00:2", query(cast.reversed_name("::FFFF:7F00:2"))),
    listed("127.0.0.2 in q", query(cast.reversed_name("127.0.0.2", database="q"))),
    listed("::FFFF:7F00:2 in q", query(cast.reversed_name("::FFFF:7F00:2", database="q"))),
    nxdomain("127.0.0.1", below("1.0.0.127")),
    nxdomain("::FFFF:7F00:1", query(cast.reversed_name("::FFFF:7F00:1"))),
    nxdomain("127.0.0.1 in q", query(cast.reversed_name("127.0.0.1", database="q"))),
    nxdomain("::FFFF:7F00:1 in q", query(cast.reversed_name("::FFFF:7F00:1", database="q"))),
    *(
        no_data(f"listed name, type {qtype}", query(LISTED_NAME, qtype), 60)
        for qtype in (wire.AAAA, wire.MX, wire.NS, wire.SOA, wire.CNAME, wire.HTTPS, 65280)
    ),
    nxdomain("unlisted name, type 65280", query(UNLISTED_NAME, 65280)),
    *(
        no_data(f"apex, type {qtype}", query("rep.example", qtype))
        for qtype in (wire.A, wire.DNSKEY, wire.CAA, wire.DS, 65280)
    ),
    no_data("3 address labels", below("113.0.203")),
    no_data("2 address labels", below("0.203")),
    no_data("1 address label", below("203")),
    no_data("the code", query(CODE)),
    no_data("the database", query("r.rep.example")),
    *(
        no_data(f"{count} nibbles", query(".".join((*NIBBLES[-count:], CODE))), 60 if count == 4 else 300)
        for count in range(1, 32)
    ),
    no_data("four one-digit labels", below("1.0.0.2"), 60),
    no_data("four one-digit labels, TXT", query(f"1.0.0.2.{CODE}", wire.TXT), 60),
    no_data("four one-digit labels, NS", query(f"1.0.0.2.{CODE}", wire.NS), 60),
    listed("four one-digit labels, listed", below("3.0.0.2")),
    no_data("four nibbles that are no octets", below("a.0.0.2")),
    nxdomain("5 labels", below("1.2.113.0.203")),
    nxdomain("33 nibbles", query(".".join(("0", *NIBBLES, CODE)))),
    nxdomain("octet 256", below("256.113.0.203")),
    nxdomain("octet 256 beside the code", below("256")),
    nxdomain("octet 01", below("02.113.0.203")),
    nxdomain("nibble g", query(".".join(("g", *NIBBLES[1:], CODE)))),
    nxdomain("two hex digits in a label", query(".".join(("20", *NIBBLES[1:], CODE)))),
    listed("nibbles in capitals", query(".".join(NIBBLES).upper() + f".{CODE}")),
    listed("a mapped address that is listed", query(cast.reversed_name("::ffff:203.0.113.3")), 3),
    nxdomain("a code of 30 characters", with_code(cast.ACME_CODE[:30])),
    nxdomain("a code of 32 characters", with_code(cast.ACME_CODE + "x")),
    nxdomain("a code of 63 characters", with_code(cast.ACME_CODE * 2 + "x")),
    nxdomain("a code with dashes", with_code("-".join((cast.ACME_CODE[:8], cast.ACME_CODE[8:])))),
    nxdomain("no code", query("2.113.0.203.r.rep.example")),
    nxdomain("an unknown code", with_code(cast.STRANGER_CODE)),
    listed("the code in capitals", with_code(cast.ACME_CODE.upper())),
    nxdomain("an unknown code alone", query(f"{cast.STRANGER_CODE}.r.rep.example")),
    nxdomain("a test address under an unknown code", query(f"2.0.0.127.{cast.STRANGER_CODE}.r.rep.example")),
    listed("mIxEd cAsE", query("2.113.0.203." + CODE.title())),
    nxdomain("mIxEd cAsE, unlisted", query("5.113.0.203." + CODE.title())),
    nxdomain("a label with NUL", labelled(b"\0", b"113", b"0", b"203")),
    nxdomain("a label with 0xFF", labelled(b"\xff\xfe", b"113", b"0", b"203")),
    nxdomain("a label with a space", labelled(b"2 ", b"113", b"0", b"203")),
    nxdomain("a label with a backslash", labelled(b"\\050", b"113", b"0", b"203")),
    nxdomain("a dot inside a label", labelled(b"2.113", b"0", b"203")),
    nxdomain(
        "a dot inside the last label",
        query((b"2", b"113", b"0.203", cast.ACME_CODE.encode(), b"r", b"rep", b"example")),
    ),
    nxdomain("a name of 255 octets", query(f"{'a' * 63}.{'b' * 63}.{'c' * 63}.{'d' * 47}.r.rep.example")),
    refused("outside", query("www.other.example")),
    refused("the parent of the zone", query("example")),
    refused("the root", query("")),
    refused("evil in front of the zone", query("evilrep.example")),
    Row(
        "outside, with EDNS",
        query("www.other.example", additional=(opt(),)),
        wire.REFUSED,
        "",
        (1, 0, 0, 1),
        lambda reply: reply.extended_errors == [20],
    ),
]

# Section 3: header, opcodes, counts
HEADER = [
    listed("RD", query(LISTED_NAME, flags=wire.RD), flags="aa rd"),
    listed("AD, CD, Z, AA and RA in a query", query(LISTED_NAME, flags=wire.AD | wire.CD | wire.Z | wire.AA | wire.RA)),
    listed("TC in a query", query(LISTED_NAME, flags=wire.TC)),
    listed("RCODE in a query", query(LISTED_NAME, flags=5)),
    *(
        not_implemented(f"opcode {opcode}, with a question", query(LISTED_NAME, flags=opcode << 11))
        for opcode in range(1, 16)
    ),
    *(
        not_implemented(f"opcode {opcode}, header only", message(flags=opcode << 11, counts=(0, 0, 0, 0)))
        for opcode in range(1, 16)
    ),
    not_implemented("unknown opcode, all flags set", query(LISTED_NAME, flags=15 << 11 | 0x07FF)),
    malformed("QDCOUNT 0", message(b"", (0, 0, 0, 0))),
    malformed("QDCOUNT 0 with a cookie", message(opt(options=wire.COOKIE), (0, 0, 0, 1)), (0, 0, 0, 1)),
    malformed("QDCOUNT 2, both there", message(question(LISTED_NAME) * 2, (2, 0, 0, 0))),
    malformed("QDCOUNT 2, one there", message(question(LISTED_NAME), (2, 0, 0, 0))),
    malformed("ANCOUNT 1, missing", message(question(LISTED_NAME), (1, 1, 0, 0)), (1, 0, 0, 0)),
    malformed(
        "ANCOUNT 1, present", message(question(LISTED_NAME) + record(wire.A, bytes(4)), (1, 1, 0, 0)), (1, 0, 0, 0)
    ),
    malformed("NSCOUNT 1, missing", message(question(LISTED_NAME), (1, 0, 1, 0)), (1, 0, 0, 0)),
    malformed("octets after the last record", query(LISTED_NAME) + b"\0", (1, 0, 0, 0)),
]

# A question that cannot be read: FORMERR, and over TCP the end of the connection.
UNREADABLE = [
    malformed("a question cut short", query(LISTED_NAME)[:-3]),
    malformed("a name cut short", query(LISTED_NAME)[:20]),
    malformed("QDCOUNT 1 and nothing", message(b"")),
    malformed("a pointer to itself", message(b"\xc0\x0c" + TAIL)),
    malformed("a pointer forward", message(b"\xc0\x12" + TAIL + b"\0")),
    malformed("a pointer beyond the packet", message(b"\xff\xff" + TAIL)),
    malformed("a name of 256 octets", query(f"{'a' * 63}.{'b' * 63}.{'c' * 63}.{'d' * 48}.r.rep.example")),
    malformed("a label of type 0x40", message(b"\x41" + bytes(65) + b"\0" + TAIL)),
]


def edns(name: str, *records: bytes, do: bool = False, asked: str = LISTED_NAME) -> Row:
    """A listed name asked with OPT: answered as ever, with an OPT of ours that holds nothing but DO."""

    def plain_opt(reply: wire.Reply) -> bool:
        return reply.addresses == ["127.0.0.2"] and reply.additional == [
            wire.Record((), wire.OPT, 1232, wire.DO if do else 0, b"")
        ]

    return Row(name, query(asked, additional=records), wire.NOERROR, "aa", (1, 1, 0, 1), plain_opt)


def bad_version(name: str, version: int, asked: str = LISTED_NAME, **parts: int | bytes) -> Row:
    packet = query(asked, additional=(opt(version=version, **parts),))  # type: ignore[arg-type]

    def version_0(reply: wire.Reply) -> bool:
        return reply.opt is not None and reply.opt.ttl >> 16 == 0x0100 and reply.opt.rdata == b""

    return Row(name, packet, wire.BADVERS, "", (1, 0, 0, 1), version_0)


def with_opt(row: Row, *records: bytes) -> Row:
    """The same answer with one more additional record, the OPT."""
    packet = row.packet[:11] + bytes([len(records)]) + row.packet[12:] + b"".join(records)
    return row._replace(name=f"{row.name}, with EDNS", packet=packet, counts=(*row.counts[:3], 1))


# Section 4: EDNS, classes, types
EDNS = [
    Row("no OPT", query(LISTED_NAME), 0, "aa", (1, 1, 0, 0), lambda reply: reply.opt is None),
    edns("OPT version 0", opt()),
    with_opt(nxdomain("unlisted", query(UNLISTED_NAME)), opt()),
    with_opt(refused("outside", query("www.other.example")), opt()),
    *(edns(f"size {size}", opt(size=size)) for size in (0, 100, 511, 512, 1232, 4096, 65535)),
    *(bad_version(f"version {version}", version) for version in (1, 2, 255)),
    bad_version("version 1 with an option", 1, options=wire.COOKIE),
    bad_version("version 1 with DO", 1, flags=wire.DO),
    bad_version("version 1 for a foreign name", 1, asked="www.other.example"),
    malformed("two OPT", query(LISTED_NAME, additional=(opt(), opt())), (1, 0, 0, 0)),
    malformed("OPT in the answer", message(question(LISTED_NAME) + opt(), (1, 1, 0, 0)), (1, 0, 0, 0)),
    malformed("OPT in the authority", message(question(LISTED_NAME) + opt(), (1, 0, 1, 0)), (1, 0, 0, 0)),
    malformed("OPT not the root's", query(LISTED_NAME, additional=(opt(owner=wire.name("a")),)), (1, 0, 0, 0)),
    malformed("RDLENGTH past the packet", query(LISTED_NAME, additional=(opt(length=9),)), (1, 0, 0, 0)),
    malformed(
        "an option past RDLENGTH",
        query(LISTED_NAME, additional=(opt(options=option(10, b"12345678", length=9)),)),
        (1, 0, 0, 0),
    ),
    malformed("an option's head cut", query(LISTED_NAME, additional=(opt(options=b"\0\3\0"),)), (1, 0, 0, 0)),
    edns("unknown options", opt(options=option(100) + option(65001, bytes(9)))),
    edns("reserved OPT flags", opt(flags=0x7FFF)),
    edns("DO", opt(flags=wire.DO), do=True),
    edns("COOKIE", opt(options=wire.COOKIE)),
    edns("NSID", opt(options=option(3))),
    edns("EXPIRE", opt(options=option(9))),
    edns("ECS", opt(options=option(8, bytes.fromhex("00011800c00002")))),
    refused("CH version.bind", query("version.bind", wire.TXT, wire.CH)),
    refused("CH id.server", query("id.server", wire.TXT, wire.CH)),
    refused("CH hostname.bind", query("hostname.bind", wire.TXT, wire.CH)),
    *(
        refused(f"class {qclass} for our own name", query(LISTED_NAME, qclass=qclass))
        for qclass in (wire.HS, wire.NONE, 0, 4711, wire.CLASS_ANY)
    ),
    listed("ANY, listed", query(LISTED_NAME, wire.ANY)),
    nxdomain("ANY, unlisted", query(UNLISTED_NAME, wire.ANY)),
    no_data("ANY, an empty non-terminal", query(f"203.{CODE}", wire.ANY)),
    refused("IXFR", query("rep.example", wire.IXFR)),
    refused(
        "IXFR with the SOA that the asker has",
        message(question("rep.example", wire.IXFR) + record(wire.SOA, bytes(22)), (1, 0, 1, 0)),
    ),
    no_data("type 0", query(LISTED_NAME, 0), 60),
    no_data("type OPT", query(LISTED_NAME, wire.OPT), 60),
    Row(
        "TSIG with an unknown key",
        query(LISTED_NAME, additional=(wire.tsig(),)),
        wire.NOTAUTH,
        "",
        (1, 0, 0, 1),
        lambda reply: reply.additional[0].rdata.endswith(bytes.fromhex("012c 0000 1234 0011 0000")),
    ),
]

ANSWERED = [*NAMES, *HEADER, *EDNS]


def ids(rows: list[Row]) -> list[str]:
    return [row.name for row in rows]


def check(row: Row, reply: wire.Reply) -> None:
    expected = (row.rcode, {"qr", *row.flags.split()}, row.counts)
    assert (reply.rcode, set(reply.flags), reply.counts) == expected
    assert (reply.id, reply.opcode) == (0x1234, row.packet[2] >> 3 & 15)
    if reply.counts[0]:
        assert reply.question == row.packet[12 : 12 + len(reply.question)], "the question is echoed byte for byte"
    assert row.also(reply)


@pytest.mark.parametrize("row", ANSWERED, ids=ids(ANSWERED))
def test_a_packet_gets_its_answer(door: Udp | Tcp, row: Row):
    check(row, door.ask(row.packet))
    # and the next one is answered on the same connection
    assert door.ask(query(LISTED_NAME)).addresses == ["127.0.0.2"]


@pytest.mark.parametrize("row", UNREADABLE, ids=ids(UNREADABLE))
def test_a_question_that_cannot_be_read_is_a_format_error(served: tuple[str, int], row: Row):
    udp, tcp = Udp(served), Tcp(served)
    try:
        check(row, udp.ask(row.packet))
        check(row, tcp.ask(row.packet))
        assert tcp.is_closed()
    finally:
        udp.close()
        tcp.close()


@pytest.mark.parametrize("size", range(12))
def test_less_than_a_header_gets_nothing_and_ends_a_connection(served: tuple[str, int], size: int):
    udp, tcp = Udp(served), Tcp(served)
    try:
        assert udp.is_silent(bytes(size))
        tcp.send(bytes(size))
        assert tcp.is_closed()
    finally:
        udp.close()
        tcp.close()


@pytest.mark.parametrize("opcode", [0, 4, 15])
def test_a_response_gets_nothing_and_ends_nothing(door: Udp | Tcp, opcode: int):
    assert door.is_silent(query(LISTED_NAME, flags=wire.QR | opcode << 11))


def test_an_answers_owner_is_a_pointer_to_the_question_in_its_case(door: Udp | Tcp):
    asked = "2.113.0.203." + CODE.swapcase()

    reply = door.ask(query(asked))

    assert reply.wire[12 + len(reply.question) :].startswith(b"\xc0\x0c")
    assert b".".join(reply.answer[0].owner) == asked.encode()


def test_axfr_is_not_implemented_over_udp_and_refused_over_tcp(served: tuple[str, int]):
    udp, tcp = Udp(served), Tcp(served)
    try:
        assert udp.ask(query("rep.example", wire.AXFR)).rcode == wire.NOTIMP
        assert tcp.ask(query("rep.example", wire.AXFR)).rcode == wire.REFUSED
        assert tcp.ask(query(LISTED_NAME)).addresses == ["127.0.0.2"]
    finally:
        udp.close()
        tcp.close()


@pytest.mark.parametrize(
    ("size", "octets"),
    [(None, 512), (0, 512), (100, 512), (511, 512), (512, 512), (1000, 1000), (4096, 1232), (65535, 1232)],
)
def test_what_is_too_large_for_udp_is_truncated(served: tuple[str, int], size: int | None, octets: int):
    """203.0.113.201 has a reason of 760 octets, 203.0.113.200 one of 2,100."""
    additional = () if size is None else (opt(size=size, flags=wire.DO),)
    udp, tcp = Udp(served), Tcp(served)
    try:
        for address, fits in (("203.0.113.201", octets >= 1000), ("203.0.113.200", False)):
            packet = query(cast.reversed_name(address), wire.TXT, additional=additional)
            reply, whole = udp.ask(packet), tcp.ask(packet)
            assert len(reply.wire) <= octets
            assert ("tc" in reply.flags) is not fits
            assert reply.counts == (1, int(fits), 0, len(additional))
            assert reply.do is bool(additional)
            assert "tc" not in whole.flags
            assert whole.counts == (1, 1, 0, len(additional))
    finally:
        udp.close()
        tcp.close()


def test_a_resolver_that_minimises_names_finds_every_listed_address(door: Udp | Tcp):
    """One label more each time, of type A, as unbound asks: nothing on the way may be denied (RFC 8020)."""
    for name in (LISTED_NAME, LISTED6_NAME, f"3.0.0.2.{CODE}", cast.reversed_name("203.0.113.9", database="q")):
        labels = name.split(".")
        for first in range(len(labels) - 3, 0, -1):
            assert door.ask(query(".".join(labels[first:]))).rcode == wire.NOERROR
        assert door.ask(query(name)).addresses
