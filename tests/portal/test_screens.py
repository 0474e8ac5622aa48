"""The table of the screens: what a row says is so, and what no row says is shut."""

from __future__ import annotations

import pytest
from flask import Flask

from portal import create_app
from portal.app_context import AppContext
from portal.menu import MENU
from portal.screens import SCREENS, Screen, is_for_operator, is_public
from tests.conftest import Cast
from tests.portal.conftest import ADA, OLGA, logged_in


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_row_names_its_blueprint_and_only_views_that_it_has(app: Flask, screen: Screen) -> None:
    wanted = [f"{screen.name}.{view}" for view in screen.public] + [screen.endpoint] * bool(screen.title)

    assert screen.blueprint().name == screen.name
    assert [endpoint for endpoint in wanted if endpoint not in app.view_functions] == []


def test_every_blueprint_that_is_served_has_its_row(app: Flask) -> None:
    assert set(app.blueprints) == {screen.name for screen in SCREENS}


def test_a_group_of_the_menu_stands_together_and_every_line_of_the_first_level_has_an_icon() -> None:
    assert len({entry.text for entry in MENU}) == len(MENU)
    assert [entry.text for entry in MENU if not entry.icon] == []


def test_a_new_view_of_a_public_screen_wants_a_login_until_its_row_opens_it(
    app_context: AppContext, cast: Cast
) -> None:
    app = create_app(app_context)
    app.add_url_rule("/lookup/all", "lookup.all", lambda: "everything")

    assert app.test_client().get("/lookup").status_code == 200
    assert app.test_client().get("/lookup/all").location == "/login?next=/lookup/all"
    assert logged_in(app, ADA).get("/lookup/all").text == "everything"


def test_a_new_view_of_a_screen_of_the_operator_is_there_for_the_operator_alone(
    app_context: AppContext, cast: Cast
) -> None:
    app = create_app(app_context)
    app.add_url_rule("/installation/feeds/all", "feeds.all", lambda: "everything")

    assert logged_in(app, ADA).get("/installation/feeds/all").status_code == 404
    assert logged_in(app, OLGA).get("/installation/feeds/all").text == "everything"


def test_what_has_no_row_is_not_open() -> None:
    assert not any(is_public(endpoint) for endpoint in ("", "unlisted", "unlisted.show", "lookup", "lookup.", ".show"))
    assert not is_for_operator("unlisted.show")
