"""A clock that was a year ahead for a moment keeps nobody listed, and lets no evidence stand for that year."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reputation import jobs
from reputation.addresses.address import parse_address
from reputation.clock import Clock
from reputation.intake import listings, network_listings, questions, sender_scores, spam_reports, step_sums, times_ahead
from reputation.intake.estimate import DAY, HOUR, MINUTE, NETWORK_STAYS, NEVER, OWN_STAYS, RETRY
from reputation.intake.spam_reports import Incoming, accept, accept_many, clean_many
from reputation.publisher import Publisher
from reputation.store import changes, db
from reputation.store.db import Store
from reputation.store.models import (
    Feed,
    FeedRevision,
    LastAsked,
    Listing,
    ListingPass,
    OrganizationListing,
    SenderScore,
    SpamReport,
)
from reputation.verdict.decision import decide
from reputation.verdict.live import Live
from reputation.verdict.matches import Match, Matches
from reputation.verdict.zones import DYNAMIC
from tests.conftest import NOON, Cast
from tests.neighbour import others
from tests.snapshots import origins

YEAR = 365 * DAY
SENDER, ANOTHER = "203.0.113.9", "203.0.113.77"
KNOWN = origins({})

TOUCHED = pytest.mark.touches(
    "SenderScore", "OrganizationScore", "ScoredNode", "LearnedSums", "OrganizationListing", "ListingPass",
    "Listing", "ExchangeGiven", "ExchangedNode",
    reason="they are of a time to come, as all of the neighbour's that no job may remove",
)  # fmt: skip

Served = Callable[[str, int], bool]


@pytest.fixture
def served(store: Store, cast: Cast) -> Served:
    publisher = Publisher(Live(), lambda: KNOWN, lambda content: KNOWN, "")

    def is_served(text: str, now: int) -> bool:
        publisher.catch_up(now)
        assert publisher.live.current is not None
        return bool(decide(publisher.live.current, DYNAMIC, cast.acme.id, *parse_address(text), now).code)

    return is_served


@TOUCHED
def test_a_report_of_a_clock_a_year_ahead_lists_its_sender_no_longer_than_one_of_now(served: Served) -> None:
    accept(SENDER, "trap", NOON + YEAR)
    assert served(SENDER, NOON + YEAR - DAY)

    assert times_ahead.put_back(NOON) > 0

    assert served(SENDER, NOON) and not served(SENDER, NOON + OWN_STAYS[1] + 2 * HOUR)
    assert max(row.expires_at for row in others(Listing)) == NOON + NETWORK_STAYS[3]
    assert others(SpamReport).get().reported_at == NOON


@TOUCHED
def test_a_network_that_was_listed_a_year_ahead_ends_within_half_a_day(served: Served) -> None:
    accept_many([Incoming(f"203.0.113.{host}", "trap") for host in (1, 2, 3)], NOON + YEAR)
    assert served(ANOTHER, NOON + YEAR - DAY)

    times_ahead.put_back(NOON)

    assert served(ANOTHER, NOON + 12 * HOUR - 1) and not served(ANOTHER, NOON + 12 * HOUR)


@TOUCHED
def test_evidence_that_comes_after_the_clock_is_right_again_fades_and_ends_as_any(store: Store) -> None:
    accept(SENDER, "trap", NOON + YEAR)
    times_ahead.put_back(NOON)

    made = accept(SENDER, "trap", NOON + HOUR)

    assert made.expiries[1] == NOON + HOUR + OWN_STAYS[1]
    assert spam_reports.state_of(SENDER, NOON + 30 * DAY).spam < made.spam / 16


@TOUCHED
def test_what_one_organization_reports_by_a_clock_ahead_ends_for_it_too(cast: Cast) -> None:
    accept(SENDER, "hand", NOON + YEAR, organization_id=cast.acme.id)

    times_ahead.put_back(NOON)

    row = others(OrganizationListing).get()
    assert (row.reported_at, row.expires_at, row.level2_until) == (NOON, NOON + 12 * HOUR, NOON + OWN_STAYS[1])
    assert max(sender_scores.load_own([SENDER])[SENDER][cast.acme.id].until) == NOON + OWN_STAYS[3]


@TOUCHED
@pytest.mark.parametrize("door", ["clean", "question", "complaint"])
def test_whatever_moves_the_sums_is_put_back(store: Store, door: str) -> None:
    if door == "clean":
        clean_many({SENDER: 1}, NOON + YEAR)
    elif door == "question":
        questions.count(Matches([Match(NOON + YEAR, 1, DYNAMIC, 0, *parse_address(SENDER))]), KNOWN, NOON)
    else:
        accept(SENDER, "complaint", NOON + YEAR)

    times_ahead.put_back(NOON)

    sender = sender_scores.load([SENDER])[SENDER]
    assert max(sender.at, sender.last, sender.asked) <= NOON
    nodes, hours = step_sums.load_nodes(["203.0.113.0/24", "203.0.112.0/22", "world"])
    assert nodes and all(max(node.at, node.last, node.other) <= NOON for node in nodes.values())
    assert all(one.at <= NOON for one in hours.values())
    assert step_sums.load_learned().at <= NOON
    assert nodes["world"].last in (NEVER, NOON)


@TOUCHED
def test_whoever_passes_a_year_ahead_passes_a_week(store: Store) -> None:
    accept(SENDER, "trap", NOON + YEAR)
    with db.write():
        network_listings.save_passes({ANOTHER: (True,) * 4}, NOON + YEAR)

    times_ahead.put_back(NOON)

    row = others(ListingPass).get()
    assert {row.expires_at, row.level1_until, row.level4_until} == {NOON + network_listings.PASSES_FOR}


@TOUCHED
def test_the_times_of_an_ordinary_day_and_what_people_list_stay(cast: Cast) -> None:
    listings.add("198.51.100.7", "dynamic", "ETL", YEAR, "By hand", NOON)
    accept(SENDER, "trap", NOON)
    accept(SENDER, "hand", NOON, organization_id=cast.acme.id)
    before = list(others(Listing).dicts())

    assert times_ahead.put_back(NOON) == 0
    assert times_ahead.put_back(NOON - times_ahead.AHEAD) == 0, "clocks of two nodes"

    accept(ANOTHER, "trap", NOON + YEAR)
    times_ahead.put_back(NOON)
    assert others(Listing).where(Listing.source == "hand").get().expires_at == NOON + YEAR
    assert all(row in others(Listing).dicts() for row in before)


@TOUCHED
def test_the_job_that_sweeps_puts_back_and_says_so(store: Store) -> None:
    accept(SENDER, "trap", NOON + YEAR)
    context = jobs.JobContext(store, None, None, None)  # type: ignore[arg-type]

    said = jobs.sweep(context, NOON)

    assert "check the clock" in said
    assert jobs.sweep(context, NOON + MINUTE) == ""


def test_a_fetch_and_a_change_of_a_time_to_come_are_of_now_and_lists_are_built_anew(store: Store) -> None:
    feed = Feed.create(
        name="one", source="/list", format="plain", category="KSS", database="dynamic", every=HOUR, duration=DAY,
        created_at=NOON, refreshed_at=NOON + YEAR,
    )  # fmt: skip
    made = {"state": "live", "hash": "0" * 64, "entries": 0, "ranges4": b"", "ranges6": b""}
    FeedRevision.create(feed=feed, fetched_at=NOON + YEAR, seen_at=NOON + YEAR, **made)
    with db.write():
        changes.record_change(changes.STANDARD_FEEDS, NOON + YEAR)
    before = changes.generations()

    assert times_ahead.put_back(NOON) == 4, "a feed, its revision, and two parts"
    assert times_ahead.put_back(NOON) == 0

    row = others(FeedRevision).get()
    assert (row.fetched_at, row.seen_at, others(Feed).get().refreshed_at) == (NOON, NOON, NOON)
    risen = {name for name, generation in changes.generations().items() if generation > before[name]}
    assert risen == {changes.STANDARD_FEEDS, changes.DYNAMIC_FEEDS}
    assert max(state.changed_at for state in changes.states().values()) <= NOON


def test_a_clock_that_was_set_back_within_the_hour_puts_nothing_back_through_the_job(store: Store) -> None:
    wall, passes = [NOON + 0.0], [1000.0]
    context = jobs.JobContext(
        store,
        None,
        None,
        None,
        clock=Clock(lambda: wall[0], lambda: passes[0]),  # type: ignore[arg-type]
    )
    LastAsked.update(last_at=NOON).execute()
    wall[0] -= YEAR

    assert "Put back" not in jobs.sweep(context, NOON - YEAR), "the new time may be the wrong one"
    assert LastAsked.get().last_at == NOON


def test_who_was_deferred_in_a_time_to_come_has_waited_long_enough(store: Store) -> None:
    SenderScore.create(network=SENDER, neighbourhood="203.0.113.0/24", at=NOON, waits=NOON)

    assert not sender_scores.waiting(NOON - 60 - RETRY, 10), "another node's clock may be a little ahead"
    assert list(sender_scores.waiting(NOON - HOUR - RETRY, 10)) == [SENDER]
