"""Queries per Day: the reader's days, from midnight to midnight."""

from __future__ import annotations

from reputation.verdict.zones import KSS
from tests.conftest import NOON, Cast
from tests.portal.conftest import ADA, Browser, content
from tests.portal.reported import VIENNA, at, began, counted, lines, lives_in

PAGE = "/report/queries-per-day"


def test_a_visitor_is_sent_to_the_login(visitor: Browser) -> None:
    assert visitor.get(PAGE).status_code == 303
    assert visitor.get(f"{PAGE}.csv").status_code == 303


def test_thirty_days_are_shown_with_today_first(ada: Browser, cast: Cast) -> None:
    began(cast.acme.id, 0)
    counted(cast.acme.id, NOON, 30)
    counted(cast.acme.id, NOON - 86400, 20, KSS)

    table = lines(ada.get(PAGE))

    assert len(table) == 30
    assert table[0] == ["Mon 21 Sep 2026", "30", "0", "0.0 %"]
    assert table[1] == ["Sun 20 Sep 2026", "20", "20", "100.0 %"]


def test_midnight_is_the_readers(ada: Browser, cast: Cast) -> None:
    lives_in(ADA, VIENNA)
    began(cast.acme.id, 0)
    counted(cast.acme.id, at(VIENNA, 2026, 9, 20, 23), 1)
    counted(cast.acme.id, at(VIENNA, 2026, 9, 21, 0), 10)

    assert [line[1] for line in lines(ada.get(PAGE))[:2]] == ["10", "1"]
    assert "Times are Europe/Vienna" in content(ada.get(PAGE))


def test_a_day_on_which_the_clock_changes_says_how_long_it_was(ada: Browser) -> None:
    lives_in(ADA, VIENNA)

    autumn = lines(ada.get(f"{PAGE}?from=2025-10-25&to=2025-10-27"))
    spring = lines(ada.get(f"{PAGE}?from=2026-03-29"))

    assert [line[0] for line in autumn] == ["Mon 27 Oct 2025", "Sun 26 Oct 2025 25 hours", "Sat 25 Oct 2025"]
    assert [line[0] for line in spring] == ["Sun 29 Mar 2026 23 hours"]


def test_a_day_without_queries_is_0_and_one_before_the_start_is_blank(ada: Browser, cast: Cast) -> None:
    began(cast.acme.id, NOON - 86400)

    table = lines(ada.get(f"{PAGE}?range=7d"))

    assert [line[1] for line in table] == ["0", "0", "", "", "", "", ""]
    assert ada.get(f"{PAGE}.csv?range=7d").text.splitlines()[1] == "2026-09-15T00:00:00+00:00,,,"


def test_of_24_hours_the_first_day_is_a_part_and_the_page_says_so(ada: Browser, cast: Cast) -> None:
    began(cast.acme.id, 0)
    counted(cast.acme.id, NOON - 86400, 99)

    page = ada.get(f"{PAGE}?range=24h")

    assert [line[:2] for line in lines(page)] == [["Mon 21 Sep 2026", "0"], ["Sun 20 Sep 2026", "0"]]
    assert "The first day is counted from 13:00 on" in content(page)


def test_more_than_a_year_may_be_shown_by_day(ada: Browser) -> None:
    assert len(lines(ada.get(f"{PAGE}?from=2024-09-22&to=2026-09-21"))) == 730


def test_nobody_sees_another_organizations_figures(boris: Browser, cast: Cast) -> None:
    counted(cast.acme.id, NOON, 4711)

    assert "4,711" not in boris.get(PAGE).text
    assert "4711" not in boris.get(f"{PAGE}.csv").text


def test_a_viewer_sees_the_same(vera: Browser, cast: Cast) -> None:
    counted(cast.acme.id, NOON, 4711)

    assert "4,711" in content(vera.get(PAGE))


def test_two_days_that_cannot_be_shown_are_told_of(ada: Browser) -> None:
    page = ada.get(f"{PAGE}?from=2026-09-20&to=2026-09-01")

    assert page.status_code == 422 and 'role="alert"' in page.text
