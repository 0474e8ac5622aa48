"""General: figures, what is loaded, the first steps, and how the page refreshes itself."""

from __future__ import annotations

import re

import pytest

from portal.app_context import AppContext
from reputation.counting import hours, quotas
from reputation.customers import policy
from reputation.ranges import Ranges
from reputation.store import changes
from reputation.store.models import Feed, FeedRevision, User
from reputation.verdict.counters import OVER_QUOTA, Batch
from reputation.verdict.origins import EMPTY
from tests.conftest import NOON, Cast
from tests.neighbour import is_others
from tests.portal.conftest import Browser, Clock, content

HOUR = 3600


def asked(organization: int, hour: int, queries: int, matched: int = 0, deferred: int = 0) -> None:
    """An hour in which a mail server asked both databases about each connection."""
    batch = Batch()
    batch.answers.update(
        {
            (hour, organization, 0, 0): queries - matched,
            (hour, organization, 0, 2): matched,
            (hour, organization, 1, 0): queries - matched - deferred,
            (hour, organization, 1, 2): deferred,
        }
    )
    batch.last_asked[organization] = hour
    hours.write(batch, EMPTY)


def feed(name: str, status: str = "good", message: str = "", entries: int = 7, at: int | None = NOON - 720) -> None:
    row = Feed.create(
        name=name,
        source="/nowhere",
        format="plain",
        category="KSS",
        database="standard",
        every=HOUR,
        duration=HOUR,
        status=status,
        message=message,
        refreshed_at=at,
        created_at=NOON,
    )
    four, six = Ranges.empty().to_blobs()
    FeedRevision.create(
        feed=row, state="live", fetched_at=NOON, seen_at=NOON, hash="", entries=entries, ranges4=four, ranges6=six
    )


def test_the_figures_are_those_of_the_last_24_hours(ada: Browser, cast: Cast) -> None:
    asked(cast.acme.id, NOON, 1000, matched=250, deferred=30)
    asked(cast.acme.id, NOON - 23 * HOUR, 500, matched=50)
    asked(cast.acme.id, NOON - 24 * HOUR, 1250)

    text = content(ada.get("/"))

    assert "Queries, 24 hours 1,500 +20.0 % on the day before" in text
    assert "Matched, 24 hours 22.0 % 330 connections, 300 refused" in text
    assert "Deferred, 24 hours 30" in text


def test_another_organization_sees_its_own_figures(boris: Browser, cast: Cast) -> None:
    asked(cast.acme.id, NOON, 1000)

    text = content(boris.get("/"))

    assert "Queries, 24 hours 0 nobody has asked yet" in text
    assert "with an advanced subscription" in text


def test_the_chart_and_its_table_show_the_same_hours(ada: Browser, cast: Cast) -> None:
    asked(cast.acme.id, NOON - 2 * HOUR, 400, matched=100)

    page = ada.get("/")

    chart = re.search(r'<div class="chart[^>]*>', page.text)
    assert chart and 'data-chart="hours-table"' in chart[0] and "hidden" not in chart[0]
    table = page.text.partition('<table id="hours-table">')[2].partition("</table>")[0]
    assert table.count("<time ") == 24
    assert re.search(r"10:00 400 100 25\.0 %", content(page))


def test_without_queries_the_page_says_what_will_fill_the_place(ada: Browser) -> None:
    page = ada.get("/")

    assert "No queries in the last 24 hours." in content(page)
    assert 'data-lines="4" hidden></div>' in page.text
    assert "Set up a mail server" in content(page)


@pytest.mark.alone("the operator has not added a feed yet")
def test_without_feeds_it_offers_the_command_that_adds_one(ada: Browser) -> None:
    assert "gatepost feed add" in content(ada.get("/"))


@pytest.mark.parametrize("status", ["good", "held", "failed", "waiting"])
def test_a_feed_shows_its_state_and_what_a_person_should_know(ada: Browser, status: str) -> None:
    feed("drop", status, "41 % fewer <entries>")

    page = ada.get("/")

    assert f'class="state {status}"' in page.text
    assert ("41 % fewer &lt;entries&gt;" in page.text) == (status != "good")
    assert "drop" in content(page) and "12 min ago" in content(page)


def test_a_feed_that_missed_its_turns_is_stale(ada: Browser) -> None:
    feed("drop", at=NOON - 4 * HOUR)

    assert 'class="state stale"' in ada.get("/").text


def test_entries_are_summed_and_since_when_they_are_served_is_told(
    ada: Browser, clock: Clock, app_context: AppContext
) -> None:
    feed("one", entries=100_000)
    feed("two", entries=3_590)
    assert "103,591" not in content(ada.get("/")), "they are stored, and not served yet"
    changes.record_change(changes.STANDARD_FEEDS, NOON)
    app_context.publisher.catch_up(NOON)
    clock.advance(minutes=26)

    assert "Entries loaded 103,591 changed 26 min ago" in content(ada.get("/"))


def test_the_first_steps_tick_themselves(ada: Browser, cast: Cast) -> None:
    assert "First steps 2 of 5" in content(ada.get("/"))  # a code, and two people

    policy.add_rule(cast.acme.id, "approved", "192.0.2.25", NOON)
    feed("drop")
    asked(cast.acme.id, NOON, 1)

    assert "First steps 5 of 5" in content(ada.get("/"))


def polled(page_text: str) -> str:
    """The address that the page polls."""
    found = re.search(r'id="poll"[^>]*hx-get="([^"]+)"', page_text)
    assert found, "the page does not poll"
    return found[1].replace("&amp;", "&")


def test_a_refresh_in_which_nothing_changed_moves_nothing(ada: Browser) -> None:
    answer = ada.fragment(polled(ada.get("/").text))

    assert (answer.status_code, answer.text) == (204, "")


def test_a_refresh_brings_new_figures_into_their_places(ada: Browser, cast: Cast) -> None:
    address = polled(ada.get("/").text)
    asked(cast.acme.id, NOON, 10)

    answer = ada.fragment(address)

    assert answer.status_code == 200
    assert "<html" not in answer.text
    parts = re.findall(r'<div id="(\w+)" hx-swap-oob="innerHTML">', answer.text)
    assert parts == ["unwell", "quota", "figures", "nothing", "hours", "state"]
    assert ada.fragment(polled(answer.text)).status_code == 204


def test_the_page_says_as_of_when_it_is(ada: Browser, clock: Clock) -> None:
    address = polled(ada.get("/").text)
    clock.advance(minutes=1)

    assert "As of 12:01" in ada.fragment(address).text


def test_a_page_left_open_stops_asking_and_says_so(ada: Browser, clock: Clock) -> None:
    address = polled(ada.get("/").text)
    clock.advance(hours=8)

    answer = ada.fragment(address)

    assert answer.status_code == 286
    assert "no longer refreshes itself" in answer.text
    assert "hx-trigger" not in answer.text


def test_times_are_in_the_readers_time_zone(ada: Browser, cast: Cast) -> None:
    User.update(time_zone="Europe/Vienna").where(is_others(User)).execute()
    asked(cast.acme.id, NOON, 3)

    text = content(ada.get("/"))

    assert "all times Europe/Vienna" in text
    assert "14:00" in text and "As of 14:00" in text


def test_an_unknown_time_zone_is_utc(ada: Browser) -> None:
    User.update(time_zone="Mars/Olympus").where(is_others(User)).execute()

    assert "all times UTC" in content(ada.get("/"))


def test_an_organization_sees_how_much_of_its_quota_is_used(
    ada: Browser, boris: Browser, cast: Cast, app_context: AppContext
) -> None:
    app_context.daily_quota = 1000
    seen = []
    for queries in (790, 10, 200):
        asked(cast.acme.id, NOON, queries)
        quotas.follow(1000, NOON)
        seen.append(content(ada.get("/")))

    assert "Daily quota: 790 of 1,000 connections used today (UTC), 79.0 %." in seen[0]
    assert "80.0 % of the daily quota are used: 800 of 1,000 connections." in seen[1]
    assert "The daily quota of 1,000 connections is used up since 12:00:00." in seen[2]
    for _ in range(3):
        app_context.counts.counters.turn_away(cast.acme.id, OVER_QUOTA, "192.0.2.0/24", NOON)
    hours.flush(app_context.counts, EMPTY, NOON)
    assert "so that all mail passes: 3 packets were answered so." in content(ada.get("/"))
    assert "Daily quota: 0 of 1,000 connections used today" in content(boris.get("/"))


def test_the_operator_sees_whose_quota_is_used_up_and_nobody_else_does(
    olga: Browser, boris: Browser, cast: Cast, app_context: AppContext
) -> None:
    app_context.daily_quota = 100
    asked(cast.acme.id, NOON, 100)
    asked(cast.basic.id, NOON, 85)
    quotas.follow(100, NOON)

    assert "Acme : 100 connections used up at 12:00:00; nobody is listed for it" in content(olga.get("/"))
    assert "Basic : 80 % of 100 connections are used" in content(olga.get("/"))
    assert "Acme" not in content(boris.get("/"))


def test_without_a_quota_nothing_is_said_of_one(ada: Browser, cast: Cast) -> None:
    asked(cast.acme.id, NOON, 10**6)

    assert "quota" not in content(ada.get("/")).lower()
