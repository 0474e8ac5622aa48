"""Who is turned away under a valid code: from a network that may not use it, and beyond the daily quota."""

from __future__ import annotations

import pytest

from dnsd.access import Access
from reputation.verdict.organization_steps import OrganizationListings, OrganizationSteps
from reputation.verdict.snapshot import Policies
from reputation.verdict.tally import Tally
from tests.dnsd import cast, wire
from tests.dnsd.desk import Clock, Desk
from tests.dnsd.fast import Fast

LISTED = "203.0.113.2"
OURS, ELSEWHERE, OURS6 = "192.0.2.25", "198.51.100.25", "2001:db8:25::1"
BELOW = f"{cast.ACME_CODE}.r.rep.example"
WITH_EDNS = (wire.opt(),)
ASKED = [
    f"2.113.0.203.{BELOW}",  # listed
    f"77.113.0.203.{BELOW}",  # not listed
    f"2.0.0.127.{BELOW}",  # a test address
    f"1.0.0.2.{BELOW}",  # also the parent of IPv6 addresses
    f"113.0.203.{BELOW}",
    BELOW,
    f"{cast.ACME_CODE}.q.rep.example",
]


def policies(over_until: int = 0, has_networks: bool = False) -> Policies:
    """The cast's; Acme may ask from 192.0.2.0/24 and 2001:db8:25::/48 alone, where it `has_networks`."""
    usual = cast.policies()
    networks = OrganizationListings(
        OrganizationSteps((0, 2, 2), (0xC0000200, 0xC0000300), (0, 2, 2), (0x20010DB80025 << 80, 0x20010DB80026 << 80)),
        (1, 0),
        (1, 0),
    )
    return Policies(
        usual.codes,
        b"\3\1",
        b"\7\7",
        b"\2\2",
        has_origin_rules=b"\0\0",
        over_until=(over_until, 0),
        has_networks=(has_networks, 0),
        networks=networks,
    )


def desk_with(over_until: int = 0, has_networks: bool = False, access: Access | None = None) -> Desk:
    return Desk(cast.snapshot_with(chosen=policies(over_until, has_networks)), access)


def turned_away(desk: Desk) -> dict[tuple[int, str, str], int]:
    """By organization, kind and network, what was counted since the last look; no connection was."""
    batch = desk.counters.drain(cast.NOW)
    assert not batch.answers and not batch.unknown_codes and not batch.last_asked
    return {key[1:]: count for key, count in batch.turned_away.items()}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("qtype", [wire.A, wire.TXT, wire.ANY, wire.AAAA])
def test_from_elsewhere_a_code_is_answered_octet_by_octet_as_an_unknown_one(asked: str, qtype: int):
    desk = desk_with(has_networks=True)
    unknown = asked.replace(cast.ACME_CODE, cast.STRANGER_CODE)

    found = desk.ask(wire.query(asked, qtype, additional=WITH_EDNS), client=ELSEWHERE)
    other = desk.ask(wire.query(unknown, qtype, additional=WITH_EDNS), client=ELSEWHERE)

    assert found is not None and other is not None and found.rcode == wire.NXDOMAIN
    same = found.wire.replace(cast.ACME_CODE.encode(), cast.STRANGER_CODE.encode())
    assert same == other.wire


@pytest.mark.parametrize("client", [OURS, "192.0.2.0", "192.0.2.255", "::ffff:192.0.2.7", OURS6])
def test_from_its_networks_a_code_is_answered_as_ever(client: str):
    found = desk_with(has_networks=True).ask(wire.query(f"2.113.0.203.{BELOW}"), client=client)

    assert found is not None and found.addresses == ["127.0.0.2"]


@pytest.mark.parametrize("client", ["192.0.1.255", "192.0.3.0", "2001:db8:26::", "2001:db8:24:ffff::", "::1"])
def test_beside_its_networks_it_is_not(client: str):
    found = desk_with(has_networks=True).ask(wire.query(f"2.113.0.203.{BELOW}"), client=client)

    assert found is not None and found.rcode == wire.NXDOMAIN


def test_the_networks_of_one_organization_are_nothing_to_another():
    found = desk_with(has_networks=True).ask(
        wire.query(cast.reversed_name(LISTED, code=cast.BASIC_CODE)), client=ELSEWHERE
    )

    assert found is not None and found.addresses == ["127.0.0.2"]


def test_from_elsewhere_it_is_counted_apart_with_the_clients_network():
    desk = desk_with(has_networks=True)
    desk.ask(wire.query(f"2.113.0.203.{BELOW}"), client=ELSEWHERE)
    desk.ask(wire.query(BELOW, wire.TXT), client="2001:db8:0:12::5")

    assert turned_away(desk) == {
        (cast.ACME, "elsewhere", "198.51.100.0/24"): 1,
        (cast.ACME, "elsewhere", "2001:db8::/56"): 1,
    }


def test_from_elsewhere_it_is_limited_as_an_unknown_code_is():
    desk = desk_with(has_networks=True, access=Access(rate=1, burst=2, clock=Clock(0.0)))
    packet = wire.query(f"2.113.0.203.{BELOW}")

    assert [desk.ask(packet, client=ELSEWHERE) is None for _ in range(6)] == [False, False, True, False, True, False]
    assert all(desk.ask(packet, client=OURS) for _ in range(500))


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("qtype", [wire.A, wire.TXT, wire.ANY, wire.AAAA])
def test_beyond_the_quota_nothing_is_there_and_the_answer_says_why(asked: str, qtype: int):
    desk = desk_with(over_until=cast.NOW + 3600)

    found = desk.ask(wire.query(asked, qtype, additional=WITH_EDNS))

    assert found is not None
    assert (found.rcode, found.counts, found.addresses) == (wire.NXDOMAIN, (1, 0, 1, 1), [])
    assert found.extended_errors == [0]
    assert b"the daily quota of this activation code is used up" in found.wire
    assert turned_away(desk) == {(cast.ACME, "over quota", "192.0.2.0/24"): 1}


def test_the_quota_ends_by_itself_and_no_cache_keeps_its_answer_longer():
    desk = desk_with(over_until=cast.NOW + 20)
    packet = wire.query(f"2.113.0.203.{BELOW}")

    first = desk.ask(packet)
    desk.clock.advance(19.9)
    last = desk.ask(packet)
    desk.clock.advance(0.1)
    after = desk.ask(packet)

    assert first is not None and last is not None and after is not None
    assert [reply.authority[0].ttl for reply in (first, last)] == [20, 1]
    assert after.addresses == ["127.0.0.2"]


def test_beyond_the_quota_nobody_is_left_without_an_answer():
    desk = desk_with(over_until=cast.NOW + 3600, access=Access(rate=1, burst=2, clock=Clock(0.0)))
    packet = wire.query(f"2.113.0.203.{BELOW}")

    replies = [desk.ask(packet) for _ in range(500)]

    assert {reply.rcode for reply in replies if reply} == {wire.NXDOMAIN} and None not in replies


def test_from_elsewhere_nobody_learns_that_the_quota_is_used_up():
    desk = desk_with(over_until=cast.NOW + 3600, has_networks=True)

    found = desk.ask(wire.query(BELOW, additional=WITH_EDNS), client=ELSEWHERE)

    assert found is not None and b"quota" not in found.wire
    assert turned_away(desk) == {(cast.ACME, "elsewhere", "198.51.100.0/24"): 1}


def test_the_quota_comes_before_the_subscription():
    over = Policies(
        cast.policies().codes, b"\3\1", b"\7\7", b"\2\2", has_origin_rules=b"\0\0", over_until=(0, cast.NOW + 60)
    )
    desk = Desk(cast.snapshot_with(chosen=over))

    desk.lookup(LISTED, code=cast.BASIC_CODE, database="q")

    assert turned_away(desk) == {(cast.BASIC, "over quota", "192.0.2.0/24"): 1}


@pytest.mark.parametrize("chosen", [policies(over_until=cast.NOW + 60), policies(has_networks=True)])
def test_no_address_is_given_by_the_fast_path_to_who_is_turned_away(chosen: Policies):
    reply = Fast(cast.snapshot_with(chosen=chosen), Tally()).lookup(LISTED)

    assert reply is None or reply.rcode == wire.NXDOMAIN


def test_the_networks_that_are_remembered_are_bounded_and_no_packet_is_lost(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("reputation.verdict.counters.KEPT_CLIENTS", 3)
    desk = desk_with(has_networks=True)
    for number in range(10):
        desk.ask(wire.query(BELOW), client=f"198.51.{number}.25")

    found = turned_away(desk)

    assert len(found) == 4
    assert found[cast.ACME, "elsewhere", ""] == 7 and sum(found.values()) == 10


def test_whoever_is_turned_away_is_answered_without_python() -> None:
    elsewhere = Fast(cast.snapshot_with(chosen=policies(has_networks=True)), Tally())
    over = Fast(cast.snapshot_with(chosen=policies(over_until=cast.NOW + 60)), Tally())
    for fast in (elsewhere, over):
        for asked in ASKED:
            reply = fast.ask(wire.query(asked, additional=WITH_EDNS))
            assert reply is not None and (reply.rcode, reply.counts) == (wire.NXDOMAIN, (1, 0, 1, 1))
