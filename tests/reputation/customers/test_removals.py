"""A sender asks to be removed, follows the request by its link, and is answered honestly."""

from __future__ import annotations

import re

import pytest

from reputation.addresses.address import parse_address
from reputation.customers import removals, users
from reputation.customers.removals import ACCEPTED, DECLINED, OPEN
from reputation.insight import lookup
from reputation.intake import listings
from reputation.intake.feeds.catalogue import BY_KEY
from reputation.publisher import Publisher
from reputation.refusal import Refused
from reputation.store.db import Store
from reputation.store.models import AuditEntry, Feed, Letter, Listing, RemovalRequest
from reputation.verdict.live import Live
from reputation.verdict.origins import EMPTY
from reputation.verdict.snapshot import Snapshot
from tests import neighbour
from tests.conftest import NOON, make_cast
from tests.neighbour import others
from tests.reputation.insight.test_lookup import feed, fetch

HOUR = 3600
SENDER = "postmaster@sender.example"
OLGA = "olga@acme.example"
PLACE = "https://rep.example"


@pytest.fixture
def publisher(store: Store) -> Publisher:
    made = Publisher(Live(), lambda: EMPTY, lambda _: EMPTY, "")
    listings.add("192.0.2.9", "standard", "KSS", 24 * HOUR, "Spam", NOON)
    return made


def snapshot(publisher: Publisher) -> Snapshot:
    publisher.catch_up(NOON)
    assert publisher.live.current
    return publisher.live.current


def submit(publisher: Publisher, address: str = "192.0.2.9", email: str = SENDER, reason: str = "Mended") -> str:
    return removals.submit(snapshot(publisher), address, email, reason, NOON, PLACE)


def the_id() -> int:
    [waiting] = removals.open_requests()
    return waiting.id


def letters(to: str) -> list[Letter]:
    return list(others(Letter).where(Letter.to == to).order_by(Letter.id))


def test_a_request_is_open_for_two_days_and_is_followed_by_its_link_alone(publisher: Publisher) -> None:
    token = submit(publisher)

    request = removals.by_token(token)

    assert request
    assert (request.address, request.email, request.status) == ("192.0.2.9", SENDER, OPEN)
    assert request.due_at == NOON + 2 * 86400
    assert removals.by_token(token[:-1]) is None
    assert removals.by_token("") is None
    assert removals.open_requests() == [request]
    assert token not in [row.token_hash for row in others(RemovalRequest)]


def test_who_asks_is_written_the_link_and_never_the_text_of_a_stranger(publisher: Publisher) -> None:
    token = submit(publisher, reason="Buy pills at https://pills.example")

    [letter] = letters(SENDER)

    assert f"{PLACE}/lookup/removal/{token}" in letter.text
    assert "pills" not in letter.text + letter.subject


def test_the_operator_is_written_that_a_request_has_come(publisher: Publisher) -> None:
    cast = make_cast()
    users.add(OLGA, cast.acme.id, "operator", "a quiet sentence works", NOON)

    submit(publisher)

    [letter] = letters(OLGA)
    assert "192.0.2.9" in letter.text
    assert f"{PLACE}/installation/requests" in letter.text


@pytest.mark.parametrize(
    ("address", "email", "reason", "sentence"),
    [
        ("198.51.100.1", SENDER, "Mended", "198.51.100.1 is not listed here now, so there is nothing to remove."),
        ("mail.example", SENDER, "Mended", "'mail.example' is not an IP address: write 192.0.2.1 or 2001:db8::1."),
        ("192.0.2.0/24", SENDER, "Mended", "is not an IP address"),
        ("127.0.0.2", SENDER, "Mended", "127.0.0.2 is a test address"),
        ("192.0.2.9", "nobody", "Mended", "is no email address"),
        ("192.0.2.9", "a@b.example\nBcc: c@d.example", "Mended", "is no email address"),
        ("192.0.2.9", SENDER, "  ", "Say what sent the mail"),
        ("192.0.2.9", SENDER, "x" * 2001, "at most 2,000 characters"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_sentence(
    publisher: Publisher, address: str, email: str, reason: str, sentence: str
) -> None:
    with pytest.raises(Refused, match=re.escape(sentence)):
        submit(publisher, address, email, reason)

    assert removals.open_requests() == []
    assert not others(Letter).exists()


def test_the_same_person_asks_once_for_an_address_until_it_is_answered(publisher: Publisher) -> None:
    submit(publisher)

    with pytest.raises(Refused, match=r"You have asked for 192\.0\.2\.9 already"):
        submit(publisher, email=SENDER.upper())
    removals.decide(the_id(), DECLINED, "It still sends.", OLGA, NOON)

    assert submit(publisher)


def test_no_more_are_taken_than_a_person_can_answer(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removals, "MOST_OPEN", 1)
    submit(publisher)

    with pytest.raises(Refused, match="Try again tomorrow"):
        submit(publisher, email="other@sender.example")


def test_an_accepted_request_takes_every_own_listing_away_that_covers_the_address(publisher: Publisher) -> None:
    listings.add("192.0.2.0/24", "dynamic", "ETL", HOUR, "Spam", NOON)
    listings.add("192.0.2.9", "dynamic", "ETL", HOUR, "Spam", NOON)
    listings.add("192.0.2.10", "standard", "KSS", HOUR, "Another sender", NOON)
    token = submit(publisher)

    decided = removals.decide(the_id(), ACCEPTED, "Thank you.", OLGA, NOON + 60)

    assert (decided.removed, decided.still) == (3, ())
    assert [row.network for row in others(Listing)] == ["192.0.2.10"]
    request = removals.by_token(token)
    assert request == decided.request
    assert (request.status, request.answered_at, request.answered_by) == (ACCEPTED, NOON + 60, OLGA)
    assert request.answer.startswith("Our own lists no longer contain the address.")
    assert request.answer.endswith("Thank you.")
    assert removals.open_requests() == []
    assert request in removals.answered_requests()


def test_it_is_published_and_no_longer_listed(publisher: Publisher) -> None:
    submit(publisher)
    removals.decide(the_id(), ACCEPTED, "", OLGA, NOON)

    assert not lookup.is_listed(snapshot(publisher), parse_address("192.0.2.9"), NOON)


def test_what_a_published_list_holds_is_said_and_not_promised(publisher: Publisher) -> None:
    fetch(feed("Example DROP"), "192.0.2.0/24", at=NOON)
    submit(publisher)

    decided = removals.decide(the_id(), ACCEPTED, "", OLGA, NOON)

    assert (decided.removed, decided.still) == (1, ("Example DROP",))
    assert "only their publishers can remove it there: Example DROP." in decided.request.answer
    assert "only their publishers can remove it there: Example DROP." in letters(SENDER)[-1].text


DROP = BY_KEY["drop"]


def spamhaus(*networks: str) -> None:
    made = feed("Spamhaus DROP")
    Feed.update(source=DROP.source).where(Feed.id == made.id).execute()
    fetch(made, *networks, at=NOON)


def test_who_is_on_published_lists_alone_is_led_to_their_publishers_and_asks_nobody_here(publisher: Publisher) -> None:
    spamhaus("198.51.100.0/24")

    with pytest.raises(Refused) as refusal:
        submit(publisher, "198.51.100.9")

    assert f"ask Spamhaus DROP ({DROP.where_to_ask})" in str(refusal.value)
    assert removals.open_requests() == []


def test_a_request_is_never_accepted_while_nothing_of_ours_lists_the_address(publisher: Publisher) -> None:
    fetch(feed("A list of our own"), "198.51.100.0/24", at=NOON)
    token = submit(publisher, "198.51.100.9")

    with pytest.raises(Refused, match=r"it would stay listed: only A list of our own can remove it\. Decline"):
        removals.decide(the_id(), ACCEPTED, "Thank you.", OLGA, NOON)
    assert removals.by_token(token) == removals.open_requests()[0]
    declined = removals.decide(the_id(), DECLINED, "We take that list as it is.", OLGA, NOON)

    assert declined.request.answer.startswith("These published lists still contain it")
    assert declined.request.answer.endswith("We take that list as it is.")


def test_an_answer_names_the_page_on_which_a_publisher_is_asked(publisher: Publisher) -> None:
    spamhaus("192.0.2.0/24")
    submit(publisher)

    decided = removals.decide(the_id(), ACCEPTED, "", OLGA, NOON)

    assert f"Spamhaus DROP ({DROP.where_to_ask})" in decided.request.answer
    assert f"Spamhaus DROP ({DROP.where_to_ask})" in letters(SENDER)[-1].text


def test_what_ended_by_itself_may_be_accepted(publisher: Publisher) -> None:
    submit(publisher)
    listings.remove("192.0.2.9", "standard", NOON)

    assert removals.decide(the_id(), ACCEPTED, "", OLGA, NOON).request.answer == removals.NOT_OURS


def test_a_declined_request_removes_nothing_and_says_why(publisher: Publisher) -> None:
    submit(publisher)

    decided = removals.decide(the_id(), DECLINED, "It still sends.", OLGA, NOON)

    assert decided.removed == 0
    assert others(Listing).count() == 1
    assert decided.request.answer == "It still sends."
    letter = letters(SENDER)[-1]
    assert letter.subject == "Removal of 192.0.2.9 declined"
    assert "It still sends." in letter.text


@pytest.mark.parametrize(
    ("status", "answer", "sentence"),
    [
        (DECLINED, " ", "Say why"),
        (ACCEPTED, "x" * 2001, "at most 2,000"),
        ("forgotten", "", "accepted or declined, not 'forgotten'"),
    ],
)
def test_an_answer_that_says_too_little_or_too_much_is_refused(
    publisher: Publisher, status: str, answer: str, sentence: str
) -> None:
    submit(publisher)

    with pytest.raises(Refused, match=sentence):
        removals.decide(the_id(), status, answer, OLGA, NOON)

    assert others(Listing).count() == 1
    assert len(removals.open_requests()) == 1


def test_a_request_is_answered_once(publisher: Publisher) -> None:
    submit(publisher)
    removals.decide(number := the_id(), DECLINED, "No.", OLGA, NOON)

    with pytest.raises(Refused, match=r"is declined already, by olga@acme\.example"):
        removals.decide(number, ACCEPTED, "", OLGA, NOON)
    with pytest.raises(Refused, match="no such request"):
        removals.decide(number + 1, ACCEPTED, "", OLGA, NOON)


def test_a_request_is_forgotten_a_year_after_its_answer_and_never_before_it(publisher: Publisher) -> None:
    token = submit(publisher)
    assert removals.prune(NOON + 400 * 86400) == 0, "it waits"
    removals.decide(the_id(), DECLINED, "It still sends.", OLGA, NOON)

    assert removals.prune(NOON + 365 * 86400) == 0
    assert removals.by_token(token)
    assert removals.prune(NOON + 365 * 86400 + 1) == 1
    assert removals.by_token(token) is None
    assert [row.address for row in removals.answered_requests()] == [neighbour.ADDRESS]


def test_asking_and_answering_stand_in_the_audit_log(publisher: Publisher) -> None:
    submit(publisher)
    removals.decide(the_id(), ACCEPTED, "", OLGA, NOON)

    told = [(row.who, row.what) for row in others(AuditEntry).order_by(AuditEntry.id)]

    assert (SENDER, "Removal of 192.0.2.9 requested") in told
    assert (OLGA, "Removed 192.0.2.9 from the standard database") in told
    assert (OLGA, "Removal of 192.0.2.9 accepted") in told
