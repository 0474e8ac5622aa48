"""Why an address is listed: the figures are those that decided, and the words name nobody who must not be named."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reputation.addresses.address import parse_address, parse_network
from reputation.customers import organizations
from reputation.insight import why as explaining
from reputation.insight import why_words
from reputation.insight.why import Why
from reputation.insight.why_words import Counted, Listed
from reputation.intake import estimate, listings, protected_senders, questions, sender_scores, spam_reports
from reputation.intake.estimate import DAY, HOUR, NEVER, RETRY, WORLD, Hours, Node, Path, Sender
from reputation.store.db import Store
from reputation.store.models import ExchangedNode, ExchangePeer, SpamReport
from reputation.verdict.matches import Matches
from reputation.verdict.origins import EMPTY, Origin
from tests.conftest import NOON

NEAR, WIDE = "203.0.113.0/24", "203.0.112.0/22"
A, B, C = "203.0.113.7", "203.0.113.8", "203.0.114.9"
SECRETS = ("trap", "filter", "complain", "secret", "victim", "acme", "organization", "recipient")


def trap(address: str, count: int = 1, at: int = NOON, **more: str) -> None:
    for _ in range(count):
        spam_reports.accept(address, "trap", at, **more)


def why(address: str = A, at: int = NOON, organization_id: int | None = None) -> Why:
    return explaining.why(parse_address(address), EMPTY, at, organization_id)


def test_nothing_known_is_said_in_words(store: Store) -> None:
    found = why("192.0.2.1")

    assert found.sentence == "Nothing was seen lately from 192.0.2.1 or the networks around it."
    assert found.lines == ("What is usual elsewhere, 60 % spam, lists nobody by itself.",)
    assert (found.level, found.listed, found.kept_off) == (0, (), "")
    assert {part.share for part in found.parts} == {None}


def test_spam_of_an_address_and_of_its_network_is_counted(store: Store) -> None:
    trap(A, 2)
    trap(B, 4)

    assert why().sentence == (
        "6 messages were seen from 203.0.113.0/24 in ten days, all of them spam; 2 of them from this address; "
        "one reporter."
    )
    assert "none of them from this address" in why("203.0.113.9").sentence
    assert "all of them from this address" not in why(B).sentence


def test_one_message_is_told_as_one(store: Store) -> None:
    trap(A)

    assert why(A).sentence == (
        "One message was seen from 203.0.113.0/24 in ten days, and it was spam; it came from this address; "
        "one reporter."
    )
    assert "it did not come from this address" in why(B).sentence


def test_messages_that_were_no_spam_are_about_so_many(store: Store) -> None:
    trap(A)
    deliver(A, 3)

    assert why().sentence.startswith("Spam in 1 of about 3 messages seen from 203.0.113.0/24 in ten days;")


def test_good_mail_alone_is_told_without_a_word_of_blame(store: Store) -> None:
    deliver(A, 3)

    assert why().sentence == "No spam among about 3 messages seen from 203.0.113.0/24 in ten days."
    assert why().listed == ()


def test_the_wide_network_is_told_where_nothing_was_seen_nearer(store: Store) -> None:
    trap(C, 2)

    assert "2 messages were seen from 203.0.112.0/22 in ten days, all of them spam; none of them" in why(A).sentence


def test_of_ipv6_its_64_is_told(store: Store) -> None:
    trap("2001:db8:1234:5678:9abc:def0:1234:5678", 2)

    assert why("2001:db8:1234:5678::1").sentence == (
        "2 messages were seen from 2001:db8:1234:5600::/56 in ten days, all of them spam; all of them from this "
        "address's /64, 2001:db8:1234:5678::/64; one reporter."
    )


def test_reports_older_than_ten_days_are_not_counted(store: Store) -> None:
    trap(A, 2)

    found = why(at=NOON + 11 * DAY)

    assert (
        found.sentence
        == "No spam was seen from 203.0.113.0/24 in ten days; what was seen before still counts a little."
    )


def test_independent_reporters_are_counted_and_never_named(store: Store) -> None:
    trap(A, 3, evidence="To secret@trap.example", reporter="secret@trap.example")
    spam_reports.accept(A, "filter", NOON, reporter="mx1.secret.example")
    spam_reports.accept(A, "complaint", NOON, reporter="victim@acme.example")
    for name in ("Acme", "Basic"):
        owner = organizations.add(name, "advanced", NOON)[0].id
        spam_reports.accept(A, "complaint", NOON, organization_id=owner, evidence="secret")

    found = why()

    assert found.sentence.endswith("; 2 independent reporters."), "all traps and logs are one, complaints another"
    assert found.counted.spam == 5, "what organizations report counts for themselves"
    said = " ".join((found.sentence, *found.lines, str(found.as_json()))).lower()
    assert [word for word in SECRETS if word in said] == []


def test_what_one_organization_alone_reports_is_told_to_it_alone(store: Store) -> None:
    mine, other = (organizations.add(name, "advanced", NOON)[0].id for name in ("Acme", "Basic"))
    spam_reports.accept(A, "complaint", NOON, organization_id=mine)

    for found in (why(), why(organization_id=other)):
        assert found.sentence == "Nothing was seen lately from 203.0.113.7 or the networks around it."
        assert len(found.lines) == 1
    assert (
        "Your organization reported it once in ten days: that counts for you alone"
        in why(organization_id=mine).lines[1]
    )


def test_organizations_that_agree_are_told_as_reporters(store: Store) -> None:
    for name in ("One", "Two", "Three"):
        owner = organizations.add(name, "advanced", NOON)[0].id
        spam_reports.accept(A, "complaint", NOON, organization_id=owner, weight=5.0)

    assert "3 independent reporters agree that 203.0.113.7 sent spam in ten days." == why().sentence


def test_a_report_that_counts_for_nobody_is_not_counted(store: Store) -> None:
    trap(A, 2)
    SpamReport.update(weight=0).where(SpamReport.subject == A).execute()

    assert why().counted.spam == 0


def test_what_other_installations_saw_is_told_as_a_number(store: Store) -> None:
    tells("one.example")
    assert why().sentence == (
        "No spam was seen here from 203.0.113.0/24 in ten days; one other installation saw spam from there."
    )

    tells("two.example")
    trap(B)
    found = why()
    assert found.sentence.endswith("; one reporter; 2 other installations saw spam from there.")
    assert found.parts[1].spam > 2.0, "what they tell counts in the estimate"
    assert "example" not in str((found.sentence, found.lines))


def test_the_listing_of_the_address_is_told_with_its_level_and_end(store: Store) -> None:
    trap(A, 2)

    [own] = [one for one in why().listed if one.kind == "address"]

    assert (own.network, own.level, own.until, own.passes) == (A, 2, NOON + 12 * HOUR, False)
    assert "To try again does not help: it is listed for spam of its own." in why().lines
    assert [one for one in why(at=NOON + 13 * HOUR).listed] == []


def test_of_a_network_it_is_told_whether_to_try_again_helps(store: Store) -> None:
    for last in range(1, 9):
        trap(f"203.0.113.{last}", 2)
    stranger = "203.0.113.99"

    found = why(stranger)
    assert {one.kind for one in found.listed} == {"network"}
    assert "It is listed for its network alone, and passes once it has tried again after 5 minutes." in found.lines

    sender_scores.save({parse_network(stranger): Sender(at=NOON, waits=NOON - RETRY)})
    questions.count(Matches(), EMPTY, NOON)
    assert "Its network is listed, but it passes: it has tried again." in why(stranger).lines
    assert all(one.passes for one in why(stranger).listed)


def test_a_network_that_let_spammers_pass_says_that_to_try_again_does_not_help() -> None:
    path = Path("x", nodes=(Node(),) * WORLD, hours=Hours(passed_spam=9.0))
    listed = (Listed("network", NEAR, 2, NOON),)

    said = why_words.lines(0.9, 2, True, listed, path, "", 0)

    assert said[1] == "To try again does not help: those who did so in its network turned out to send spam."


def test_a_listing_by_hand_is_none_of_the_evidence(store: Store) -> None:
    listings.add(A, "dynamic", "ETL", DAY, "By hand", NOON)

    assert why().listed == ()


def test_why_an_address_is_kept_off_is_said(store: Store) -> None:
    protected_senders.add("203.0.113.0/28", NOON)

    assert why().kept_off == (
        "203.0.113.7 is a protected sender: evidence lists it at level 4 alone, and for whoever reports it."
    )
    assert why("10.0.0.1").kept_off.startswith("10.0.0.1 cannot be listed: 10.0.0.0/8 is")
    assert why().kept_off in why().lines


@given(st.data())
def test_the_parts_end_in_the_estimate_that_decides(data: st.DataObject) -> None:
    sums = st.floats(0, 1000)
    times = st.integers(NOON - 90 * DAY, NOON)
    nodes = tuple(
        Node(data.draw(times), data.draw(sums), data.draw(sums), data.draw(st.sampled_from([NEVER, NOON, NOON - DAY])))
        for _ in range(WORLD)
    )
    path = Path(A, Sender(data.draw(times), data.draw(sums), data.draw(sums)), nodes)

    made = explaining.parts(parse_address(A), path, Origin(64500, "AT", "Example Net"))

    assert made[0].likely == pytest.approx(estimate.estimate(path))
    assert [part.name for part in made] == [A, NEAR, WIDE, "AS64500 Example Net", "all mail"]
    assert all(0 <= part.likely <= 1 for part in made)


@pytest.mark.parametrize(("spam", "expected"), [(0.0, 0.0), (4.0, 0.67), (1000.0, 1.0)])
def test_the_more_is_known_near_the_more_certain_it_is(spam: float, expected: float) -> None:
    path = Path(A, Sender(NOON, spam, 0.0))

    assert explaining.confidence(path, NOON) == pytest.approx(expected, abs=0.005)
    assert explaining.known(path, NOON) == spam


@pytest.mark.parametrize(
    ("likely", "level", "said"),
    [
        (0.5, 0, "By the estimate its next message is spam with a likelihood of 50 %, which is enough for no level."),
        (0.62, 4, "of 62 %, which is enough for level 4, the strictest."),
        (0.86, 2, "of 86 %, which is enough for level 2 and the stricter ones."),
        (0.999, 1, "of over 99 %, which is enough for every level."),
    ],
)
def test_the_estimate_is_told_with_the_levels_that_it_reaches(likely: float, level: int, said: str) -> None:
    listed = (Listed("address", A, 4, NOON),)

    assert why_words.lines(likely, level, True, listed, Path(A), "", 0)[0].endswith(said)


def test_where_no_listing_stands_any_more_that_is_said(store: Store) -> None:
    trap(A, 5)

    assert why(at=NOON + 13 * HOUR).lines == (
        "By the estimate its next message is spam with a likelihood of 97 %, which was enough for every level; but no "
        "listing stands, for each ends 12 hours after the newest spam at most.",
    )


@given(
    st.builds(
        Counted, st.just(NEAR), st.integers(0, 9), st.integers(0, 9), st.integers(0, 4), st.integers(0, 9),
        st.integers(0, 3),
    ),
    st.booleans(),
)  # fmt: skip
def test_every_sentence_is_one_and_names_nobody(counted: Counted, is_known: bool) -> None:
    said = why_words.sentence(A, counted._replace(by_address=min(counted.by_address, counted.spam)), is_known)

    assert re.fullmatch(r"[A-Z0-9].*[^ ]\.", said) and ". " not in said
    assert not [word for word in SECRETS if word in said.lower()]


def deliver(address: str, count: int) -> None:
    """Messages that a filter has found clean."""
    spam_reports.clean_many({address: count}, NOON)


def tells(name: str) -> None:
    """Another installation, which is trusted, has seen spam of the network."""
    peer = ExchangePeer.create(key=name[0] * 43, name=name, address=f"https://{name}/", added_at=NOON, weight=1.0)
    ExchangedNode.create(peer=peer, name=NEAR, at=NOON, spam=20.0, seen=20.0, reporters=2, newest=NOON)
