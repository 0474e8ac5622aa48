"""Global Spam Statistics: everybody sees the same ranking, and of bots, queries and rules each sees the own."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from werkzeug.test import TestResponse

from portal.app_context import AppContext
from portal.statistics import isp_list, world_map
from portal.statistics.screen import Bots
from reputation.counting import volumes
from reputation.counting.volumes import DAY, WEEK
from reputation.countries import COUNTRIES
from reputation.customers import policy
from reputation.intake import listings
from reputation.publisher import Publisher
from reputation.store import db
from reputation.store.models import BotHour, MailServer, QueryLogEntry
from reputation.verdict.counters import HOUR
from reputation.verdict.live import Live
from reputation.verdict.origins import EMPTY
from tests.conftest import NOON, ROOT, Cast
from tests.portal.conftest import Browser, content
from tests.snapshots import origins

ONE, TWO, LONG = 64500, 64501, 64510
KNOWN = origins(
    {
        "192.0.2.0/24": (ONE, "AT", "Example Net"),
        "198.51.100.0/24": (TWO, "DE", "Zweites Netz <b>"),
        "203.0.113.0/24": (LONG, "SG", "Very " + "Long" * 60),
    }
)
VALUES = {ONE: 0xC0000201, TWO: 0xC6336401, LONG: 0xCB007101}
WEEK_NOW = volumes.week_of(NOON)
LAST_WEEK = isp_list.rankings.name(WEEK_NOW - WEEK)


def spam(asn: int, times: int, at: int = NOON) -> None:
    with db.write():
        volumes.add([(at, 4, VALUES[asn])] * times, KNOWN)


@pytest.fixture
def known(app_context: AppContext, cast: Cast) -> AppContext:
    """A house with a table of origins."""
    app_context.publisher = Publisher(
        app_context.live, lambda: KNOWN, lambda _: EMPTY, "http://127.0.0.1/lookup?address="
    )
    app_context.publisher.catch_up(NOON)
    return app_context


@pytest.fixture
def counted(known: AppContext) -> AppContext:
    """Last week the second ISP led, this week the first one does."""
    spam(ONE, 2, WEEK_NOW - DAY)
    spam(TWO, 5, WEEK_NOW - DAY)
    spam(ONE, 9)
    spam(TWO, 4)
    return known


def lines(answer: TestResponse) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.text)))


def names(answer: TestResponse) -> list[int]:
    """The ASNs of the list, from the top."""
    return [int(asn) for asn in re.findall(r'<th scope="row"><a href="/statistics/isp/(\d+)"', answer.text)]


# The ISP Spam List


def test_the_list_has_the_six_columns_in_their_order(ada: Browser, counted: AppContext) -> None:
    rows = lines(ada.get("/statistics/isps.csv"))

    assert rows[0] == [
        "Rank This Week",
        "Rank Last Week",
        "ASN",
        "ISP Name",
        "Spam Volume (24 hours)",
        "Botnet Activity",
    ]
    assert rows[1:] == [["1", "2", str(ONE), "Example Net", "9", ""], ["2", "1", str(TWO), "Zweites Netz <b>", "4", ""]]


def test_a_rank_that_rose_has_an_arrow_and_a_number_and_so_has_one_that_fell(ada: Browser, counted: AppContext) -> None:
    page = ada.get("/statistics").text

    assert re.search(r'class="rank-move spam"><svg [^>]*aria-label="up".*?</svg>1<', page, re.DOTALL)
    assert re.search(r'class="rank-move good"><svg [^>]*aria-label="down".*?</svg>1<', page, re.DOTALL)


def test_a_week_that_is_over_is_shown_with_its_own_ranks_and_its_sunday(ada: Browser, counted: AppContext) -> None:
    answer = ada.get(f"/statistics?week={LAST_WEEK}")

    assert names(answer) == [TWO, ONE]
    assert "ranks final" in content(answer)
    assert [row[4] for row in lines(ada.get(f"/statistics/isps.csv?week={LAST_WEEK}"))[1:]] == ["5", "2"]


def test_the_chosen_week_is_the_one_the_picker_shows(ada: Browser, counted: AppContext) -> None:
    page = ada.get(f"/statistics?week={LAST_WEEK}").text

    assert re.findall(r'<option value="([^"]+)" selected', page) == [LAST_WEEK]


@pytest.mark.parametrize("week", ["2026-W99", "x", "<script>", "1970-W01", "9999-W01"])
def test_a_week_that_is_none_or_has_no_ranking_is_no_error(ada: Browser, counted: AppContext, week: str) -> None:
    assert ada.client.get("/statistics", query_string={"week": week}).status_code == 200


@pytest.mark.parametrize(
    ("search", "found"),
    [("zweites", [TWO]), ("AS64500", [ONE]), ("64500", [ONE]), ("germany", [TWO]), ("at", [ONE]), ("nothing", [])],
)
def test_a_search_finds_by_name_number_and_country(
    ada: Browser, counted: AppContext, search: str, found: list[int]
) -> None:
    answer = ada.get(f"/statistics?search={search}")

    assert names(answer) == found
    assert found or "matches “nothing”" in content(answer)


def test_a_search_finds_what_is_not_among_the_first_hundred(
    ada: Browser, counted: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isp_list, "MOST", 1)

    assert names(ada.get("/statistics")) == [ONE]
    assert "The first 1 of 2 ISPs" in content(ada.get("/statistics"))
    assert names(ada.get("/statistics?search=zweites")) == [TWO]


def test_while_the_reader_types_only_the_list_is_sent(ada: Browser, counted: AppContext) -> None:
    part = ada.fragment("/statistics?search=zweites")

    assert names(part) == [TWO]
    assert "<html" not in part.text and "<form" not in part.text


@pytest.mark.parametrize(
    ("sort", "order"),
    [("rank", [ONE, TWO]), ("-rank", [TWO, ONE]), ("before", [TWO, ONE]), ("-asn", [TWO, ONE]), ("volume", [TWO, ONE])],
)
def test_the_list_stands_in_the_order_that_is_asked_for(
    ada: Browser, counted: AppContext, sort: str, order: list[int]
) -> None:
    assert names(ada.get(f"/statistics?sort={sort}")) == order


def test_what_had_no_rank_last_week_stands_last_in_that_order_either_way(ada: Browser, counted: AppContext) -> None:
    spam(LONG, 50)

    assert names(ada.get("/statistics?sort=before"))[-1] == LONG
    assert names(ada.get("/statistics?sort=-before"))[-1] == LONG


def test_a_name_with_markup_is_shown_and_not_obeyed(ada: Browser, counted: AppContext) -> None:
    assert "Zweites Netz &lt;b&gt;" in ada.get("/statistics").text


def test_each_isp_has_a_line_of_seven_days(ada: Browser, counted: AppContext) -> None:
    drawn = re.findall(r'<polyline points="([^"]+)"', ada.get("/statistics").text)

    assert [len(points.split()) for points in drawn] == [28, 28]


def test_everybody_sees_the_same_ranking_and_a_visitor_none(
    ada: Browser, vera: Browser, boris: Browser, olga: Browser, visitor: Browser, counted: AppContext
) -> None:
    for reader in (ada, vera, boris, olga):
        assert names(reader.get("/statistics")) == [ONE, TWO]
    for page in ("", "/isps.csv", "/map", "/map.csv", "/trend", "/trend.csv", f"/isp/{ONE}", f"/isp/{ONE}.csv"):
        assert visitor.get(f"/statistics{page}").status_code == 303


# Botnet Activity


def activity(cast: Cast, counts: dict[int, tuple[int, int]]) -> None:
    MailServer.create(organization=cast.acme.id, network="192.0.2.25", created_at=NOON)

    for asn, (present, before) in counts.items():
        for bots, hour in ((present, NOON - HOUR), (before, NOON - 2 * HOUR)):
            BotHour.create(organization=cast.acme.id, asn=asn, hour=hour, bots=bots)


def test_a_steep_rise_in_bots_is_red_and_bold_and_a_fall_is_not(ada: Browser, counted: AppContext, cast: Cast) -> None:
    activity(cast, {ONE: (13, 10), TWO: (9, 10)})

    page = ada.get("/statistics").text

    assert re.search(
        r'<span class="spam steep" title="13 bots in the last whole hour, 10 in the hour before">\+30\.0', page
    )
    assert re.search(r'<span title="9 bots in the last whole hour, 10 in the hour before">−10\.0', page)
    assert [row[5] for row in lines(ada.get("/statistics/isps.csv"))[1:]] == ["30.0", "-10.0"]


def test_without_mail_servers_the_page_asks_for_them(
    ada: Browser, boris: Browser, counted: AppContext, cast: Cast
) -> None:
    MailServer.create(organization=cast.acme.id, network="192.0.2.25", created_at=NOON)

    assert re.search("add your mail servers|needs your valid mail servers", content(boris.get("/statistics")))
    assert not re.search("add your mail servers|needs your valid mail servers", content(ada.get("/statistics")))


@pytest.mark.parametrize(
    ("present", "before", "words", "steep"),
    [
        (12, 10, "+20.0 %", False),
        (121, 100, "+21.0 %", True),
        (10, 10, "0.0 %", False),
        (0, 10, "−100.0 %", False),
        (1, 0, "new", True),
    ],
)
def test_bots_are_told_as_a_change(present: int, before: int, words: str, steep: bool) -> None:
    assert Bots(present, before).words.replace("\u202f", " ") == words
    assert Bots(present, before).is_steep is steep


# Before any traffic


@pytest.mark.alone("no ISP has sent any spam yet")
def test_a_new_installation_ranks_by_what_feeds_list_and_says_so(ada: Browser, known: AppContext) -> None:
    page = ada.get("/statistics")
    assert "Nothing to rank yet" in content(page)

    feed(known, "198.51.100.0/28", "192.0.2.5/32")
    answer = ada.get("/statistics")

    assert names(answer) == [TWO, ONE]
    assert "No spam has been counted yet, so the ISPs are ranked by their listed addresses" in content(answer)
    assert "listed addresses" in content(ada.get("/statistics/map"))
    assert ["DE", "Germany", "16"] in lines(ada.get("/statistics/map.csv"))


def test_from_the_first_spam_on_the_list_ranks_by_spam(ada: Browser, known: AppContext) -> None:
    feed(known, "198.51.100.0/28")
    spam(ONE, 1)

    answer = ada.get("/statistics")

    assert names(answer) == [ONE]
    assert "No spam has been counted yet" not in content(answer)


def feed(app_context: AppContext, *networks: str) -> None:
    from reputation.addresses.address import parse_network
    from reputation.ranges import Entries, build
    from reputation.store import changes
    from reputation.store.models import Feed, FeedRevision

    entries = Entries(4)
    for line, network in enumerate(map(parse_network, networks), 1):
        entries.add(network.first.to_bytes(4), network.last.to_bytes(4), line)
    made = build(entries, Entries(6))
    ranges4, ranges6 = made.to_blobs()
    now, kept = NOON, {"every": 3600, "duration": 3600, "database": "standard", "category": "KSS"}
    row = Feed.create(name="drop", source="-", format="plain", created_at=now, **kept)
    blobs = {"ranges4": ranges4, "ranges6": ranges6, "hash": "", "entries": made.count}
    FeedRevision.create(feed=row, state="live", fetched_at=now, seen_at=now, **blobs)
    with db.write():
        changes.record_change(changes.STANDARD_FEEDS, now)
    app_context.publisher.catch_up(now)


# The page of an ISP


def test_an_isp_has_a_page_with_its_hours_listings_and_countries(ada: Browser, counted: AppContext) -> None:
    listings.add("192.0.2.8/29", "standard", "KSS", 3600, "Sent to a trap", NOON)
    counted.publisher.catch_up(NOON)

    text = content(ada.get(f"/statistics/isp/{ONE}"))

    assert text.startswith("ISP Spam List Example Net AS64500 · Austria · 256 IPv4 addresses")
    assert "KSS known spam source" in text and "192.0.2.8/29" in text
    assert "Spam Volume (24 hours) 9" in text and "Rank This Week 1 2 last week" in text
    assert lines(ada.get(f"/statistics/isp/{ONE}.csv"))[-1] == ["2026-09-21T12:00:00Z", "9"]


@pytest.mark.parametrize("asn", ["0", "64999", "4294967296", "99999999999999999999", "x", "-1"])
def test_an_isp_that_nobody_knows_has_no_page(ada: Browser, counted: AppContext, asn: str) -> None:
    assert ada.get(f"/statistics/isp/{asn}").status_code == 404


def test_what_was_asked_is_the_organizations_own(ada: Browser, boris: Browser, counted: AppContext, cast: Cast) -> None:
    asked = {"asn": ONE, "database": 0}
    for code, step in ((2, "KSS"), (0, "no listing")):
        entry = {"address": "192.0.2.7", "asked_at": NOON - 60, "code": code, "decided_by": step}
        QueryLogEntry.create(organization=cast.acme.id, **entry, **asked)

    own = content(ada.get(f"/statistics/isp/{ONE}"))
    other = content(boris.get(f"/statistics/isp/{ONE}"))

    assert "1 match, and 1 connection that was not listed, of the sample that the log holds" in own
    assert "192.0.2.7" in own
    assert "192.0.2.7" not in other and "holds nothing of this ISP" in other


def test_blocking_an_isp_is_in_dns_at_once_and_can_be_undone(ada: Browser, counted: AppContext, cast: Cast) -> None:
    page = f"/statistics/isp/{ONE}"

    answer = ada.send(f"{page}/rule", page, action="blocked")

    assert (answer.status_code, answer.location) == (303, page)
    assert [rule.value for rule in policy.rules(cast.acme.id)] == ["isp:AS64500"]
    text = content(ada.get(page))
    assert "Example Net is blocked" in text and "Undo" in text
    assert "Your organization has blocked this ISP since" in text
    assert "127.0.0.11" in content(ada.get("/check?address=192.0.2.9"))

    assert ada.send(f"{page}/no-rule", page, action="blocked").status_code == 303
    assert policy.rules(cast.acme.id) == []
    assert "no longer blocked" in content(ada.get(page))


def test_the_result_is_shown_where_the_click_was(ada: Browser, counted: AppContext) -> None:
    page = f"/statistics/isp/{ONE}"
    ada.send(f"{page}/rule", page, action="approved")

    part = ada.fragment(page)

    assert "Example Net is approved. In DNS now; every mail server sees it by 12:05:00 at the latest." in part.text
    assert "Undo" in part.text
    assert "<html" not in part.text


def test_a_rule_that_stands_already_is_no_error(ada: Browser, counted: AppContext, cast: Cast) -> None:
    page = f"/statistics/isp/{ONE}"
    for _ in range(2):
        assert ada.send(f"{page}/rule", page, action="blocked").status_code == 303

    assert "isp:AS64500 is blocked already" in content(ada.get(page))
    assert len(policy.rules(cast.acme.id)) == 1


def test_a_rule_concerns_the_readers_organization_alone(
    ada: Browser, boris: Browser, counted: AppContext, cast: Cast
) -> None:
    page = f"/statistics/isp/{ONE}"
    ada.send(f"{page}/rule", page, action="blocked")

    assert "has blocked this ISP" not in content(boris.get(page))
    boris.send(f"{page}/no-rule", page, action="blocked")
    assert len(policy.rules(cast.acme.id)) == 1


def test_a_viewer_is_told_who_can_change_it_and_may_send_nothing(
    vera: Browser, counted: AppContext, cast: Cast
) -> None:
    page = f"/statistics/isp/{ONE}"

    assert "An administrator of your organization can block or approve this ISP" in content(vera.get(page))
    assert "Block this ISP" not in content(vera.get(page))
    assert vera.send(f"{page}/rule", page, action="blocked").status_code == 403
    assert policy.rules(cast.acme.id) == []


def test_what_is_neither_approved_nor_blocked_is_refused(ada: Browser, counted: AppContext, cast: Cast) -> None:
    page = f"/statistics/isp/{ONE}"

    assert ada.send(f"{page}/rule", page, action="deleted").status_code == 400
    assert ada.send("/statistics/isp/0/rule", page, action="blocked").status_code == 404
    assert policy.rules(cast.acme.id) == []


# The world map and the trend


@pytest.mark.alone("a shade is a share of what all have seen")
def test_the_map_is_shaded_by_volume_and_its_table_has_the_same_figures(ada: Browser, counted: AppContext) -> None:
    answer = ada.get("/statistics/map?span=day")

    assert re.search(r'<path class="s5" d="[^"]+"><title>Austria: 9 ', answer.text)
    assert re.search(r'<path class="s4" d="[^"]+"><title>Germany: 4 ', answer.text)
    assert re.search(r'<path class="s0" d="[^"]+"><title>France: none', answer.text)
    assert lines(ada.get("/statistics/map.csv?span=day")) == [
        ["Code", "Country", "Spam Volume"],
        ["AT", "Austria", "9"],
        ["DE", "Germany", "4"],
    ]


def test_a_country_too_small_for_a_shape_is_a_dot(ada: Browser, known: AppContext) -> None:
    spam(LONG, 3)

    assert re.search(r'<circle class="s\d"[^>]*><title>Singapore: 3 ', ada.get("/statistics/map").text)


def test_volume_of_unknown_countries_is_in_the_table_and_in_no_shape(ada: Browser, known: AppContext) -> None:
    with db.write():
        volumes.add([(NOON, 4, 0x08080808)], KNOWN)

    answer = ada.get("/statistics/map")

    assert "Unknown" in content(answer)
    assert not re.search(r'class="s[1-5]" d=', answer.text)


@pytest.mark.parametrize(("largest", "bounds"), [(0, []), (1, [1]), (2, [1, 2]), (100_000, [1, 10, 100, 1000, 10_000])])
def test_the_shades_are_equal_factors_apart(largest: int, bounds: list[int]) -> None:
    assert world_map.bounds_of(largest) == bounds


def test_every_shape_and_dot_of_the_map_is_a_country_with_a_name() -> None:
    world = json.loads((ROOT / "static" / "map" / "world.json").read_text())

    assert set(world["shapes"]) | set(world["dots"]) <= set(COUNTRIES)
    assert not set(world["shapes"]) & set(world["dots"])
    assert len(world["shapes"]) > 170


@pytest.mark.parametrize("span", ["week", "month", "year", "", "x"])
def test_the_trend_has_a_table_with_as_many_rows_as_steps(ada: Browser, counted: AppContext, span: str) -> None:
    answer = ada.get(f"/statistics/trend?span={span}")

    assert answer.status_code == 200 and 'data-chart="trend"' in answer.text
    rows = lines(ada.get(f"/statistics/trend.csv?span={span}"))
    assert len(rows) == 1 + {"week": 168, "year": 52}.get(span, 30)
    assert sum(int(row[1] or 0) for row in rows[1:]) == 20
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row[0]) for row in rows[1:])


def test_without_any_spam_the_trend_says_when_it_begins(ada: Browser, known: AppContext) -> None:
    assert "The trend begins with the first query" in content(ada.get("/statistics/trend"))


def test_the_pages_are_whole_before_anything_is_loaded(ada: Browser, app_context: AppContext) -> None:
    app_context.live = Live()

    for page in ("", "/map", "/trend"):
        assert ada.get(f"/statistics{page}").status_code == 200
