"""The DNS contract, row by row, on real sockets over UDP and TCP."""

from __future__ import annotations

import pytest

from tests.dnsd import cast, wire
from tests.dnsd.ask import Tcp, Udp
from tests.dnsd.wire import query

CODE = f"{cast.ACME_CODE}.r.rep.example"
DYNAMIC_CODE = f"{cast.ACME_CODE}.q.rep.example"
OPT = (wire.opt(),)

LISTED_COUNTS = (1, 1, 0, 0)
NEGATIVE_COUNTS = (1, 0, 1, 0)


def is_listed(reply: wire.Reply, code: int) -> bool:
    return (
        (reply.rcode, reply.counts) == (wire.NOERROR, LISTED_COUNTS)
        and reply.addresses == [f"127.0.0.{code}"]
        and "aa" in reply.flags
    )


def is_nxdomain(reply: wire.Reply) -> bool:
    return (reply.rcode, reply.counts, reply.authority[0].rtype) == (wire.NXDOMAIN, NEGATIVE_COUNTS, wire.SOA)


def is_no_data(reply: wire.Reply) -> bool:
    return (reply.rcode, reply.counts, reply.authority[0].rtype) == (wire.NOERROR, NEGATIVE_COUNTS, wire.SOA)


@pytest.mark.parametrize(
    ("address", "database", "code"),
    [
        ("203.0.113.2", "r", 2),
        ("203.0.113.3", "r", 3),
        ("203.0.113.4", "r", 4),
        ("198.51.100.7", "r", 10),
        ("2001:db8::2", "r", 2),
        ("203.0.113.9", "q", 2),
        ("2001:db8::9", "q", 2),
    ],
)
def test_a_listed_address(door: Udp | Tcp, address: str, database: str, code: int):
    name = cast.reversed_name(address, database=database)

    assert is_listed(door.ask(query(name)), code)
    text = door.ask(query(name, wire.TXT))
    assert text.counts == LISTED_COUNTS
    assert text.text.endswith(f" - https://rep.example/lookup/{address}")


@pytest.mark.parametrize("address", ["203.0.113.5", "2001:db8::5"])
def test_an_unlisted_address(door: Udp | Tcp, address: str):
    assert is_nxdomain(door.ask(query(cast.reversed_name(address))))


def test_an_unlisted_address_of_four_digits_is_never_denied(door: Udp | Tcp):
    assert is_no_data(door.ask(query(cast.reversed_name("2.0.0.1"))))
    assert is_no_data(door.ask(query(cast.reversed_name("2.0.0.1"), wire.TXT)))
    assert is_listed(door.ask(query(cast.reversed_name("2.0.0.3"))), 2)


def test_a_mapped_address_is_the_ipv4_address(door: Udp | Tcp):
    assert is_listed(door.ask(query(cast.reversed_name("::ffff:203.0.113.3"))), 3)
    assert is_nxdomain(door.ask(query(cast.reversed_name("::ffff:203.0.113.5"))))


@pytest.mark.parametrize("code", [2, 3, 4, 10, 11, 12])
def test_each_return_code_has_a_test_address_in_the_standard_database(door: Udp | Tcp, code: int):
    assert is_listed(door.ask(query(cast.reversed_name(f"127.0.0.{code}"))), code)
    assert is_listed(door.ask(query(cast.reversed_name(f"::ffff:127.0.0.{code}"))), code)


def test_the_dynamic_database_has_one_test_address(door: Udp | Tcp):
    assert is_listed(door.ask(query(cast.reversed_name("127.0.0.2", database="q"))), 2)
    assert is_listed(door.ask(query(cast.reversed_name("::ffff:7f00:2", database="q"))), 2)
    assert is_nxdomain(door.ask(query(cast.reversed_name("127.0.0.3", database="q"))))


@pytest.mark.parametrize("database", ["r", "q"])
def test_127_0_0_1_is_never_listed(door: Udp | Tcp, database: str):
    assert is_nxdomain(door.ask(query(cast.reversed_name("127.0.0.1", database=database))))
    assert is_nxdomain(door.ask(query(cast.reversed_name("::ffff:7f00:1", database=database))))


@pytest.mark.parametrize(
    "name",
    [
        "r.rep.example",
        "q.rep.example",
        CODE,
        DYNAMIC_CODE,
        f"203.{CODE}",
        f"113.0.203.{CODE}",
        f"8.b.d.0.{DYNAMIC_CODE}",
    ],
)
@pytest.mark.parametrize("qtype", [wire.A, wire.NS, wire.AAAA])
def test_part_of_a_name_is_an_empty_answer(door: Udp | Tcp, name: str, qtype: int):
    assert is_no_data(door.ask(query(name, qtype)))


@pytest.mark.parametrize(("name", "database"), [(CODE, "standard"), (DYNAMIC_CODE, "dynamic")])
def test_txt_of_the_code_alone(door: Udp | Tcp, name: str, database: str):
    reply = door.ask(query(name, wire.TXT))

    assert reply.counts == LISTED_COUNTS
    assert "active" in reply.text
    assert f"{database} reputation database" in reply.text


@pytest.mark.parametrize(
    "below",
    [
        f"{cast.STRANGER_CODE}.r.rep.example",
        f"{cast.EXPIRED_CODE}.r.rep.example",
        f"{cast.BASIC_CODE}.q.rep.example",
    ],
    ids=["unknown", "expired", "standard subscription in q"],
)
@pytest.mark.parametrize("address", ["", "203.", "2.113.0.203.", "9.113.0.203.", "2.0.0.127.", "1.0.0.2."])
@pytest.mark.parametrize("qtype", [wire.A, wire.TXT])
def test_a_code_that_is_not_active_is_denied_with_all_below_it(door: Udp | Tcp, below: str, address: str, qtype: int):
    assert is_nxdomain(door.ask(query(address + below, qtype)))


def test_a_code_is_known_in_any_case(door: Udp | Tcp):
    reply = door.ask(
        query(cast.reversed_name("203.0.113.2", code=cast.ACME_CODE.upper(), database="R", zone="Rep.EXAMPLE"))
    )

    assert is_listed(reply, 2)
    assert reply.answer[0].owner[4:] == (cast.ACME_CODE.upper().encode(), b"R", b"Rep", b"EXAMPLE")


def test_the_apex(door: Udp | Tcp):
    soa, ns = door.ask(query("rep.example", wire.SOA)), door.ask(query("rep.example", wire.NS))

    assert [each.rtype for each in soa.answer] == [wire.SOA]
    assert {each.rtype for each in ns.answer} == {wire.NS}
    assert "aa" in soa.flags & ns.flags


def test_no_snapshot_is_servfail(served_empty: tuple[str, int], transport: type[Udp] | type[Tcp]):
    client = transport(served_empty)
    try:
        for name in ("rep.example", "r.rep.example", CODE, f"2.113.0.203.{CODE}", f"2.0.0.127.{CODE}"):
            assert client.ask(query(name)).rcode == wire.SERVFAIL
    finally:
        client.close()


@pytest.mark.parametrize("name", ["", "example", "other.example", "rep.example.org", "notrep.example"])
def test_outside_our_zone_is_refused(door: Udp | Tcp, name: str):
    reply = door.ask(query(name))
    assert (reply.rcode, reply.counts, "aa" in reply.flags) == (wire.REFUSED, (1, 0, 0, 0), False)
    assert door.ask(query(name, additional=OPT)).extended_errors == [20]


def test_any_gets_one_record_set(door: Udp | Tcp):
    reply = door.ask(query(f"2.113.0.203.{CODE}", wire.ANY))

    assert [each.rtype for each in reply.answer] == [wire.A]


def test_the_version_is_nobodys_business(door: Udp | Tcp):
    assert door.ask(query("version.bind", wire.TXT, wire.CH)).rcode == wire.REFUSED


def test_odd_packets(door: Udp | Tcp):
    assert door.ask(query(CODE, additional=(wire.opt(version=1),))).rcode == wire.BADVERS
    assert door.ask(query(CODE, flags=9 << 11)).rcode == wire.NOTIMP
    assert door.ask(query(CODE, additional=OPT * 2)).rcode == wire.FORMERR
    assert door.ask(query(CODE) + b"more").rcode == wire.FORMERR
    assert door.is_silent(query(CODE, flags=wire.QR))


def test_udp_truncates_where_tcp_does_not(served: tuple[str, int]):
    udp, tcp = Udp(served), Tcp(served)
    try:
        asked = query(cast.reversed_name("203.0.113.200"), wire.TXT)
        assert "tc" in udp.ask(asked).flags
        assert tcp.ask(asked).text.startswith("seen in many places")
    finally:
        udp.close()
        tcp.close()


def test_times_to_live(door: Udp | Tcp):
    def ttl(address: str, database: str = "r") -> int:
        reply = door.ask(query(cast.reversed_name(address, database=database)))
        return (reply.answer or reply.authority)[0].ttl

    assert (ttl("203.0.113.2"), ttl("203.0.113.9", "q"), ttl("203.0.113.5")) == (300, 60, 60)
    assert (ttl("203.0.113.30"), ttl("203.0.113.10", "q")) == (30, 7)
    assert (ttl("198.51.100.8"), ttl("203.0.113.78"), ttl("203.0.113.78", "q")) == (20, 5, 5)
