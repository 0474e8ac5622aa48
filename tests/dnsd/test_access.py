"""The access list, and the buckets of those who have no valid code."""

from __future__ import annotations

import pytest

from dnsd.access import (
    Access,
    AccessResult,
    PaidFrom,
    client_address,
    client_network,
)
from reputation.addresses.address import Address
from tests.dnsd.desk import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock(1000.0)


def test_by_default_everyone_may_ask():
    access = Access()

    assert all(access.may_ask(client_address(host)) for host in ("192.0.2.1", "2001:db8::1", "127.0.0.1", "::1"))


@pytest.mark.parametrize(
    ("host", "may"),
    [
        ("192.0.2.0", True),
        ("192.0.2.255", True),
        ("192.0.3.0", False),
        ("192.0.1.255", False),
        ("198.51.100.9", True),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("::ffff:192.0.2.7", True),
        ("127.0.0.1", False),
    ],
)
def test_an_access_list_holds_to_the_last_address(host: str, may: bool):
    access = Access(allowed=["192.0.2.0/24", "192.0.2.128/25", "198.51.100.9", "2001:db8::/32"])

    assert access.may_ask(client_address(host)) is may


def test_a_network_that_is_none_is_refused():
    with pytest.raises(ValueError, match="did you mean"):
        Access(allowed=["192.0.2.1/24"])


def verdicts(access: Access, host: str, times: int) -> list[AccessResult]:
    return [access.spend(client_address(host)) for _ in range(times)]


def test_a_burst_is_answered_and_then_every_second_one_slips(clock: Clock):
    access = Access(rate=10, burst=5, slip=2, clock=clock)

    found = verdicts(access, "192.0.2.1", 9)

    assert found == [AccessResult.ANSWER] * 5 + [AccessResult.DROP, AccessResult.SLIP] * 2


def test_a_bucket_fills_again_at_its_rate(clock: Clock):
    access = Access(rate=10, burst=5, clock=clock)
    verdicts(access, "192.0.2.1", 5)

    clock.advance(0.2)

    assert verdicts(access, "192.0.2.1", 3)[:2] == [AccessResult.ANSWER] * 2
    assert AccessResult.ANSWER not in verdicts(access, "192.0.2.1", 1)
    clock.advance(1000)
    assert verdicts(access, "192.0.2.1", 6).count(AccessResult.ANSWER) == 5


def test_a_network_shares_one_bucket_and_others_have_theirs(clock: Clock):
    access = Access(rate=1, burst=1, clock=clock)

    assert verdicts(access, "192.0.2.1", 1) == [AccessResult.ANSWER]
    assert verdicts(access, "192.0.2.254", 1) != [AccessResult.ANSWER]
    assert verdicts(access, "192.0.3.1", 1) == [AccessResult.ANSWER]
    assert verdicts(access, "2001:db8:0:1::1", 1) == [AccessResult.ANSWER]
    assert verdicts(access, "2001:db8:0:ff::1", 1) != [AccessResult.ANSWER]
    assert verdicts(access, "2001:db8:0:100::1", 1) == [AccessResult.ANSWER]


def test_without_slip_the_rest_is_silence(clock: Clock):
    access = Access(rate=1, burst=1, slip=0, clock=clock)

    assert set(verdicts(access, "192.0.2.1", 20)[1:]) == {AccessResult.DROP}


def test_loopback_is_exempt_and_so_is_who_is_named(clock: Clock):
    access = Access(rate=1, burst=1, clock=clock)
    named = Access(rate=1, burst=1, exempt=["192.0.2.0/24"], clock=clock)

    assert set(verdicts(access, "127.0.0.9", 10) + verdicts(access, "::1", 10)) == {AccessResult.ANSWER}
    assert set(verdicts(named, "192.0.2.77", 10)) == {AccessResult.ANSWER}
    assert set(verdicts(named, "127.0.0.1", 10)) != {AccessResult.ANSWER}


def test_a_rate_of_0_limits_nobody(clock: Clock):
    assert set(verdicts(Access(rate=0, clock=clock), "192.0.2.1", 1000)) == {AccessResult.ANSWER}


def test_a_client_is_named_by_its_network():
    assert client_network(client_address("192.0.2.77")) == "192.0.2.0/24"
    assert client_network(client_address("2001:db8:0:1ff::1")) == "2001:db8:0:100::/56"
    assert client_network(client_address("::ffff:192.0.2.77")) == "192.0.2.0/24"


def test_the_interface_of_a_link_local_client_is_left_out():
    assert str(client_address("fe80::1%eth0")) == "fe80::1"


SPREAD = 0x9E3779B97F4A7C15  # by which an organization's number is spread
RESOLVER = client_address("8.8.8.8")


def twins_without_salt() -> list[tuple[int, Address, int]]:
    """(organization, a client, its organization) whose numbers mixed are those of RESOLVER under the first one."""
    found = []
    for organization in range(1, 9):
        for other in range(9, 1000):
            key = (RESOLVER.value >> 8) ^ (organization * SPREAD ^ other * SPREAD) & (1 << 64) - 1
            if key >> 56 == 0x80:  # the key of an IPv6 network
                found.append((organization, Address(6, (key & (1 << 63) - 1) << 72), other))
    return found


def test_nobody_can_reckon_which_network_under_his_code_shares_a_bucket_with_another_organization(clock: Clock):
    """The salt is in the network before the organization is, else it would fall out of what two have in common."""
    pairs = twins_without_salt()[:3]
    assert len(pairs) == 3

    for organization, client, other in pairs:
        access = Access(code_rate=1, exempt=(), clock=clock)
        assert access.spend(client, PaidFrom.CODE, other) is AccessResult.ANSWER
        assert access.spend(client, PaidFrom.CODE, other) is not AccessResult.ANSWER
        assert access.spend(RESOLVER, PaidFrom.CODE, organization) is AccessResult.ANSWER


def test_two_organizations_at_one_resolver_have_a_bucket_each(clock: Clock):
    access = Access(code_rate=1, exempt=(), clock=clock)

    answered = [access.spend(RESOLVER, PaidFrom.CODE, organization) for organization in range(1, 201)]

    assert answered == [AccessResult.ANSWER] * 200
