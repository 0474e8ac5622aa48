"""Answers as bytes, at a desk: decisions, TTLs, what is counted, access and limits, and trouble of our own."""

from __future__ import annotations

import logging

import pytest

from dnsd.access import Access
from reputation.verdict.matches import Match
from reputation.verdict.snapshot import Listed
from reputation.verdict.zones import DATABASES
from tests.dnsd import cast, wire
from tests.dnsd.desk import Clock, Desk

LISTED, UNLISTED = "203.0.113.2", "203.0.113.5"


@pytest.mark.parametrize(
    ("address", "database", "code"),
    [
        ("203.0.113.2", "r", 2),
        ("203.0.113.3", "r", 3),
        ("203.0.113.4", "r", 4),
        ("198.51.100.7", "r", 10),
        ("2001:db8::2", "r", 2),
        ("::ffff:203.0.113.3", "r", 3),
        ("203.0.113.9", "q", 2),
        ("2001:db8::9", "q", 2),
    ],
)
def test_a_listed_address_gets_its_return_code(desk: Desk, address: str, database: str, code: int):
    assert desk.lookup(address, database=database).addresses == [f"127.0.0.{code}"]


@pytest.mark.parametrize("address", ["203.0.113.5", "203.0.113.77", "2001:db8::3", "203.0.113.9", "203.0.113.31"])
def test_an_unlisted_approved_or_expired_address_is_nxdomain(desk: Desk, address: str):
    assert desk.lookup(address).rcode == wire.NXDOMAIN


def test_each_organization_has_its_own_rules(desk: Desk):
    assert desk.lookup("198.51.100.7", code=cast.ACME_CODE).addresses == ["127.0.0.10"]
    assert desk.lookup("198.51.100.7", code=cast.BASIC_CODE).rcode == wire.NXDOMAIN


def test_a_listing_is_served_to_its_last_second_and_no_longer(desk: Desk):
    desk.clock.advance(29.9)
    assert desk.lookup("203.0.113.30").addresses == ["127.0.0.2"]

    desk.clock.advance(0.1)
    assert desk.lookup("203.0.113.30").rcode == wire.NXDOMAIN


@pytest.mark.parametrize(
    ("address", "database", "ttl"),
    [
        ("203.0.113.2", "r", 300),
        ("203.0.113.30", "r", 30),
        ("203.0.113.9", "q", 60),
        ("203.0.113.10", "q", 7),
        ("198.51.100.7", "r", 300),
        ("198.51.100.8", "r", 20),
        ("198.51.100.9", "r", 0),  # it has ended, and the policies without it are about to be published
        ("127.0.0.2", "r", 300),
        ("127.0.0.2", "q", 60),
    ],
)
@pytest.mark.parametrize("qtype", [wire.A, wire.TXT, wire.ANY])
def test_no_cache_keeps_an_answer_beyond_the_end_of_what_made_it(
    desk: Desk, address: str, database: str, ttl: int, qtype: int
):
    assert [each.ttl for each in desk.lookup(address, qtype, database=database).answer] == [ttl]
    assert desk.lookup(address, wire.MX, database=database).authority[0].ttl == min(ttl, 60)


def test_what_may_be_listed_the_next_minute_is_denied_for_a_minute(desk: Desk):
    """By the SOA record's own TTL: MINIMUM allows more (RFC 2308 5)."""
    for reply in (
        desk.lookup(UNLISTED),
        desk.lookup(LISTED, wire.MX),
        desk.lookup("1.0.0.2"),
        desk.lookup("1.0.0.2", code="x" * 31),
        desk.lookup("203.0.113.9", code=cast.BASIC_CODE, database="q"),
    ):
        soa = reply.authority[0]
        assert (soa.rtype, soa.ttl, int.from_bytes(soa.rdata[-4:], "big")) == (wire.SOA, 60, 300)
        assert soa.owner == (b"rep", b"example")


@pytest.mark.parametrize(
    ("asked", "qtype"),
    [
        *((name, wire.A) for name in ("r.rep.example", "q.rep.example", "rep.example")),
        ("rep.example", wire.AAAA),
        ("ns1.rep.example", wire.TXT),
        ("r.rep.example", wire.NS),
        (f"{cast.ACME_CODE}.r.rep.example", wire.A),
        (f"203.{cast.ACME_CODE}.r.rep.example", wire.NS),
        (f"113.0.203.{cast.ACME_CODE}.q.rep.example", wire.A),
        (f"8.b.d.0.1.0.0.2.{cast.ACME_CODE}.r.rep.example", wire.AAAA),
    ],
)
def test_a_part_of_a_name_is_kept_for_longer_since_it_never_gets_a_record(desk: Desk, asked: str, qtype: int):
    reply = desk.ask(wire.query(asked, qtype))

    assert reply is not None and (reply.rcode, reply.counts) == (wire.NOERROR, (1, 0, 1, 0))
    soa = reply.authority[0]
    assert (soa.rtype, soa.ttl, int.from_bytes(soa.rdata[-4:], "big")) == (wire.SOA, 300, 300)


@pytest.mark.parametrize("database", ["r", "q"])
@pytest.mark.parametrize(("address", "ttl"), [("203.0.113.77", 60), ("203.0.113.78", 5)])
def test_that_a_sender_is_approved_is_kept_no_longer_than_it_is_so(desk: Desk, address: str, database: str, ttl: int):
    soa = desk.lookup(address, database=database).authority[0]

    assert (soa.rtype, soa.ttl, int.from_bytes(soa.rdata[-4:], "big")) == (wire.SOA, ttl, 300)


def test_times_are_the_operators_choice(make_desk: type[Desk]):
    desk = make_desk(cast.snapshot(), ttl=(120, 20), negative_ttl=5)

    assert desk.lookup(LISTED).answer[0].ttl == 120
    assert desk.lookup("203.0.113.9", database="q").answer[0].ttl == 20
    assert desk.lookup(UNLISTED).authority[0].ttl == 5


def test_txt_gives_the_reason_and_the_lookup_page(desk: Desk):
    assert desk.lookup(LISTED, wire.TXT).text == f"Known spam source {LISTED} - https://rep.example/lookup/{LISTED}"


@pytest.mark.parametrize(("database", "word"), [("r", "standard"), ("q", "dynamic")])
def test_txt_of_the_code_alone_says_that_it_is_active(desk: Desk, database: str, word: str):
    reply = desk.ask(wire.query(f"{cast.ACME_CODE}.{database}.rep.example", wire.TXT))

    assert reply is not None
    assert reply.text == f"This activation code is active for the {word} reputation database."


def test_the_snapshot_may_change_between_two_answers(desk: Desk):
    before = desk.lookup(UNLISTED)
    layer = cast.layer((cast.Listing(UNLISTED, cast.ETL_SLOT),))
    desk.live.swap(cast.snapshot_with(standard=Listed(feeds=layer), serial=2027))

    assert before.rcode == wire.NXDOMAIN
    assert desk.lookup(UNLISTED).addresses == ["127.0.0.4"]


# What is counted


def test_a_connection_is_one_address_asked_by_type_a(desk: Desk):
    desk.lookup(LISTED)
    desk.lookup(UNLISTED)
    desk.lookup("203.0.113.9", database="q")

    batch = desk.counters.drain(cast.NOW)

    hour = cast.NOW - cast.NOW % 3600
    assert batch.answers == {(hour, 0, 0, 2): 1, (hour, 0, 0, 0): 1, (hour, 0, 1, 2): 1}
    assert list(batch.matches) == [
        Match(cast.NOW, cast.ACME, 0, 2, 4, 0xCB007102),
        Match(cast.NOW, cast.ACME, 1, 2, 4, 0xCB007109),
    ]
    assert not batch.others


BELOW = f"{cast.ACME_CODE}.r.rep.example"


@pytest.mark.parametrize(
    ("packet", "kind"),
    [
        (wire.query(cast.reversed_name(LISTED), wire.TXT), "txt"),
        (wire.query(BELOW, wire.TXT), "txt"),
        (wire.query(BELOW), "partial"),
        (wire.query("r.rep.example"), "partial"),
        (wire.query(f"113.0.203.{BELOW}"), "partial"),
        (wire.query(f"8.b.d.0.{BELOW}"), "partial"),
        (wire.query(cast.reversed_name("127.0.0.2")), "test"),
        (wire.query(cast.reversed_name("127.0.0.1")), "test"),
        (wire.query(cast.reversed_name("::ffff:127.0.0.2")), "test"),
        (wire.query(cast.reversed_name(LISTED, code=cast.STRANGER_CODE)), "unknown code"),
        (wire.query(cast.reversed_name(LISTED, code=cast.EXPIRED_CODE)), "unknown code"),
        (wire.query(cast.reversed_name(LISTED, code=cast.BASIC_CODE, database="q")), "not subscribed"),
        (wire.query(cast.reversed_name("127.0.0.2", code=cast.BASIC_CODE, database="q")), "not subscribed"),
        (wire.query(cast.reversed_name(LISTED, code=cast.BASIC_CODE, database="q"), wire.TXT), "not subscribed"),
        (wire.query(f"{cast.BASIC_CODE}.q.rep.example", wire.TXT), "not subscribed"),
        (wire.query(f"113.0.203.{cast.BASIC_CODE}.q.rep.example"), "not subscribed"),
        (wire.query("2.113.0.203.r.rep.example"), "unknown code"),
        (wire.query("probe.example"), "refused"),
        (wire.query(BELOW, qclass=wire.CH), "refused"),
        (wire.query("rep.example", wire.AXFR), "refused"),
        (wire.query("rep.example", wire.IXFR), "refused"),
        (wire.query(BELOW, additional=(wire.tsig(),)), "refused"),
        (wire.message(), "malformed"),
        (wire.message(flags=15 << 11), "other"),
        (wire.query(BELOW, additional=(wire.opt(version=1),)), "other"),
        (wire.query(cast.reversed_name(LISTED), wire.AAAA), "other"),
        (wire.query(cast.reversed_name(LISTED), wire.ANY), "other"),
        (wire.query(f"256.0.0.1.{BELOW}"), "other"),
        (wire.query("rep.example", wire.SOA), "other"),
        (wire.query("x.rep.example"), "other"),
    ],
)
def test_everything_else_is_counted_apart_by_its_kind(desk: Desk, packet: bytes, kind: str):
    assert desk.ask(packet) is not None

    assert desk.counted() == {kind: 1}


def test_silence_is_counted_as_nothing(desk: Desk):
    assert desk.ask(b"short") is None
    assert desk.ask(wire.query(BELOW, flags=wire.QR)) is None
    assert desk.counted() == {}


def test_an_unknown_code_is_counted_with_its_clients_network(desk: Desk):
    packet = wire.query(cast.reversed_name(LISTED, code=cast.STRANGER_CODE))
    desk.ask(packet, client="192.0.2.77")
    desk.ask(packet, client="2001:db8:0:12::5")

    networks = {network for _, network in desk.counters.drain(cast.NOW).unknown_codes}

    assert networks == {"192.0.2.0/24", "2001:db8::/56"}


# Who may ask, and how often


def test_a_client_that_may_not_ask_is_refused_and_told_why(make_desk: type[Desk]):
    desk = make_desk(cast.snapshot(), Access(allowed=["192.0.2.0/25"]))
    packet = wire.query(cast.reversed_name(LISTED), additional=(wire.opt(),))

    allowed, denied = desk.ask(packet, client="192.0.2.1"), desk.ask(packet, client="192.0.2.200")

    assert allowed is not None and allowed.addresses == ["127.0.0.2"]
    assert denied is not None
    assert (denied.rcode, denied.flags, denied.extended_errors) == (wire.REFUSED, {"qr"}, [18])
    assert desk.counted() == {"answers": 1, "denied": 1}


def limited_desk(**access: object) -> Desk:
    clock = Clock(0.0)
    return Desk(cast.snapshot(), Access(rate=1, burst=2, clock=clock, **access))  # type: ignore[arg-type]


UNEARNED = {
    "unknown code": wire.query(cast.reversed_name(LISTED, code=cast.STRANGER_CODE), additional=(wire.opt(),)),
    "outside": wire.query("probe.example", additional=(wire.opt(),)),
    "no such name": wire.query("x.rep.example", wire.NS, additional=(wire.opt(),)),
    "an unknown key": wire.query(BELOW, additional=(wire.opt(), wire.tsig())),
}


@pytest.mark.parametrize("packet", UNEARNED.values(), ids=UNEARNED)
def test_what_no_code_earned_is_limited_and_slips_to_tcp(packet: bytes):
    desk = limited_desk()

    replies = [desk.ask(packet) for _ in range(6)]

    assert [reply is None for reply in replies] == [False, False, True, False, True, False]
    slipped = replies[3]
    assert slipped is not None
    assert (slipped.rcode, slipped.flags, slipped.counts) == (wire.NOERROR, {"qr", "tc"}, (1, 0, 0, 1))
    assert desk.counted()["limited"] == 4
    assert desk.ask(packet, tcp=True) is not None


OF_THE_ZONE = {
    "the apex": wire.query("rep.example", wire.NS, additional=(wire.opt(),)),
    "a database": wire.query("r.rep.example", wire.NS, additional=(wire.opt(),)),
    "its name server": wire.query("ns1.rep.example", additional=(wire.opt(),)),
}


@pytest.mark.parametrize("packet", OF_THE_ZONE.values(), ids=OF_THE_ZONE)
def test_a_resolvers_walk_through_the_zones_own_names_has_fifty_times_the_room(packet: bytes):
    """Knot Resolver asks `r.<zone>` NS for each lookup."""
    desk = limited_desk()

    replies = [desk.ask(packet) for _ in range(104)]

    assert [reply is None or "tc" in reply.flags for reply in replies] == [False] * 100 + [True] * 4
    assert desk.counted()["limited"] == 4
    unknown = desk.ask(UNEARNED["unknown code"])
    assert unknown is not None and "tc" not in unknown.flags, "what no code earned has a bucket of its own"


def test_more_answers_under_one_code_than_a_site_can_need_are_limited_for_the_network_that_asks():
    desk = Desk(cast.snapshot(), Access(code_rate=10, clock=Clock(0.0)))
    packets = [
        wire.query(cast.reversed_name(LISTED)),
        wire.query(f"113.0.203.{BELOW}"),
        wire.query(BELOW, wire.TXT),
        wire.query(cast.reversed_name(LISTED), wire.AAAA),
        wire.query(f"x.{BELOW}"),
    ]

    flooded = [desk.ask(packet, "192.0.2.25") for packet in packets * 4]

    assert [reply is None or "tc" in reply.flags for reply in flooded] == [False] * 10 + [True] * 10
    assert sum(reply is None for reply in flooded) == 5, "every second one tells a real resolver to come by TCP"
    assert desk.counted()["limited"] == 10
    for client, code in (
        ("192.0.3.25", cast.ACME_CODE),
        ("192.0.2.25", cast.BASIC_CODE),
        ("127.0.0.1", cast.ACME_CODE),
    ):
        reply = desk.ask(wire.query(cast.reversed_name(LISTED, code=code)), client)
        assert reply is not None and reply.addresses == ["127.0.0.2"]
    by_tcp = desk.ask(packets[0], "192.0.2.25", tcp=True)
    assert by_tcp is not None and by_tcp.addresses == ["127.0.0.2"]


@pytest.mark.parametrize("packet", [wire.message(), wire.query(BELOW, additional=(wire.opt(version=1),))])
def test_a_fault_slips_as_itself(packet: bytes):
    desk = limited_desk()

    replies = [desk.ask(packet) for _ in range(4)]

    assert [reply is None for reply in replies] == [False, False, True, False]
    assert replies[3] == replies[0]


def test_a_denied_client_is_limited_too():
    desk = limited_desk(allowed=["198.51.100.0/24"])
    packet = wire.query(cast.reversed_name(LISTED))

    assert [desk.ask(packet) is None for _ in range(4)] == [False, False, True, False]


@pytest.mark.parametrize("address", [LISTED, UNLISTED, "127.0.0.2", "1.0.0.2"])
def test_a_query_under_a_valid_code_is_never_limited(address: str):
    desk = limited_desk()
    for _ in range(5):
        desk.ask(UNEARNED["outside"])
    packet = wire.query(cast.reversed_name(address))

    assert all(desk.ask(packet) is not None for _ in range(500))


BASICS = f"{cast.BASIC_CODE}.q.rep.example"


@pytest.mark.parametrize("asked", [f"2.113.0.203.{BASICS}", f"2.0.0.127.{BASICS}", f"203.{BASICS}", BASICS])
def test_a_database_that_is_not_subscribed_to_is_denied_without_limit_and_without_an_unknown_code(asked: str):
    desk = limited_desk()
    packet = wire.query(asked, additional=(wire.opt(),))

    replies = [desk.ask(packet) for _ in range(500)]

    assert {(reply.rcode, reply.counts, reply.authority[0].rtype) for reply in replies if reply} == {
        (wire.NXDOMAIN, (1, 0, 1, 1), wire.SOA)
    }
    assert None not in replies and "tc" not in {flag for reply in replies if reply for flag in reply.flags}
    assert replies[0] and replies[0].extended_errors == [0]
    assert b"this database is not part of the subscription" in replies[0].wire
    batch = desk.counters.drain(cast.NOW)
    assert {kind: count for (_, kind), count in batch.others.items()} == {"not subscribed": 500}
    assert not batch.unknown_codes and not batch.answers and not batch.last_asked


def test_the_subscription_of_one_organization_changes_nothing_for_the_other():
    desk = limited_desk()
    for _ in range(50):
        desk.lookup("203.0.113.9", code=cast.BASIC_CODE, database="q")

    assert desk.lookup("203.0.113.9", database="q").addresses == ["127.0.0.2"]
    assert desk.lookup(LISTED, code=cast.BASIC_CODE).addresses == ["127.0.0.2"]
    unknown = [desk.ask(UNEARNED["unknown code"]) for _ in range(10)]
    assert None in unknown, "a code that nobody has is limited as before"


# Trouble of our own


def test_without_a_snapshot_names_of_the_zone_are_servfail_and_never_limited():
    desk = Desk(access=Access(rate=1, burst=1, clock=Clock(0.0)))
    packet = wire.query(cast.reversed_name(LISTED), additional=(wire.opt(),))

    replies = [desk.ask(packet) for _ in range(10)]

    assert all(reply is not None and reply.rcode == wire.SERVFAIL for reply in replies)
    assert all(reply is not None and reply.extended_errors == [14] for reply in replies)
    outside = desk.ask(wire.query("probe.example"))
    assert outside is not None and outside.rcode == wire.REFUSED


def broken_clock() -> float:
    raise RuntimeError("a fault of ours")


def test_an_error_of_ours_is_servfail_with_the_question_counted_and_logged_once(caplog: pytest.LogCaptureFixture):
    desk = Desk(cast.snapshot(), Access(clock=broken_clock))

    with caplog.at_level(logging.WARNING):
        replies = [desk.lookup(LISTED, code=cast.STRANGER_CODE) for _ in range(5)]

    assert {reply.rcode for reply in replies} == {wire.SERVFAIL}
    assert replies[0].question == wire.question(cast.reversed_name(LISTED, code=cast.STRANGER_CODE))
    assert desk.counted() == {"unknown code": 5, "failed": 5}
    assert len(caplog.records) == 1
    assert caplog.records[0].exc_info is not None


def test_a_reason_beyond_any_packet_is_no_trouble(make_desk: type[Desk]):
    huge = cast.layer((cast.Listing(LISTED, cast.KSS_SLOT, reason="\N{SNOWMAN}" * 100_000),))
    desk = make_desk(cast.snapshot_with(standard=Listed(feeds=huge)))

    assert "tc" in desk.lookup(LISTED, wire.TXT).flags
    whole = desk.ask(wire.query(cast.reversed_name(LISTED), wire.TXT), tcp=True)
    assert whole is not None and len(whole.text.encode()) <= 4000


@pytest.mark.parametrize("database", DATABASES)
def test_a_code_that_expires_is_nxdomain_from_that_second_on(make_desk: type[Desk], database: int):
    short = "short456789abcdefghijklmnopqrst"
    policies = cast.policies({short.encode(): (cast.ACME, cast.NOW + 10)})
    desk = make_desk(cast.snapshot_with(chosen=policies))

    name = cast.reversed_name("127.0.0.2", code=short, database="rq"[database])
    desk.clock.advance(9)
    assert desk.ask(wire.query(name)).addresses == ["127.0.0.2"]  # type: ignore[union-attr]
    desk.clock.advance(1)
    assert desk.ask(wire.query(name)).rcode == wire.NXDOMAIN  # type: ignore[union-attr]
