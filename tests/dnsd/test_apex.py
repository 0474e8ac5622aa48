"""What the zone says of itself."""

from __future__ import annotations

import socket

import pytest

from dnsd.apex import Apex
from tests.dnsd import cast, wire
from tests.dnsd.desk import Desk


def ask(desk: Desk, name: str, qtype: int) -> wire.Reply:
    reply = desk.ask(wire.query(name, qtype))
    assert reply is not None
    return reply


def test_soa_and_ns_of_the_apex_are_answered(desk: Desk):
    soa, ns = ask(desk, "rep.example", wire.SOA), ask(desk, "rep.example", wire.NS)

    assert [each.rtype for each in soa.answer] == [wire.SOA]
    assert [each.rtype for each in ns.answer] == [wire.NS, wire.NS]
    assert "aa" in soa.flags & ns.flags


def test_the_soa_carries_the_serial_and_the_hostmaster(make_desk: type[Desk]):
    desk = make_desk(cast.snapshot(), hostmaster="first.last@mail.example")

    rdata = ask(desk, "rep.example", wire.SOA).answer[0].rdata

    assert rdata[-20:] == bytes.fromhex("000007ea 00000e10 00000258 00093a80 0000012c")
    assert b"\x0afirst.last\x04mail" in rdata


def test_any_at_the_apex_gets_one_record_set(desk: Desk):
    assert [each.rtype for each in ask(desk, "rep.example", wire.ANY).answer] == [wire.SOA]


def test_a_name_server_in_the_zone_has_its_addresses(desk: Desk):
    assert ask(desk, "ns1.rep.example", wire.A).addresses == ["192.0.2.53"]
    aaaa = ask(desk, "NS1.rep.example", wire.AAAA).answer[0]
    assert socket.inet_ntop(socket.AF_INET6, aaaa.rdata) == "2001:db8::53"
    assert ask(desk, "ns1.rep.example", wire.MX).counts == (1, 0, 1, 0)


def test_a_name_server_elsewhere_is_named_and_not_answered_for(desk: Desk):
    assert ask(desk, "ns.elsewhere.example", wire.A).rcode == wire.REFUSED


def test_without_name_servers_one_is_made_up_and_has_no_address(make_desk: type[Desk]):
    desk = make_desk(cast.snapshot(), nameservers=None)

    assert ask(desk, "rep.example", wire.NS).answer[0].rdata.startswith(b"\2ns")
    assert ask(desk, "ns.rep.example", wire.A).counts == (1, 0, 1, 0)


@pytest.mark.parametrize(
    ("asked", "qtype", "kept"),
    [
        ("ns.rep.example", wire.A, 60),
        ("ns.rep.example", wire.AAAA, 60),
        ("ns.rep.example", wire.TXT, 300),
        ("r.rep.example", wire.A, 300),
    ],
)
def test_an_address_that_is_missing_may_come_within_a_minute(make_desk: type[Desk], asked: str, qtype: int, kept: int):
    """Who forgot his name server's address and adds it must not be told for long that there is none."""
    desk = make_desk(cast.snapshot(), nameservers=None)

    reply = ask(desk, asked, qtype)

    assert reply.counts == (1, 0, 1, 0)
    assert reply.authority[0].ttl == kept


def test_the_zone_itself_may_be_its_name_server(make_desk: type[Desk]):
    desk = make_desk(cast.snapshot(), nameservers={"rep.example": ("192.0.2.53",)})

    assert ask(desk, "rep.example", wire.A).addresses == ["192.0.2.53"]


@pytest.mark.parametrize("settings", [{"hostmaster": "@rep.example"}, {"hostmaster": "ü@rep.example"}])
def test_a_hostmaster_that_cannot_be_written_is_refused(settings: dict[str, str]):
    with pytest.raises(ValueError, match="SOA"):
        Apex("rep.example", **settings)


def test_a_name_server_address_that_is_none_is_refused():
    with pytest.raises(ValueError, match="not an IP address"):
        Apex("rep.example", {"ns.rep.example": ("192.0.2",)})
