"""Percentage Queries: the share that matched, and what decided."""

from __future__ import annotations

import re

from reputation.intake import feeds
from reputation.store.models import WatchedDay
from reputation.verdict.zones import BLOCKED_ADDRESS, BLOCKED_COUNTRY, BLOCKED_ISP, DUL, DYNAMIC, ETL, KSS
from tests.conftest import NOON, Cast
from tests.portal.conftest import Browser, content
from tests.portal.reported import began, counted, lines

PAGE = "/report/percentage-queries"


def everything(cast: Cast) -> None:
    """A hundred connections, of which half matched: 21 KSS, and less of the others."""
    began(cast.acme.id, 0)
    matches = {KSS: 21, DUL: 9, ETL: 8, BLOCKED_ADDRESS: 4, BLOCKED_ISP: 3, BLOCKED_COUNTRY: 1}
    for code, queries in matches.items():
        counted(cast.acme.id, NOON, queries, code)
    counted(cast.acme.id, NOON, 54)
    counted(cast.acme.id, NOON, 50, 0, DYNAMIC)
    counted(cast.acme.id, NOON, 4, 2, DYNAMIC)


def decided(page: str) -> dict[str, list[str]]:
    table = re.search(r'<table class="decided">.*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    assert table
    found = {}
    for line in table[1].split("</tr>")[:-1]:
        cells = [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", line, re.DOTALL)]
        found[cells[0]] = cells[2:5]
    return found


def test_a_visitor_is_sent_to_the_login(visitor: Browser) -> None:
    assert visitor.get(PAGE).status_code == 303
    assert visitor.get(f"{PAGE}.csv").status_code == 303


def test_the_share_and_what_decided_are_told(ada: Browser, cast: Cast) -> None:
    everything(cast)

    page = ada.get(PAGE)

    assert "Percentage 50.0 %" in content(page)
    assert {name: cells[0] for name, cells in decided(page.text).items()} == {
        "KSS, known spam source": "21",
        "DUL, dynamic user list": "9",
        "ETL, emerging threat list": "8",
        "Your blocked addresses and networks": "4",
        "Your blocked ISPs": "3",
        "Your blocked countries": "1",
        "Dynamic database, at your level": "4",
    }
    assert decided(page.text)["KSS, known spam source"][1:] == ["21.0\u202f%", "42.0\u202f%"]


def test_what_lists_on_watch_would_have_done_is_told_to_those_whose_connections_it_is(
    ada: Browser, boris: Browser, cast: Cast
) -> None:
    everything(cast)
    assert "Lists on watch" not in content(ada.get(PAGE))
    tried = feeds.add("tried", "https://lists.example/x", "plain", "KSS", NOON, "dynamic", purpose="watch")
    for matched, count in ((True, 7), (False, 20)):
        WatchedDay.create(
            organization=cast.acme.id, day=NOON - NOON % 86400, feed=tried.id, matched=matched, connections=count
        )

    assert "tried deferred 20 7" in content(ada.get(PAGE))
    assert "tried" not in content(boris.get(PAGE))


def test_the_parts_of_the_table_come_to_the_whole(ada: Browser, cast: Cast) -> None:
    everything(cast)

    first = lines(ada.get(PAGE))[0]

    assert first == ["Mon 21 Sep 2026", "100", "50", "50.0 %", "21", "9", "8", "4", "3", "1", "4"]


def test_the_chart_is_of_the_percentage(ada: Browser, cast: Cast) -> None:
    everything(cast)

    assert 'data-unit="%" data-series="matched">Percentage' in ada.get(PAGE).text


def test_a_database_shows_what_decides_in_it(ada: Browser, cast: Cast) -> None:
    everything(cast)

    assert list(decided(ada.get(f"{PAGE}?database=dynamic").text)) == ["Dynamic database, at your level"]
    assert "Dynamic database, at your level" not in decided(ada.get(f"{PAGE}?database=standard").text)


def test_what_was_not_listed_has_nothing_that_decided(ada: Browser, cast: Cast) -> None:
    everything(cast)

    page = ada.get(f"{PAGE}?code=0")

    assert "What decided" not in content(page)
    assert lines(page)[0] == ["Mon 21 Sep 2026", "100", "50", "50.0 %"]


def test_two_days_or_less_are_shown_by_the_hour(ada: Browser) -> None:
    assert lines(ada.get(f"{PAGE}?range=24h"))[0][0] == "21 Sep 2026, 12:00"
    assert len(lines(ada.get(f"{PAGE}?from=2026-09-19&to=2026-09-20"))) == 48
    assert len(lines(ada.get(f"{PAGE}?from=2026-09-18&to=2026-09-20"))) == 3


def test_the_file_has_a_column_for_each_that_decides(ada: Browser, cast: Cast) -> None:
    everything(cast)

    file = ada.get(f"{PAGE}.csv").text.splitlines()

    assert file[0].startswith("Day begins,Queries,Matched,Percentage,KSS,DUL,ETL,Blocked address")
    assert file[-1] == "2026-09-21T00:00:00+00:00,100,50,50.0,21,9,8,4,3,1,4"


def test_without_queries_it_says_what_will_come(ada: Browser) -> None:
    assert "No queries in this range" in content(ada.get(PAGE))


def test_nobody_sees_another_organizations_figures(boris: Browser, cast: Cast) -> None:
    everything(cast)

    assert "No queries in this range" in content(boris.get(PAGE))
    assert ",100," not in boris.get(f"{PAGE}.csv").text


def test_a_viewer_sees_the_same(vera: Browser, cast: Cast) -> None:
    everything(cast)

    assert "What decided" in content(vera.get(PAGE))
