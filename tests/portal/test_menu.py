"""The menu: where the reader is, and that every line leads somewhere."""

from __future__ import annotations

import re

import pytest

from portal.menu import MENU
from tests.portal.conftest import Browser


@pytest.mark.parametrize(
    ("path", "here"),
    [
        ("/", "General"),
        ("/check", "Check an address"),
        ("/administration/password", "Password"),
        ("/administration/activation-code", "Activation Code"),
    ],
)
def test_the_present_place_is_marked_once_in_each_menu(ada: Browser, path: str, here: str) -> None:
    page = ada.get(path).text

    marked = re.findall(r'<a [^>]*aria-current="page"[^>]*>(?:<svg.*?</svg>)?(?:<span>)?([^<]+)', page, re.DOTALL)
    assert marked == [here, here]  # on a desk and behind the phone's button
    assert f"<strong>{here}</strong>" in page


def test_the_second_level_is_open_only_where_the_reader_is(ada: Browser) -> None:
    assert "Activation Code</a>" not in ada.get("/").text
    assert "Activation Code</a>" in ada.get("/administration/password").text


def test_every_line_leads_to_a_page(ada: Browser) -> None:
    lines = set(re.findall(r'<li>\s*<a href="([^"]+)"', ada.get("/administration/password").text))

    assert {"/", "/check", "/administration/password"} <= lines
    assert [path for path in lines if ada.get(path).status_code != 200] == []


def test_the_parent_of_lines_leads_to_the_first_of_them() -> None:
    parents = [entry for entry in MENU if entry.entries]

    assert parents and [entry.endpoint for entry in parents] == [entry.entries[0].endpoint for entry in parents]


def test_a_page_below_a_line_of_the_menu_has_the_menu(olga: Browser) -> None:
    assert 'aria-label="Menu"' in olga.get("/installation/feeds/add").text
