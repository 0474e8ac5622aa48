"""What a listing by reports says of itself: the estimate in words, and few different ones."""

from __future__ import annotations

import pytest

from reputation.customers import organizations
from reputation.intake import agreement, purging, reasons, spam_reports
from reputation.intake.estimate import HOUR, WORLD, Node, Path, Sender
from reputation.publisher import own_listings
from reputation.publisher.own_listings import REASON_ALONE
from reputation.store.db import Store
from reputation.store.models import Listing
from tests.conftest import NOON
from tests.neighbour import NAME as NEIGHBOUR
from tests.neighbour import others

A = "203.0.113.7"


def path(spam: float, seen: float) -> Path:
    """Somebody of whom, and of whose networks and provider, so much was seen."""
    return Path(A, Sender(NOON, spam, seen), tuple(Node(NOON, spam, seen) for _ in range(WORLD)))


def told() -> dict[str, str]:
    return {row.network: row.reason for row in others(Listing)}


@pytest.mark.parametrize(
    ("spam", "seen", "words"),
    [
        (9000.0, 9000.0, "nearly all its messages are likely to be spam"),
        (9000.0, 10_000.0, "about 9 of 10 messages are likely to be spam"),
        (3000.0, 10_000.0, "about 3 of 10 messages are likely to be spam"),
        (100.0, 10_000.0, "few of its messages are likely to be spam"),
    ],
)
def test_the_estimate_is_told_in_tenths(spam: float, seen: float, words: str) -> None:
    found = path(spam, seen)

    assert reasons.of_sender(found) == f"Spam was seen from this sender: {words}; the listing ends by itself"
    assert reasons.of_network("203.0.112.0/22", found) == (
        f"Spam was seen from this network (/22) lately: {words}; the listing ends by itself"
    )


def test_there_are_a_few_dozens_of_texts_whatever_was_seen() -> None:
    paths = [path(spam, seen) for spam in range(0, 400, 7) for seen in range(0, 400, 7)]
    networks = ("203.0.113.0/24", "203.0.112.0/22", "2001:db8::/56", "2001:db8::/48")

    texts = {reasons.of_sender(one) for one in paths}
    texts |= {reasons.of_network(network, one) for network in networks for one in paths}

    assert 20 < len(texts) <= 56
    assert max(map(len, texts)) < 130, "with the address of the look-up it fits into one string of a TXT record"
    assert all(text.isascii() and "$" not in text for text in texts), "DNS answers it as it is"


def test_a_listing_says_what_the_estimate_was_when_it_was_written(store: Store) -> None:
    spam_reports.accept(A, "trap", NOON)
    one = told()[A]
    for _ in range(4):
        spam_reports.accept(A, "trap", NOON + HOUR)

    assert "about 9 of 10 messages" in one
    assert "nearly all its messages" in told()[A]


def test_a_network_says_how_wide_it_is_and_what_a_stranger_in_it_may_send(store: Store) -> None:
    for last in range(1, 9):
        spam_reports.accept(f"203.0.113.{last}", "trap", NOON)

    said = told()

    assert said["203.0.113.0/24"].startswith("Spam was seen from this network (/24) lately: ")
    assert any(reason.startswith("Spam was seen from this network (/22)") for reason in said.values())


def test_what_organizations_alone_agree_on_has_no_figure(store: Store) -> None:
    for name in ("One", "Two"):
        owner = organizations.add(name, "advanced", NOON)[0].id
        spam_reports.accept(A, "complaint", NOON, organization_id=owner, weight=5.0)

    assert agreement.NEEDED[3] == 2 and told()[A] == reasons.WITHOUT_FIGURE


@pytest.mark.touches("Alert", reason="every organization is told of a purge")
def test_what_is_left_after_a_purge_has_its_reason(store: Store) -> None:
    for source, reporter in (("trap", "good"), ("filter", "faulty")):
        spam_reports.accept(A, source, NOON, reporter=reporter)

    purging.purge("filter", NOON - HOUR, NOON + 60, "olga@rep.example", reporter="faulty")

    assert told()[A].startswith("Spam was seen from this sender: about ")


def test_each_text_is_kept_once_however_many_listings_have_it(store: Store) -> None:
    for network in range(40):
        spam_reports.accept(f"198.51.{network}.7", "trap", NOON)

    layer = own_listings.build(NOON)["dynamic"].layer

    assert len(told()) >= 40
    assert set(layer.reasons) == {"", NEIGHBOUR, REASON_ALONE, *told().values()}
    assert len(layer.reasons) == len(set(layer.reasons)) < 15
