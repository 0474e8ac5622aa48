"""Tables: what the address says is what is shown, and every link keeps the rest."""

from __future__ import annotations

import pytest
from flask import Blueprint, Flask, url_for
from markupsafe import escape

from portal.tables import TableQuery, from_request, url_maker

COLUMNS = ("rank", "name", "volume")


def seen(address: str, **wanted: int) -> tuple[TableQuery, dict[str, str]]:
    app = Flask("a table")
    app.add_url_rule("/table/<place>", "table", lambda place: "")
    with app.test_request_context(address):
        view = from_request(COLUMNS, "-volume", ("country",), **wanted)
        links = {column: view.sorted_by(column) for column in COLUMNS}
        return view, links | {"page 3": view.address(page=3)}


def test_without_a_wish_a_table_stands_in_its_usual_order() -> None:
    view, _ = seen("/table/here")

    assert (view.sort, view.descending, view.page, view.search, view.first) == ("volume", True, 1, "", 0)
    assert view.aria_sort("volume") == "descending" and view.aria_sort("name") == ""


def test_a_heading_sorts_by_its_column_and_then_the_other_way_round() -> None:
    for present, following in (("", "name"), ("?sort=name", "-name"), ("?sort=-name", "name")):
        assert seen(f"/table/here{present}")[1]["name"] == f"/table/here?sort={following}"


def test_a_new_order_keeps_search_and_filters_and_begins_at_the_first_page() -> None:
    _, links = seen("/table/here?search=tele&country=AT&sort=name&page=7")

    assert links["rank"] == "/table/here?search=tele&sort=rank&country=AT"
    assert links["page 3"] == "/table/here?search=tele&sort=name&page=3&country=AT"


@pytest.mark.parametrize("wrong", ["sort=password", "page=0", "page=-3", "page=x"])
def test_what_is_mistyped_shows_the_table_all_the_same(wrong: str) -> None:
    view, _ = seen(f"/table/here?{wrong}")

    assert (view.sort, view.page) == ("volume", 1)


def test_pages_hold_all_rows() -> None:
    view, _ = seen("/table/here?page=2", rows_a_page=10)

    assert view.first == 10
    assert [view.pages(total) for total in (0, 1, 10, 11, 100)] == [1, 1, 1, 2, 10]


def test_after_a_refused_form_the_links_lead_to_the_page_of_the_list() -> None:
    app = Flask("a table")
    screen = Blueprint("servers", __name__, url_prefix="/servers")
    screen.add_url_rule("", "show", lambda: "")
    screen.add_url_rule("/<int:number>/change", "change", lambda number: "", methods=["POST"])
    app.register_blueprint(screen)
    with app.test_request_context("/servers/7/change?search=mx", method="POST"):
        assert from_request(COLUMNS, "name").sorted_by("rank") == "/servers?search=mx&sort=rank"


@pytest.mark.parametrize("value", [1, 4_294_967_295, "192.0.2.7", "2001:db8::/32", 'a"><b>&%'])
def test_a_url_that_is_built_once_is_that_of_each_value(value: int | str) -> None:
    app = Flask("a table")
    app.add_url_rule("/rule/<int:number>/<act>", "rule", lambda number, act: "")
    app.add_url_rule("/check", "check", lambda: "")
    with app.test_request_context():
        if isinstance(value, int):
            assert url_maker("rule", "number", act="end")(value) == url_for("rule", number=value, act="end")
        made = url_maker("check", "address", back="a&b")(value)
        assert {made, escape(made)} == {escape(url_for("check", back="a&b", address=value))}, "safe to stand in a page"
