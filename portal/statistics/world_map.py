"""Spam by country: a map of the world and a table of the same figures."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

from flask import current_app, g, render_template
from flask.typing import ResponseReturnValue

from portal.check import credit
from portal.downloads import csv_file
from portal.statistics.screen import blueprint, live_origins, live_snapshot
from portal.tables import TableQuery, from_request
from reputation.counting.volumes import DAY
from reputation.countries import country_name
from reputation.insight import listed_ranges, rankings, shared_volumes, trends

COLUMNS = ("name", "volume")
DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
WORDS = {"day": "Today", "week": "7 days", "month": "30 days", "year": "A year"}
SHADES = 5
ROWS_A_PAGE = 300  # all of them


class Country(NamedTuple):
    """A country on the map and in the table; `shade` runs from 1 to SHADES, 0 where there is no spam."""

    code: str
    name: str
    volume: int
    shade: int


class World(NamedTuple):
    """The shapes by country code as paths of an SVG, and the middle of countries that are too small for one."""

    width: int
    height: int
    shapes: dict[str, str]
    dots: dict[str, tuple[int, int]]


class Page(NamedTuple):
    """The map and its table: `by` is spam or listings; `bounds` are the least figures of the shades in use, rising."""

    countries: list[Country]
    by: str
    span: str
    total: int
    bounds: list[int]


@blueprint.get("/map")
def show_map() -> ResponseReturnValue:
    """Show the map and the table."""
    view, page = _page()
    by_code = {country.code: country for country in page.countries}
    days = DAYS[page.span]
    others = shared_volumes.installations(g.now - g.now % DAY - (days - 1) * DAY, g.now + DAY)
    context = {"others": others, "view": view, "page": page, "by_code": by_code, "world": world(), "spans": WORDS}
    return render_template(
        "statistics/map.html",
        country_name=country_name,
        origins=live_origins(),
        credit=credit,
        now=g.now,
        shades=SHADES,
        **context,
    )


@blueprint.get("/map.csv")
def download_map() -> ResponseReturnValue:
    """Send the table."""
    _, page = _page()
    what = "Listed Addresses" if page.by == "listings" else "Spam Volume"
    rows = ((country.code, country.name, country.volume) for country in page.countries)
    return csv_file(f"spam-by-country-{page.span}", ("Code", "Country", what), rows)


def world() -> World:
    """Return the shapes, read once (static/map/README.md says where they come from)."""
    return _world(Path(str(current_app.static_folder)) / "map" / "world.json")


@cache
def _world(file: Path) -> World:
    read = json.loads(file.read_text(encoding="utf-8"))
    return World(read["width"], read["height"], read["shapes"], {code: tuple(at) for code, at in read["dots"].items()})


def bounds_of(largest: int) -> list[int]:
    """Return the least figure of each shade.

    The steps to the largest are equal factors, because few countries have most of the spam.
    """
    return sorted({max(1, round(largest ** (step / SHADES))) for step in range(SHADES)}) if largest else []


def _shade(volume: int, bounds: list[int]) -> int:
    """Where there are fewer bounds than shades, the palest are not used."""
    return SHADES - len(bounds) + sum(bound <= volume for bound in bounds)


def _page() -> tuple[TableQuery, Page]:
    view = from_request(COLUMNS, "-volume", ("span",), ROWS_A_PAGE)
    span = view.filters["span"] if view.filters["span"] in DAYS else "week"
    counts, by = {country.code: country.volume for country in trends.countries(DAYS[span], g.now)}, "spam"
    if not counts and not rankings.has_any():
        counts, by = listed_ranges.by_isp(live_snapshot(), g.now).by_country, "listings"
    bounds = bounds_of(max((volume for code, volume in counts.items() if code), default=0))
    countries = [
        Country(code, country_name(code), volume, _shade(volume, bounds) if code else 0)
        for code, volume in counts.items()
        if volume
    ]
    if view.sort == "name":
        countries.sort(key=lambda country: country.name.casefold(), reverse=view.descending)
    else:
        countries.sort(key=lambda country: (country.volume, country.name.casefold()), reverse=view.descending)
    return view, Page(countries, by, span, sum(counts.values()), bounds)
