"""What all tables share: search, filters, order and page are in the URL, so that a view can be kept.

It reads the URL and writes links. What the rows are, and how they are found, belongs to the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from flask import Flask, request, url_for
from markupsafe import Markup, escape

from portal.forms import whole_number

LONGEST = 200
ROWS_A_PAGE = 50
PLACE = 3_141_592_653  # stands for the value in a URL: no other part of one is this number


@dataclass(frozen=True)
class TableQuery:
    """What a reader wants to see of a table: `sort` is one of the columns, `page` counts from 1."""

    search: str
    sort: str
    descending: bool
    page: int
    filters: Mapping[str, str]
    columns: Sequence[str]
    rows_a_page: int = ROWS_A_PAGE
    endpoint: str = ""
    place: Mapping[str, Any] = field(default_factory=dict)  # of the page itself, such as /isp/<asn>

    @property
    def first(self) -> int:
        """Return how many rows come before this page."""
        return (self.page - 1) * self.rows_a_page

    def pages(self, total: int) -> int:
        """Return how many pages so many rows fill; an empty table has one."""
        return max(1, -(-total // self.rows_a_page))

    def address(self, **changes: Any) -> str:
        """Return the URL of this view with something changed; what is empty is left out.

        It leads to page 1 unless a page is given.
        """
        order = f"-{self.sort}" if self.descending else self.sort
        wanted: dict[str, Any] = {"search": self.search, "sort": order, "page": self.page, **self.filters}
        wanted |= {"page": 1} | changes
        kept = {
            name: value for name, value in wanted.items() if value not in ("", None) and (name, value) != ("page", 1)
        }
        return url_for(self.endpoint, **self.place, **kept)

    def sorted_by(self, column: str) -> str:
        """Return the URL of the table in the order of a column; of the present column, the other way round."""
        turned = column == self.sort and not self.descending
        return self.address(sort=f"-{column}" if turned else column)

    def aria_sort(self, column: str) -> str:
        """Return the value of `aria-sort` for a heading; "" where the table is not in its order."""
        return ("descending" if self.descending else "ascending") if column == self.sort else ""


def from_request(
    columns: Sequence[str], usual: str, filters: Sequence[str] = (), rows_a_page: int = ROWS_A_PAGE
) -> TableQuery:
    """Read the view that the address asks for.

    `usual` is the order where the address names none, `-volume` for the largest first. What is wrong in the address is
    ignored: a link that somebody has mistyped still shows the table.
    """
    order = request.args.get("sort", usual)
    if order.removeprefix("-") not in columns:
        order = usual
    # After a refused form the list stands on the page of an address that is only posted to.
    posted = request.method == "POST"
    return TableQuery(
        search=_text("search"),
        sort=order.removeprefix("-"),
        descending=order.startswith("-"),
        page=min(max(request.args.get("page", 1, type=whole_number), 1), 1_000_000),
        filters={name: _text(name) for name in filters},
        columns=columns,
        rows_a_page=rows_a_page,
        endpoint=f"{request.blueprint}.show" if posted else str(request.endpoint),
        place={} if posted else request.view_args or {},
    )


def url_maker(endpoint: str, name: str, **fixed: Any) -> Callable[[object], Markup]:
    """Return what writes the URL of an endpoint for each value of `name`, a number or an address.

    The URL is built once, and a row of a table fills in its value: fifty rows would build fifty or a hundred.
    """
    fixed[name] = PLACE
    head, tail = url_for(endpoint, **fixed).split(str(PLACE))
    before, behind = escape(head), escape(tail)
    return lambda value: Markup(f"{before}{quote(str(value), safe='/:')}{behind}")


def init_app(app: Flask) -> None:
    """Give the templates `url_maker`."""
    app.jinja_env.globals["url_maker"] = url_maker


def _text(name: str) -> str:
    return request.args.get(name, "").strip()[:LONGEST]
