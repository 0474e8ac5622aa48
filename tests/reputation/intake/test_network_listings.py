"""What the tables list of networks is what the estimate says of each address in them, known or never seen."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from reputation.addresses.address import parse_address, parse_network
from reputation.counting import other_packets
from reputation.customers import removals
from reputation.intake import estimate, listings, network_listings, protected_senders, purging, questions
from reputation.intake.estimate import DAY, HOUR, MINUTE
from reputation.intake.exemptions import Exemptions
from reputation.intake.sender_memory import SenderMemory
from reputation.intake.spam_reports import Incoming, accept, accept_many, clean_many
from reputation.publisher import Publisher
from reputation.store import db
from reputation.store.db import Store
from reputation.store.models import (
    ExchangedNode,
    ExchangePeer,
    Listing,
    ListingEvent,
    ListingPass,
    RemovalRequest,
    SenderScore,
)
from reputation.verdict.decision import decide
from reputation.verdict.live import Live
from reputation.verdict.matches import Match, Matches
from reputation.verdict.snapshot import Policies, Snapshot
from reputation.verdict.zones import DYNAMIC, SLOTS
from tests.conftest import NOON, Cast
from tests.neighbour import others
from tests.snapshots import origins

ORIGINS = origins({"203.0.112.0/22": (64500, "AT", "Example Net"), "198.51.100.0/24": (64501, "DE", "Other Net")})
Levels = Callable[..., list[int]]


@pytest.fixture
def levels(store: Store) -> Levels:
    """At which levels DNS lists an address."""
    publisher = Publisher(Live(), lambda: ORIGINS, lambda content: ORIGINS, "")
    asking = Policies(databases=[3] * SLOTS, categories=[0] * SLOTS, levels=[1, 2, 3, 4], has_origin_rules=[0] * SLOTS)

    def at(text: str, now: int = NOON) -> list[int]:
        publisher.catch_up(now)
        assert publisher.live.current is not None
        served = Snapshot(publisher.live.current.standard, publisher.live.current.dynamic, policies=asking)
        return [level for level in range(1, 5) if decide(served, DYNAMIC, level - 1, *parse_address(text), now).code]

    return at


def spam(*hosts: int, at: int = NOON, network: str = "203.0.113") -> None:
    accept_many([Incoming(f"{network}.{host}", "trap") for host in hosts], at, ORIGINS)


def networks() -> list[str]:
    return sorted(row.network for row in others(Listing) if "/" in row.network)


def test_an_address_that_was_never_seen_is_listed_where_two_senders_of_its_network_sent_spam(levels: Levels) -> None:
    spam(1)
    assert levels("203.0.113.77") == levels("203.0.112.77") == []

    spam(2, 3)

    assert levels("203.0.113.77") == [2, 3, 4]
    assert levels("203.0.112.77") == [3, 4], "of the networks beside one must be surer"
    assert levels("203.0.116.77") == levels("198.51.100.77") == []


def test_a_listed_network_ends_by_itself_twelve_hours_after_its_newest_spam(levels: Levels) -> None:
    spam(1, 2, 3)
    spam(4, at=NOON + HOUR)

    assert levels("203.0.113.77", NOON + 13 * HOUR - 1) != []
    assert levels("203.0.113.77", NOON + 13 * HOUR) == []


def test_more_spam_never_shortens_what_is_listed(levels: Levels) -> None:
    chance, now = random.Random(7), NOON
    spam(1, 2, 3)
    for _ in range(40):
        before = {row.network: row.level2_until for row in others(Listing)}
        now += chance.randrange(2 * HOUR)
        spam(chance.randrange(256), at=now, network=chance.choice(("203.0.113", "203.0.112", "198.51.100")))
        after = {row.network: row.level2_until for row in others(Listing)}
        assert all(after.get(network, 0) >= until for network, until in before.items() if until > now)


def test_a_sender_with_mail_of_its_own_passes_where_its_network_is_listed(levels: Levels) -> None:
    clean_many({"203.0.113.50": 8}, NOON, ORIGINS)
    spam(*range(1, 9))

    assert levels("203.0.113.77")[-3:] == [2, 3, 4]
    assert levels("203.0.113.50") == []
    spam(50)
    assert 4 in levels("203.0.113.50"), "spam of its own is another thing"


def test_clean_mail_from_all_over_a_network_ends_its_listing(levels: Levels) -> None:
    spam(1, 2, 3)
    clean_many({f"203.0.113.{host}": 3 for host in range(100, 120)}, NOON + 60, ORIGINS)

    assert levels("203.0.113.77", NOON + 60) == [] and networks() == []
    assert "removed" in [row.what for row in others(ListingEvent).where(ListingEvent.network == "203.0.113.0/24")]


def test_a_network_that_sends_clean_mail_passes_in_a_wider_one_that_is_listed(levels: Levels) -> None:
    for third in (112, 114, 115):
        spam(*range(1, 12), network=f"203.0.{third}")
    clean_many({f"203.0.113.{host}": 3 for host in range(1, 8)}, NOON, ORIGINS)
    spam(200, network="203.0.112")

    assert "203.0.112.0/22" in networks() and levels("203.0.114.77")[-3:] == [2, 3, 4]
    assert levels("203.0.113.77") == []


def asked(text: str, at: int, code: int = 2, weight: int = 1) -> str:
    address = parse_address(text)
    return questions.count(Matches([Match(at, 1, DYNAMIC, code, *address)]), ORIGINS, at, weight)


def test_who_was_deferred_five_minutes_ago_passes_for_a_week_or_until_it_sends_spam(levels: Levels) -> None:
    spam(1, 2, 3)
    assert asked("203.0.113.77", NOON)
    assert questions.count(Matches(), ORIGINS, NOON + 5 * MINUTE - 1) == ""
    assert levels("203.0.113.77", NOON + 5 * MINUTE - 1) == [2, 3, 4]

    assert "1 may pass" in questions.count(Matches(), ORIGINS, NOON + 5 * MINUTE)

    assert levels("203.0.113.77", NOON + 5 * MINUTE) == [] and levels("203.0.113.78", NOON + 5 * MINUTE) == [2, 3, 4]
    assert questions.count(Matches(), ORIGINS, NOON + 6 * MINUTE) == "", "once"
    spam(4, 5, at=NOON + DAY)
    assert levels("203.0.113.77", NOON + DAY) == []
    accept("203.0.113.77", "filter", NOON + DAY + 1, origins=ORIGINS)
    assert levels("203.0.113.77", NOON + DAY + 1) != []


def test_where_those_who_passed_send_spam_nobody_passes_any_more(levels: Levels) -> None:
    spam(1, 2, 3)
    for host in (10, 11, 12, 77):
        asked(f"203.0.113.{host}", NOON)
    questions.count(Matches(), ORIGINS, NOON + 5 * MINUTE)
    assert levels("203.0.113.77", NOON + 5 * MINUTE) == []

    for host in (10, 11, 12):
        accept(f"203.0.113.{host}", "trap", NOON + 6 * MINUTE, origins=ORIGINS)

    assert levels("203.0.113.77", NOON + 6 * MINUTE) != []


def test_no_network_around_a_protected_sender_is_listed_and_what_it_sends_speaks_for_none(levels: Levels) -> None:
    protected_senders.add("203.0.113.200", NOON)
    spam(*range(1, 20))
    accept_many([Incoming("203.0.113.200", "trap") for _ in range(9)], NOON, ORIGINS)

    assert networks() == [] and levels("203.0.113.77") == [] and levels("203.0.113.7")[-3:] == [2, 3, 4]


def test_what_a_person_removes_is_not_listed_by_its_network(levels: Levels) -> None:
    spam(1, 2, 3, 4)

    listings.remove("203.0.113.1", "dynamic", NOON + 60)
    assert levels("203.0.113.1", NOON + 60) == [] and levels("203.0.113.77", NOON + 60) != []
    spam(5, at=NOON + 120)
    assert levels("203.0.113.1", NOON + 120) == []
    listings.remove("203.0.113.0/24", "dynamic", NOON + 180)
    assert levels("203.0.113.77", NOON + 180) == levels("203.0.113.2", NOON + 180) == [] and networks() == []
    spam(9, at=NOON + 240)
    assert 2 not in levels("203.0.113.77", NOON + 240), "what is left is what its provider is known for"


def test_an_ipv6_network_is_a_56_and_a_48(levels: Levels) -> None:
    accept_many([Incoming(f"2001:db8:1:{number:x}::9", "trap") for number in range(4)], NOON, ORIGINS)

    assert [one for one in networks() if not one.endswith("/64")] == ["2001:db8:1::/48", "2001:db8:1::/56"]
    assert levels("2001:db8:1:77::1")[-3:] == [2, 3, 4] and levels("2001:db8:1:7777::1") != []
    assert levels("2001:db8:2::1") == []


def test_rows_of_those_who_pass_are_removed_when_they_end(levels: Levels) -> None:
    spam(1, 2, 3)
    asked("203.0.113.77", NOON)
    questions.count(Matches(), ORIGINS, NOON + 5 * MINUTE)
    ends = NOON + 5 * MINUTE + network_listings.PASSES_FOR
    assert others(ListingPass).count() == 1

    listings.sweep(ends - 1)
    assert others(ListingPass).count() == 1
    listings.sweep(ends)
    assert others(ListingPass).count() == 0


HOSTS = [f"203.0.{third}.{host}" for third in (112, 113) for host in (1, 2, 3, 9)] + ["198.51.100.1", "198.51.100.2"]


def said(memory: SenderMemory, text: str, now: int) -> tuple[list[int], list[int]]:
    """The levels at which the estimate lists an address for spam of its own, and for its networks."""
    own, around = (
        [level for level, until in enumerate(ends, 1) if until > now]
        for ends in estimate.verdict(memory.path_of(parse_address(text)))
    )
    return own, around


@pytest.mark.parametrize("seed", range(4))
def test_dns_says_of_every_address_what_the_estimate_says(levels: Levels, seed: int) -> None:
    """The same events through the tables and through memory: of strangers nothing is left out, and nothing is added.

    Of a sender with spam of its own, its networks list it as they list a stranger; and what is seen elsewhere, which
    moves all a little, is published with the next that is seen here.
    """
    chance, memory, now = random.Random(seed), SenderMemory(), NOON
    for text in HOSTS:  # who provides them is known from the beginning
        address = parse_address(text)
        memory.asked(address, now, ORIGINS.origin(*address).asn)
        asked(text, now, code=0)
    for _ in range(60):
        now += chance.randrange(20 * MINUTE)
        text, what = chance.choice(HOSTS), chance.choice(("trap", "trap", "filter", "complaint", "clean"))
        if what == "clean":
            memory.found_clean(parse_address(text), now)
            clean_many({text: 1}, now, ORIGINS)
        else:
            memory.reported(parse_address(text), now, what)
            accept(text, what, now, origins=ORIGINS)
        for one in HOSTS:
            own, around = said(memory, one, now)
            served = levels(one, now)
            assert set(own) <= set(served) <= set(own + around) | stays(one, now), (one, what, now - NOON)
            if one[:3] == text[:3] and not memory.path_of(parse_address(one)).sender.spam:
                assert set(around) <= set(served), (one, what, now - NOON)


def stays(text: str, now: int) -> set[int]:
    """The levels at which a network around an address stays listed although the estimate has fallen a little."""
    rows = [row for row in others(Listing) if "/" in row.network and inside(text, row.network)]
    ends = [(row.level1_until, row.level2_until, row.level3_until, row.level4_until) for row in rows]
    return {level for until in ends for level, end in enumerate(until, 1) if end > now}


def inside(text: str, network: str) -> bool:
    one, other = parse_network(text), parse_network(network)
    return other.first <= one.first <= other.last


def peer(name: str, weight: float = 1.0, introduced_by: str = "") -> int:
    row = ExchangePeer.create(
        name=name, key=f"key of {name}", address=f"https://{name}.example/", introduced_by=introduced_by, weight=weight,
        added_at=NOON, takes_networks=True,
    )  # fmt: skip
    return int(row.id)


def tells(number: int, network: str, spam: float, at: int = NOON) -> None:
    ExchangedNode.create(peer=number, name=network, at=at, spam=spam, seen=spam, reporters=2, newest=at)
    with db.write():
        network_listings.review_told([network], Exemptions(ORIGINS), ORIGINS, at)


def test_two_installations_that_agree_list_a_network_that_was_never_seen_here(levels: Levels) -> None:
    spam(1, 2, network="198.51.100")  # something is known of mail at all
    tells(peer("alpha"), "203.0.113.0/24", 4.0)
    assert levels("203.0.113.77") == [], "one alone says nothing"

    tells(peer("beta"), "203.0.113.0/24", 4.0)

    assert levels("203.0.113.77") != [] and levels("203.0.113.77", NOON + 12 * HOUR) == []
    assert levels("203.0.112.77") == [], "they told of the /24"
    asked("203.0.113.77", NOON)
    questions.count(Matches(), ORIGINS, NOON + 5 * MINUTE)
    assert levels("203.0.113.77", NOON + 5 * MINUTE) == []


def test_peers_of_one_introduction_and_those_who_are_believed_nothing_list_nothing(levels: Levels) -> None:
    spam(1, 2, network="198.51.100")
    first = peer("alpha")
    for number in range(20):
        tells(peer(f"friend {number}", introduced_by="key of alpha"), "203.0.113.0/24", 9.0)
    tells(first, "203.0.113.0/24", 9.0)
    tells(peer("liar", weight=0.0), "203.0.113.0/24", 9.0)

    assert levels("203.0.113.77") == [] and "203.0.113.0/24" not in networks()


def test_one_installation_adds_to_what_we_have_seen_ourselves(levels: Levels) -> None:
    spam(1)
    assert levels("203.0.113.77") == []

    tells(peer("alpha"), "203.0.113.0/24", 4.0)

    assert levels("203.0.113.77") != []


PROVIDER = origins({"45.0.0.0/8": (64500, "AT", "Example Net")})


def test_what_an_organization_or_a_complaint_says_lists_no_network_that_its_provider_has_earned(
    levels: Levels, cast: Cast
) -> None:
    accept_many([Incoming(f"45.{number}.7.9", "trap") for number in range(20)], NOON, PROVIDER)

    accept("45.200.7.5", "filter", NOON, organization_id=cast.acme.id, origins=PROVIDER)
    accept("45.201.7.5", "complaint", NOON, origins=PROVIDER)

    assert levels("45.200.7.66") == levels("45.200.4.1") == levels("45.201.7.66") == []


def test_a_sender_that_is_listed_for_its_network_alone_can_be_removed(levels: Levels) -> None:
    spam(1, 2, 3, 4)

    assert listings.remove("203.0.113.200", "dynamic", NOON + 60) == 1

    assert levels("203.0.113.200", NOON + 60) == [] and levels("203.0.113.201", NOON + 60) != []


@pytest.mark.touches("Alert", reason="every organization is told when reports were taken back")
def test_a_purge_leaves_no_network_that_one_sender_alone_would_list(levels: Levels) -> None:
    for host, reporter in ((1, "bad"), (2, "good")):
        accept(f"203.0.113.{host}", "trap", NOON + host, reporter=reporter, origins=ORIGINS)
    assert networks() != []

    purging.purge("trap", 0, NOON + 60, "olga", "bad", origins=ORIGINS)

    assert networks() == [] and levels("203.0.113.2", NOON + 60) != []


def test_whoever_is_listed_otherwise_does_not_come_to_pass_by_being_asked_about(levels: Levels) -> None:
    listings.add("198.51.100.7", "dynamic", "ETL", HOUR, "By hand", NOON)
    spam(1)
    for text in ("198.51.100.7", "203.0.113.1"):
        asked(text, NOON)

    assert questions.count(Matches(), ORIGINS, NOON + 5 * MINUTE) == ""
    assert others(ListingPass).count() == 0


@pytest.fixture
def room_for_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "MOST_KEPT", 3)
    monkeypatch.setattr(questions, "FORGOTTEN_AT_ONCE", 2)


def kept() -> list[str]:
    return sorted(row.network for row in others(SenderScore))


def test_of_too_many_that_only_asked_the_oldest_are_forgotten_and_it_is_said(
    store: Store, room_for_three: None
) -> None:
    for number in range(6):
        asked(f"198.51.100.{number}", NOON + number, code=0)
    accept("203.0.113.1", "trap", NOON - DAY)
    clean_many({"203.0.113.2": 1}, NOON - DAY)

    assert questions.bound(NOON + MINUTE) == 3

    assert kept() == ["198.51.100.3", "198.51.100.4", "198.51.100.5", "203.0.113.1", "203.0.113.2"]
    (told,) = other_packets.last_24_hours(NOON + MINUTE)
    assert (told.kind, told.packets) == (other_packets.FORGOTTEN, 3)
    assert questions.bound(NOON + MINUTE) == 0


def test_who_waits_to_pass_is_not_forgotten_and_who_passes_goes_last(levels: Levels, room_for_three: None) -> None:
    spam(1, 2, 3)
    asked("203.0.113.77", NOON)
    questions.count(Matches(), ORIGINS, NOON + 5 * MINUTE)
    asked("203.0.113.78", NOON + 5 * MINUTE)
    for number in range(9):
        asked(f"198.51.100.{number}", NOON + 6 * MINUTE, code=0)

    questions.bound(NOON + 6 * MINUTE)
    assert {"203.0.113.77", "203.0.113.78"} < set(kept())
    assert questions.count(Matches(), ORIGINS, NOON + 10 * MINUTE)
    assert levels("203.0.113.77", NOON + 10 * MINUTE) == levels("203.0.113.78", NOON + 10 * MINUTE) == []


def test_whoever_is_forgotten_passes_no_longer_so_that_these_rows_are_bounded_too(
    levels: Levels, room_for_three: None
) -> None:
    spam(1, 2, 3)
    for number in range(10, 15):
        asked(f"203.0.113.{number}", NOON + number)
    questions.count(Matches(), ORIGINS, NOON + 10 * MINUTE)
    assert others(ListingPass).count() == 5

    questions.bound(NOON + 10 * MINUTE)

    assert sorted(row.network for row in others(ListingPass)) == [f"203.0.113.{number}" for number in (12, 13, 14)]
    assert levels("203.0.113.10", NOON + 10 * MINUTE) == [2, 3, 4] and levels("203.0.113.14", NOON + 10 * MINUTE) == []


def test_an_accepted_request_for_removal_lets_one_sender_go_and_no_other(levels: Levels, cast: Cast) -> None:
    spam(1, 2, 3, 4)
    request = RemovalRequest.create(
        address="203.0.113.200",
        email="ada@sender.example",
        reason="",
        created_at=NOON,
        due_at=NOON,
        token_hash="x" * 64,
    )

    assert removals.decide(request.id, removals.ACCEPTED, "", "olga@example.com", NOON).removed == 1

    assert levels("203.0.113.200") == [] and levels("203.0.113.201") != [] and levels("203.0.113.1") != []
