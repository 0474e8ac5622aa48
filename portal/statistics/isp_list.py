"""The ISP Spam List: the ISPs with the most spam in an ISO week, beside the week before.

The week, the search and the order are in the page's URL. Before any spam has been counted, the list ranks by what the
feeds list, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, timedelta
from typing import Any, NamedTuple

from flask import g, render_template
from flask.typing import ResponseReturnValue

from portal import fragments
from portal.auth import signed_in_user
from portal.check import credit
from portal.downloads import csv_file
from portal.statistics.screen import NO_BOTS, Bots, blueprint, live_origins, live_snapshot
from portal.tables import TableQuery, from_request
from portal.times import local
from reputation.counting.volumes import WEEK, week_of
from reputation.countries import country_name
from reputation.customers import isp_activity
from reputation.insight import botnets, listed_ranges, rankings, shared_volumes
from reputation.insight.listed_ranges import MainCountry
from reputation.insight.rankings import NO_VOLUME, Ranked, Volume
from reputation.verdict.origins import Origins

COLUMNS = ("rank", "before", "asn", "name", "volume", "botnets")
HEADINGS = ("Rank This Week", "Rank Last Week", "ASN", "ISP Name", "Spam Volume (24 hours)", "Botnet Activity")
MOST = 100
NOWHERE = MainCountry("", 0)
# The drawing of a week's line, in pixels: it is never stretched.
LINE_WIDTH, LINE_HEIGHT = 96, 20


class Row(NamedTuple):
    """A line of the list; `size` is what it is ranked by: the week's spam volume, or listed addresses."""

    asn: int
    name: str
    country: str
    rank: int
    before: int | None
    size: int
    volume: Volume
    bots: Bots

    @property
    def rise(self) -> int:
        """Return by how many ranks the ISP has risen since the week before."""
        return self.before - self.rank if self.before else 0

    @property
    def line(self) -> str:
        """Return the points of its seven days, for a polyline."""
        return line_points(self.volume.line)


class Page(NamedTuple):
    """The list as it is shown: `by` is spam or listings; `found` counts what the search found before the cut."""

    rows: list[Row]
    by: str
    week: int
    found: int


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the whole page; for htmx the list alone."""
    view = from_request(COLUMNS, "rank", ("week",))
    page = _page(view)
    known = {"now": g.now, "is_present": page.week == week_of(g.now), "week_name": rankings.name(page.week)}
    context = {
        "view": view,
        "page": page,
        "rows": page.rows[view.first : view.first + view.rows_a_page],
        "weeks": [(rankings.name(week), week_words(week)) for week in rankings.weeks(g.now)],
        "week_words": week_words(page.week),
        "others": shared_volumes.installations(page.week, page.week + WEEK),
        "has_servers": isp_activity.has_mail_servers(signed_in_user().organization.id),
        "origins": live_origins(),
        "credit": credit,
        "most": MOST,
        "line_size": (LINE_WIDTH, LINE_HEIGHT),
    }
    template = "statistics/_isps.html" if fragments.is_fragment_request() else "statistics/show.html"
    return render_template(template, **context, **known)


@blueprint.get("/isps.csv")
def download() -> ResponseReturnValue:
    """Send the list as the page shows it, all pages of it."""
    page = _page(from_request(COLUMNS, "rank", ("week",)))
    name = f"isp-spam-list-{rankings.name(page.week)}"
    return csv_file(name, HEADINGS, (_cells(row) for row in page.rows))


def week_words(week: int) -> str:
    """Write a week as `Week 48, 23–29 Nov 2026`. The days are those of UTC, in which weeks are counted."""
    first = local(week, UTC)
    last = first + timedelta(days=6)
    begin = f"{first.day}" if first.month == last.month else f"{first.day} {first:%b}"
    begin += f" {first.year} " if first.year != last.year else " " if first.month != last.month else ""
    dash = "–" if first.month == last.month else "– "
    return f"Week {first.isocalendar().week}, {begin}{dash}{last.day} {last:%b} {last.year}"


def line_points(values: Sequence[int]) -> str:
    """Turn values, from left to right, into points of a drawing, the highest at its top."""
    top = max(values, default=0) or 1
    step = (LINE_WIDTH - 2) / max(len(values) - 1, 1)
    room = LINE_HEIGHT - 3
    return " ".join(
        f"{1 + place * step:.1f},{1.5 + room - room * value / top:.1f}" for place, value in enumerate(values)
    )


def _page(view: TableQuery) -> Page:
    """What the address asks for. Of the week no more ISPs are read than are shown, unless one is searched for."""
    week = rankings.parse_week(view.filters["week"]) if view.filters["week"] else None
    week = rankings.default_week(g.now) if week is None else week
    origins = live_origins()
    homes = listed_ranges.main_countries(origins)
    by = "spam" if rankings.has_any() else "listings"
    kept, found = _found(view.search, week, by, origins, homes)
    rows = sorted(_rows(kept, week, origins, homes), key=_order(view.sort), reverse=view.descending)
    # What has no rank of last week stands behind those that have one, whichever way they are ordered.
    rows.sort(key=lambda row: view.sort == "before" and row.before is None)
    return Page(rows, by, week, found)


def _found(
    search: str, week: int, by: str, origins: Origins, homes: Mapping[int, MainCountry]
) -> tuple[list[Ranked], int]:
    """The first ISPs that a search finds, or of all of them, and how many there are."""
    is_wanted = _matcher(search, origins, homes)
    if by == "listings":
        found = [one for one in _by_listings() if is_wanted(one.asn)]
        return found[:MOST], len(found)
    return rankings.search(week, is_wanted, MOST) if search else (rankings.ranking(week, MOST), rankings.count(week))


def _rows(kept: Sequence[Ranked], week: int, origins: Origins, homes: Mapping[int, MainCountry]) -> Iterator[Row]:
    volumes = rankings.volumes([one.asn for one in kept], week, g.now)
    bots = bots_by_asn() if week == week_of(g.now) else {}
    for one in kept:
        yield Row(
            one.asn,
            origins.isp_name(one.asn),
            homes.get(one.asn, NOWHERE).country,
            one.rank,
            one.rank_before,
            one.volume,
            volumes.get(one.asn, NO_VOLUME),
            bots.get(one.asn, NO_BOTS),
        )


def bots_by_asn() -> dict[int, Bots]:
    """Return each ISP's botnet activity for the reader's organization; empty where it has no valid mail servers."""
    organization = signed_in_user().organization.id
    if not isp_activity.has_mail_servers(organization):
        return {}
    return {asn: Bots(*counts) for asn, counts in botnets.activity_by_asn(organization, g.now).items()}


def _by_listings() -> list[Ranked]:
    """ISPs by the addresses that feeds list of them."""
    counts = listed_ranges.by_isp(live_snapshot(), g.now).by_asn
    order = sorted((-count, asn) for asn, count in counts.items() if asn)
    return [Ranked(asn, rank, None, -count) for rank, (count, asn) in enumerate(order, 1)]


def _matcher(search: str, origins: Origins, homes: Mapping[int, MainCountry]) -> Callable[[int], bool]:
    """Return what tells of an ASN whether it is searched for.

    It is by a part of the name, by the ASN with or without AS, or by a country's name or letters.
    """
    text = search.casefold()
    number = text.removeprefix("as")
    codes = {home.country for home in homes.values() if home.country} if search else ()
    is_code = len(text) == 2
    countries = {
        code for code in codes if (text == code.casefold() if is_code else text in country_name(code).casefold())
    }

    def is_wanted(asn: int) -> bool:
        home = homes.get(asn, NOWHERE).country
        is_named = not is_code and text in origins.isp_name(asn).casefold()
        return is_named or home in countries or number == str(asn)

    return is_wanted


def _order(column: str) -> Callable[[Row], Any]:
    keys: dict[str, Callable[[Row], Any]] = {
        "rank": lambda row: (row.rank, row.asn),
        "before": lambda row: (row.before or 0, row.rank),
        "asn": lambda row: row.asn,
        "name": lambda row: (row.name.casefold(), row.asn),
        "volume": lambda row: (row.volume.day, -row.rank),
        "botnets": lambda row: (row.bots.sort_key, row.bots.present, -row.rank),
    }
    return keys[column]


def _cells(row: Row) -> tuple[Any, ...]:
    change = row.bots.change
    percent = "" if change is None else round(change, 1)
    return row.rank, row.before or "", row.asn, row.name, row.volume.day, percent
