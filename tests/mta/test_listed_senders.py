"""What a listed sender is told by Postfix and by Exim, asking directly and through unbound."""

from __future__ import annotations

import time

import pytest

from tests.mta.conftest import PostOffice, listing
from tests.mta.servers import Mta, Reply

REFUSED = "5.7.1 Service unavailable; connection refused"
DEFERRED = "4.7.1 server temporarily unavailable, please retry"


@pytest.mark.parametrize("listed", ["203.0.113.2", "203.0.113.3", "203.0.113.4"], ids=["KSS", "DUL", "ETL"])
def test_a_listed_sender_is_refused_and_told_why(mta: Mta, listed: str) -> None:
    reply = mta.offer(listed)

    assert reply.code == 550
    assert reply.text.startswith(f"{REFUSED}: ")


def test_a_refused_sender_is_shown_where_to_look_itself_up(mta: Mta) -> None:
    reply = mta.offer("203.0.113.2")

    assert "http" in reply.text
    assert "203.0.113.2" in reply.text


def test_a_dynamically_listed_sender_is_deferred(mta: Mta) -> None:
    reply = mta.offer("203.0.113.20")

    assert reply.code == 450
    assert reply.text.startswith(DEFERRED)


def test_a_sender_on_both_databases_is_refused_for_good(mta: Mta) -> None:
    assert mta.offer("203.0.113.30").code == 550


def test_an_unlisted_sender_may_deliver(mta: Mta) -> None:
    assert mta.offer("203.0.113.99").code == 250


def test_a_listed_ipv6_sender_is_refused(mta: Mta) -> None:
    assert mta.offer("2001:db8:2::2").code == 550


def test_a_dynamically_listed_ipv6_sender_is_deferred(mta: Mta) -> None:
    assert mta.offer("2001:db8:2::20").code == 450


def test_an_unlisted_ipv6_sender_may_deliver(mta: Mta) -> None:
    assert mta.offer("2001:db8:2::99").code == 250


@pytest.mark.parametrize("listed", ["203.0.113.2", "203.0.113.20", "2001:db8:2::2"])
def test_under_an_unknown_code_nobody_is_refused(stranger: Mta, listed: str) -> None:
    assert stranger.offer(listed).code == 250


def test_a_deferred_sender_may_deliver_when_its_stay_has_ended(office: PostOffice) -> None:
    address = "203.0.113.60"
    office.gatepost.commands(listing(address, "dynamic", "KSS", duration="10s"))
    office.gatepost.wait_for(2, address, "dynamic")

    assert {mta.offer(address).code for mta in office.mtas.values()} == {450}
    for mta in office.mtas.values():
        assert until_accepted(mta, address).code == 250


def test_a_long_reason_leaves_room_for_where_to_look_up(office: PostOffice) -> None:
    # Postfix and Exim read the first character-string of a TXT record alone: 255 octets (RFC 1035 3.3).
    reason = f"it sent {'more and more ' * 25}spam"
    office.gatepost.commands(listing("203.0.113.62", "standard", "KSS", reason=reason))
    office.gatepost.wait_for(2, "203.0.113.62")

    for mta in office.mtas.values():
        reply = mta.offer("203.0.113.62")
        assert reply.text.startswith(f"{REFUSED}: ")
        assert "it sent more and more" in reply.text
        assert reply.text.endswith("203.0.113.62")


def until_accepted(mta: Mta, address: str, seconds: int = 30) -> Reply:
    """The sender comes back again and again; the last reply, an acceptance unless `seconds` have gone by."""
    deadline = time.monotonic() + seconds
    while (reply := mta.offer(address)).code != 250 and time.monotonic() < deadline:
        time.sleep(0.5)
    return reply
