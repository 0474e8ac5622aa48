"""Queries per Hour: a line an hour, in the reader's time, and of the reader's organization alone."""

from __future__ import annotations

import pytest

from reputation.verdict.counters import HOUR
from reputation.verdict.zones import DYNAMIC, ETL, KSS
from tests.conftest import NOON, Cast
from tests.portal.conftest import ADA, Browser, Clock, content
from tests.portal.reported import KOLKATA, VIENNA, at, began, counted, lines, lives_in

PAGE = "/report/queries-per-hour"


def test_a_visitor_is_sent_to_the_login(visitor: Browser) -> None:
    assert visitor.get(PAGE).status_code == 303
    assert visitor.get(f"{PAGE}.csv").status_code == 303


def test_the_last_24_hours_are_shown_with_the_newest_first(ada: Browser, cast: Cast) -> None:
    began(cast.acme.id, 0)
    counted(cast.acme.id, NOON, 1500)
    counted(cast.acme.id, NOON, 500, KSS)
    counted(cast.acme.id, NOON - HOUR, 4)

    page = ada.get(PAGE)
    table = lines(page)

    assert len(table) == 24
    assert table[0] == ["21 Sep 2026, 12:00", "2,000", "500", "25.0 %"]
    assert table[1] == ["21 Sep 2026, 11:00", "4", "0", "0.0 %"]
    assert table[2] == ["21 Sep 2026, 10:00", "0", "0", "–"]
    text = content(page)
    assert "Queries 2,004" in text and "Busiest hour 2,000" in text
    assert "Total 2,004 500 25.0 %" in text


def test_the_chart_names_its_table_and_its_series(ada: Browser, cast: Cast) -> None:
    counted(cast.acme.id, NOON, 10)

    page = ada.get(PAGE).text

    assert '<div class="chart" data-chart="figures"' in page
    assert 'data-series="queries">Queries' in page and 'data-series="matched">Matched' in page
    assert '<time datetime="2026-09-21T12:00:00Z">' in page
    assert "charts.js" in page and "uPlot.iife.min.js" in page


def test_a_page_without_a_chart_does_not_load_the_drawing(ada: Browser) -> None:
    assert "uPlot" not in ada.get("/check").text


def test_nobody_sees_another_organizations_figures(boris: Browser, cast: Cast) -> None:
    counted(cast.acme.id, NOON, 4711)

    page = boris.get(PAGE)

    assert "4,711" not in page.text
    assert "No queries in this range" in content(page)
    assert "4711" not in boris.get(f"{PAGE}.csv").text


def test_a_viewer_sees_the_same(vera: Browser, cast: Cast) -> None:
    counted(cast.acme.id, NOON, 4711)

    assert "4,711" in content(vera.get(PAGE))


def test_database_and_return_code_stand_in_the_address(ada: Browser, cast: Cast) -> None:
    counted(cast.acme.id, NOON, 7, KSS)
    counted(cast.acme.id, NOON, 3, ETL)
    counted(cast.acme.id, NOON, 2, 2, DYNAMIC)

    page = ada.get(f"{PAGE}?database=standard&code=2")

    assert lines(page)[0][1:3] == ["10", "7"]
    assert '<option value="standard" selected>' in page.text and '<option value="2" selected>' in page.text
    assert '<th scope="col" class="number" data-series="matched">127.0.0.2</th>' in page.text
    assert f'href="{PAGE}?range=7d&amp;database=standard&amp;code=2"' in page.text
    assert f'href="{PAGE}.csv?range=24h&amp;database=standard&amp;code=2"' in page.text


def test_what_was_not_listed_is_not_red(ada: Browser, cast: Cast) -> None:
    counted(cast.acme.id, NOON, 7, KSS)
    counted(cast.acme.id, NOON, 3)

    page = ada.get(f"{PAGE}?code=0")

    assert lines(page)[0][1:3] == ["10", "3"]
    assert 'data-series="">Not listed' in page.text and 'class="figure spam"' not in page.text


def test_an_hour_that_comes_twice_says_which_it_is(ada: Browser, cast: Cast) -> None:
    lives_in(ADA, VIENNA)
    began(cast.acme.id, 0)
    counted(cast.acme.id, at(VIENNA, 2025, 10, 26, 2, fold=0), 3)
    counted(cast.acme.id, at(VIENNA, 2025, 10, 26, 2, fold=1), 4)

    table = lines(ada.get(f"{PAGE}?from=2025-10-26&to=2025-10-26"))

    assert ["26 Oct 2025, 02:00 CEST", "3", "0", "0.0 %"] in table
    assert ["26 Oct 2025, 02:00 CET", "4", "0", "0.0 %"] in table
    assert ["26 Oct 2025, 01:00", "0", "0", "–"] in table


def test_an_hour_that_the_clock_leaves_out_is_not_there(ada: Browser) -> None:
    lives_in(ADA, VIENNA)

    table = lines(ada.get(f"{PAGE}?from=2026-03-29&to=2026-03-29"))

    assert len(table) == 23
    assert [line[0] for line in table[-3:]] == ["29 Mar 2026, 03:00", "29 Mar 2026, 01:00", "29 Mar 2026, 00:00"]


def test_in_a_zone_with_a_half_hour_the_page_says_what_an_hour_is(ada: Browser) -> None:
    assert "30 minutes past" not in content(ada.get(PAGE))
    lives_in(ADA, KOLKATA)

    page = ada.get(PAGE)

    assert lines(page)[0][0] == "21 Sep 2026, 17:30"
    assert "begins 30 minutes past the hour here" in content(page)


def test_in_such_a_zone_the_first_half_hour_of_today_has_no_line_yet(ada: Browser, cast: Cast, clock: Clock) -> None:
    lives_in(ADA, KOLKATA)
    counted(cast.acme.id, NOON + 6 * HOUR, 3)  # 23:30 of the day before
    clock.advance(hours=6, minutes=35)

    page = ada.get(f"{PAGE}?from=2026-09-22&to=2026-09-22")

    assert page.status_code == 200
    assert "No queries in this range" in content(page)
    assert ada.get(f"{PAGE}.csv?from=2026-09-22&to=2026-09-22").text.count("\n") == 1


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("from=2026-09-20&to=2026-09-01", "before the first"),
        ("from=yesterday", "is not a day"),
        ("from=20260901", "is not a day"),
        ("from=2026-02-30", "is not a day"),
        ("from=2027-01-01", "not come yet"),
        ("from=2024-01-01&to=2026-09-01", "at most 366"),
        ("from=0001-01-01&to=0001-01-02", "2000"),
        ("from=%3Cb%3E", "is not a day"),
    ],
)
def test_two_days_that_cannot_be_shown_are_told_of(ada: Browser, asked: str, words: str) -> None:
    page = ada.get(f"{PAGE}?{asked}")

    assert page.status_code == 422
    assert words in content(page) and 'aria-invalid="true"' in page.text
    assert "<b>" not in page.text
    assert len(lines(page)) == 24


def test_what_the_address_says_wrong_is_taken_as_not_said(ada: Browser) -> None:
    page = ada.get(f"{PAGE}?range=ever&database=all&code=99")

    assert page.status_code == 200 and len(lines(page)) == 24
    assert ada.get(f"{PAGE}?code=²").status_code == 200


def test_a_single_day_may_be_written_in_either_field(ada: Browser) -> None:
    assert len(lines(ada.get(f"{PAGE}?from=2026-09-20&to="))) == 24
    assert len(lines(ada.get(f"{PAGE}?from=&to=2026-09-20"))) == 24


def test_the_file_has_the_oldest_hour_first_with_its_distance_from_utc(ada: Browser, cast: Cast) -> None:
    lives_in(ADA, VIENNA)
    began(cast.acme.id, NOON - HOUR)
    counted(cast.acme.id, NOON, 3)
    counted(cast.acme.id, NOON, 1, KSS)

    file = ada.get(f"{PAGE}.csv").text.splitlines()

    assert file[0] == "Hour begins,Queries,Matched,Percentage"
    assert file[-1] == "2026-09-21T14:00:00+02:00,4,1,25.0"
    assert file[-2] == "2026-09-21T13:00:00+02:00,0,0,"
    assert file[1] == "2026-09-20T15:00:00+02:00,,,"


def test_a_standard_subscription_is_not_asked_for_a_database(ada: Browser, boris: Browser) -> None:
    assert 'name="database"' in ada.get(PAGE).text
    assert 'name="database"' not in boris.get(PAGE).text


def test_a_long_table_is_folded_away(ada: Browser, cast: Cast) -> None:
    counted(cast.acme.id, NOON, 10)

    assert '<details class="table-of" open>' in ada.get(PAGE).text
    assert '<details class="table-of">' in ada.get(f"{PAGE}?range=7d").text


def test_a_table_without_a_figure_is_folded_away(ada: Browser) -> None:
    assert '<details class="table-of">' in ada.get(PAGE).text
