"""What a sender is told for whom the organization made a rule, by Postfix and by Exim."""

from __future__ import annotations

import pytest

from tests.mta.conftest import IN_A_BLOCKED_COUNTRY, OF_A_BLOCKED_ISP, PostOffice, rule
from tests.mta.servers import Mta


def test_a_listed_sender_without_a_rule_is_refused(mta: Mta) -> None:
    assert mta.offer("198.51.100.3").code == 550


@pytest.mark.parametrize("approved", ["198.51.100.2", "198.51.100.20"], ids=["standard", "dynamic"])
def test_an_approved_sender_may_deliver_although_it_is_listed(mta: Mta, approved: str) -> None:
    assert mta.offer(approved).code == 250


@pytest.mark.parametrize(
    "blocked",
    ["192.0.2.10", "192.0.2.129", "2001:db8:b::1", IN_A_BLOCKED_COUNTRY, OF_A_BLOCKED_ISP],
    ids=["address", "CIDR", "IPv6 CIDR", "country", "ISP"],
)
def test_a_blocked_sender_is_refused(mta: Mta, blocked: str) -> None:
    assert mta.offer(blocked).code == 550


def test_a_neighbour_of_a_blocked_sender_may_deliver(mta: Mta) -> None:
    assert mta.offer("192.0.2.11").code == 250


def test_an_approved_address_in_a_blocked_network_may_deliver(mta: Mta) -> None:
    assert mta.offer("192.0.2.200").code == 250


def test_an_origin_is_blocked_with_a_return_code_of_its_own(office: PostOffice) -> None:
    assert office.gatepost.answer(IN_A_BLOCKED_COUNTRY) == 12
    assert office.gatepost.answer(OF_A_BLOCKED_ISP) == 11


def test_a_rule_made_while_gatepost_serves_holds_for_the_next_sender(office: PostOffice) -> None:
    office.gatepost.commands(rule("blocked", "192.0.2.70"))
    office.gatepost.wait_for(10, "192.0.2.70")

    assert {mta.offer("192.0.2.70").code for mta in office.mtas.values()} == {550}
