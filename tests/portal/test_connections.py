"""What a connection is, and what came of it, is one figure at every door: pages, files, API and the Monday letter."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import NamedTuple

import pytest
from flask import Flask

from reputation.customers import tokens, users
from reputation.notices import digest
from reputation.store.models import Letter
from reputation.verdict.zones import DYNAMIC, DYNAMIC_LISTING, KSS, STANDARD
from tests.conftest import NOON, Cast
from tests.portal.conftest import ADA, BORIS, OLGA, Browser, Clock, content, logged_in
from tests.portal.reported import began, counted, lines

HOUR, DAY = 3600, 86400
MONDAY = NOON - 12 * HOUR
EVENING = MONDAY + 20 * HOUR  # when the doors are asked: all of Monday's queries are among the last 24 hours

Rows = list[tuple[int, int, int, int]]  # hour of Monday, database, code, queries
Figures = dict[str, int]


class Case(NamedTuple):
    """What Acme's mail servers asked on Monday, and what every door says of it."""

    rows: Rows
    asked: int
    refused: int
    deferred: int
    matched: int


CASES = {
    "the dynamic database alone": Case(
        [row for hour in range(19) for row in ((hour, DYNAMIC, 0, 90), (hour, DYNAMIC, DYNAMIC_LISTING, 10))],
        asked=1900, refused=0, deferred=190, matched=190,
    ),
    "another database each hour": Case(
        [(3, STANDARD, 0, 100), (5, DYNAMIC, 0, 100)], asked=200, refused=0, deferred=0, matched=0
    ),
    "both databases, one after the other": Case(
        [(9, STANDARD, 0, 234), (9, STANDARD, KSS, 133), (9, DYNAMIC, 0, 218), (9, DYNAMIC, DYNAMIC_LISTING, 16)],
        asked=367, refused=133, deferred=16, matched=149,
    ),
    "both databases at once": Case(
        [(9, STANDARD, 0, 40), (9, STANDARD, KSS, 60), (9, DYNAMIC, 0, 30), (9, DYNAMIC, DYNAMIC_LISTING, 70)],
        asked=100, refused=60, deferred=40, matched=100,
    ),
}  # fmt: skip


class Doors(NamedTuple):
    """The doors of the portal, opened by Ada of Acme and by Olga, who runs the installation."""

    ada: Browser
    olga: Browser
    cast: Cast


def number(text: str) -> int:
    return int(text.replace(",", ""))


def tile(page: str, title: str) -> str:
    """The words below a title, without markup."""
    found = re.search(rf"<dt>{re.escape(title)}</dt>(.*?)</div>", page, re.DOTALL)
    assert found, f"no figure {title}"
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def first_number(text: str, pattern: str = r"([\d,]+)") -> int:
    found = re.search(pattern, text)
    assert found, f"no number in {text!r}"
    return number(found[1])


def general(doors: Doors) -> Figures:
    page = doors.ada.get("/").text
    return {
        "asked": first_number(tile(page, "Queries, 24 hours")),
        "matched": first_number(tile(page, "Matched, 24 hours"), r"([\d,]+) connections?"),
        "refused": first_number(tile(page, "Matched, 24 hours"), r"([\d,]+) refused"),
        "deferred": first_number(tile(page, "Deferred, 24 hours")),
    }


def generals_table(doors: Doors) -> Figures:
    """The hours; the chart is drawn from them in the browser (tests/browser/test_charts.py)."""
    found = re.search(r'<div id="hours">.*?<tbody>(.*?)</tbody>', doors.ada.get("/").text, re.DOTALL)
    assert found
    cells = [re.findall(r'<td class="number">([\d,]+)</td>', line) for line in found[1].split("</tr>")[:-1]]
    assert len(cells) == 24
    return {"asked": sum(number(cell[0]) for cell in cells), "matched": sum(number(cell[1]) for cell in cells)}


def report(name: str) -> Callable[[Doors], Figures]:
    def door(doors: Doors) -> Figures:
        answer = doors.ada.get(f"/report/{name}?range=7d")
        shown = {word: first_number(tile(answer.text, title)) for word, title in REPORT_TITLES.items()}
        table = [cells for cells in lines(answer) if cells[1]]
        assert [sum(number(cells[at]) for cells in table) for at in (1, 2)] == list(shown.values())
        return shown | {
            "refused": first_number(tile(doors.ada.get(f"/report/{name}?range=7d&database=standard").text, "Matched"))
        }

    return door


REPORT_TITLES = {"asked": "Queries", "matched": "Matched"}


def file(name: str) -> Callable[[Doors], Figures]:
    def door(doors: Doors) -> Figures:
        text = doors.ada.get(f"/report/{name}.csv?range=7d").text.lstrip("\ufeff")
        rows = list(csv.DictReader(io.StringIO(text)))
        found = {word: sum(int(row[column] or 0) for row in rows) for word, column in REPORT_TITLES.items()}
        if "Dynamic" in rows[0]:
            found["deferred"] = sum(int(row["Dynamic"] or 0) for row in rows)
            found["refused"] = sum(int(row["KSS"] or 0) for row in rows)
        return found

    return door


def api(name: str) -> Callable[[Doors], Figures]:
    def door(doors: Doors) -> Figures:
        _, secret = tokens.create(users.with_email(ADA), f"Figures {name}", ("read",), 0, EVENING)
        headers = {"Authorization": f"Bearer {secret}"}
        answer = doors.ada.client.get(f"/api/v1/queries/{name}?days=2", headers=headers).json
        assert answer is not None
        if "points" in answer:
            summed = [sum(point[word] or 0 for point in answer["points"]) for word in ("queries", "matched")]
            assert summed == [answer["queries"], answer["matched"]]
        parts = answer["by"].values() if "by" in answer else [share["queries"] for share in answer["shares"]]
        assert sum(parts) == answer["matched"]
        return {word: answer[field] for word, field in API_FIELDS.items()}

    return door


API_FIELDS = {"asked": "queries", "refused": "refused", "deferred": "deferred", "matched": "matched"}


def organizations_list(doors: Doors) -> Figures:
    text = content(doors.olga.get("/installation/organizations"))
    return {"asked": first_number(text, r"Acme Advanced · never asked Advanced \d+ \d+ ([\d,]+)")}


def organizations_page(doors: Doors) -> Figures:
    page = doors.olga.get(f"/installation/organizations/{doors.cast.acme.id}").text
    return {
        "asked": first_number(tile(page, "Queries, 24 hours")),
        "matched": first_number(tile(page, "Matched, 24 hours"), r"([\d,]+) connections?"),
        "refused": first_number(tile(page, "Matched, 24 hours"), r"([\d,]+) refused"),
    }


def monday_letter(doors: Doors) -> Figures:
    digest.write("https://reputation.example", NOON + 7 * DAY)
    text = Letter.get(Letter.to == ADA).text
    words = {"asked": "Asked (queries)", "refused": "Refused", "deferred": "Deferred", "matched": "Matched"}
    return {name: first_number(text, rf"(?m)^{re.escape(word)} +([\d,]+) ") for name, word in words.items()}


REPORTS = ("queries-per-hour", "queries-per-day", "percentage-queries")
DOORS: dict[str, Callable[[Doors], Figures]] = {
    "General": general,
    "General's table": generals_table,
    **{name: report(name) for name in REPORTS},
    **{f"{name}.csv": file(name) for name in REPORTS},
    **{f"API {name}": api(name) for name in ("hours", "days", "percentages")},
    "Organizations": organizations_list,
    "an organization's page": organizations_page,
    "the Monday letter": monday_letter,
}


@pytest.fixture
def doors(app: Flask, cast: Cast, clock: Clock) -> Doors:
    clock.now = EVENING
    for organization in (cast.acme, cast.basic):
        began(organization.id, MONDAY - 30 * DAY)
    for hour in range(20):  # a bystander, whose figures are nobody else's
        counted(cast.basic.id, MONDAY + hour * HOUR, 5000)
        counted(cast.basic.id, MONDAY + hour * HOUR, 700, KSS)
    return Doors(logged_in(app, ADA), logged_in(app, OLGA), cast)


def ask(cast: Cast, rows: Rows, midnight: int = MONDAY) -> None:
    for hour, database, code, queries in rows:
        counted(cast.acme.id, midnight + hour * HOUR, queries, code, database)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_door_says_the_same_figures(doors: Doors, cast: Cast, case: Case) -> None:
    ask(cast, case.rows)

    found = {name: door(doors) for name, door in DOORS.items()}

    right = {"asked": case.asked, "refused": case.refused, "deferred": case.deferred, "matched": case.matched}
    assert found == {name: {word: right[word] for word in figures} for name, figures in found.items()}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_two_days_alike_are_no_change(doors: Doors, cast: Cast, case: Case) -> None:
    ask(cast, case.rows)
    ask(cast, case.rows, MONDAY - DAY)

    page = content(doors.ada.get("/"))
    one = content(doors.olga.get(f"/installation/organizations/{cast.acme.id}"))

    for text in (page, one):
        assert f"Queries, 24 hours {case.asked:,} ±0.0 % on the day before" in text
    monday_letter(doors)
    weeks = re.findall(r" ([\d,]+)   \(the week before: ([\d,]+)\)", Letter.get(Letter.to == ADA).text)
    assert [number(present) for present, _ in weeks] == [case.asked, case.refused, case.deferred, case.matched]
    assert all(present == before for present, before in weeks)


def test_the_bystander_sees_its_own_figures_alone(doors: Doors, cast: Cast, app: Flask) -> None:
    ask(cast, CASES["both databases, one after the other"].rows)
    boris = logged_in(app, BORIS)

    page = boris.get("/").text

    assert tile(page, "Queries, 24 hours").startswith("114,000 ")
    assert tile(page, "Matched, 24 hours") == "12.3 % 14,000 connections, 14,000 refused"
    listed = content(doors.olga.get("/installation/organizations"))
    assert re.search(r"Basic Standard · never asked Standard \d \d 114,000", listed)
