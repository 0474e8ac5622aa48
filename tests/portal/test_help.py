"""Help: every screen has a page, the icon opens it in place, and the search finds it."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask

from portal import program_files
from portal.help import pages, read
from portal.screens import SCREENS
from tests.portal.conftest import TOKEN, Browser, content, words

PAGES = {
    "general": "/",
    "check": "/check",
    "activation_code": "/administration/activation-code",
    "password": "/administration/password",
    "login": "/login",
    "first_run": f"/first-run/{TOKEN}",
}
TEXTS = read(program_files() / "docs" / "help")
NAMES = [screen.name for screen in SCREENS if screen.has_help]


@pytest.mark.parametrize("screen", NAMES)
def test_every_screen_has_a_page(screen: str) -> None:
    assert screen in TEXTS, f"write docs/help/{screen}.md"


@pytest.mark.parametrize("screen", TEXTS)
def test_every_page_begins_with_its_title_and_says_something(screen: str) -> None:
    first = (program_files() / "docs" / "help" / f"{screen}.md").read_text().partition("\n")[0]

    assert re.fullmatch("# .+", first)
    assert TEXTS[screen].title
    assert len(TEXTS[screen].words) > 200


def test_each_is_a_whole_page_and_a_fragment(visitor: Browser) -> None:
    for screen, text in TEXTS.items():
        page, fragment = visitor.get(f"/help/{screen}"), visitor.fragment(f"/help/{screen}")

        assert page.status_code == fragment.status_code == 200
        assert f"Help: {text.title}" in content(page)
        assert "<html" not in fragment.text
        assert "Close the help" in fragment.text
        assert 'href="/help"' in fragment.text


def test_no_page_runs_or_loads_what_the_policy_forbids(visitor: Browser) -> None:
    forbidden = re.compile(r"<script|<style|<img|<iframe|\sstyle=|\son\w+=|javascript:")

    assert not [screen for screen in TEXTS if forbidden.search(visitor.fragment(f"/help/{screen}").text)]


def test_headings_go_down_one_step_at_a_time(visitor: Browser) -> None:
    for screen in TEXTS:
        levels = [int(level) for level in re.findall("<h([1-6])", visitor.fragment(f"/help/{screen}").text)]

        assert levels[0] == 2, screen
        assert 1 not in levels, screen
        assert all(after - before <= 1 for before, after in pairwise(levels)), screen


def test_every_link_of_a_page_leads_somewhere(visitor: Browser) -> None:
    links = {
        (screen, address)
        for screen in TEXTS
        for address in re.findall(r'href="([^"#]*)', visitor.fragment(f"/help/{screen}").text)
        if not address.startswith(("http:", "https:", "mailto:"))
    }

    assert not [(screen, address) for screen, address in sorted(links) if visitor.get(address).status_code >= 400]


@pytest.mark.parametrize("screen", ["login", "first_run"])
def test_the_icon_of_a_public_screen_opens_its_help(visitor: Browser, screen: str) -> None:
    assert f'href="/help/{screen}" hx-get="/help/{screen}"' in visitor.get(PAGES[screen]).text


@pytest.mark.parametrize("screen", ["general", "check", "activation_code", "password"])
def test_the_icon_of_a_screen_opens_its_help(ada: Browser, screen: str) -> None:
    assert f'href="/help/{screen}" hx-get="/help/{screen}"' in ada.get(PAGES[screen]).text


def test_where_there_is_no_page_the_icon_opens_the_list_of_all(ada: Browser) -> None:
    assert 'href="/help" hx-get="/help"' in ada.get("/nowhere").text
    panel = ada.fragment("/help")
    assert "<html" not in panel.text
    assert "Close the help" in panel.text
    assert 'href="/help/general"' in panel.text


def test_there_is_no_help_for_what_is_no_screen(visitor: Browser) -> None:
    for name in ("../layout", "panel", "general.md", "..%2f..%2fREADME"):
        assert visitor.get(f"/help/{name}").status_code == 404


def test_the_list_has_every_page(visitor: Browser) -> None:
    text = visitor.get("/help").text

    assert not [screen for screen in TEXTS if f'href="/help/{screen}"' not in text]


def test_the_list_is_in_the_order_of_the_menu(visitor: Browser) -> None:
    said = content(visitor.get("/help"))

    assert said.index("General") < said.index("Check an address") < said.index("Administration")


def test_a_search_finds_the_pages_with_every_word_and_shows_the_place(visitor: Browser) -> None:
    page = visitor.get("/help?search=TWELVE+hours")

    assert 'href="/help/login"' in page.text
    assert "<mark>twelve hours</mark>" in page.text
    assert 'href="/help/first_run"' not in page.text
    assert 'value="TWELVE hours"' in page.text


def test_a_page_with_the_word_in_its_title_comes_first(visitor: Browser) -> None:
    found = re.findall(r'<li><a href="/help/(\w+)"', visitor.get("/help?search=password").text)

    assert found[0] == "password"
    assert "login" in found


def test_a_search_as_it_is_typed_gets_the_findings_alone(visitor: Browser) -> None:
    found = visitor.get("/help?search=password", HX_Request="true", HX_Target="help-found")

    assert "<html" not in found.text
    assert "Close the help" not in found.text
    assert 'href="/help/password"' in found.text


def test_a_search_without_a_finding_says_what_to_do(visitor: Browser) -> None:
    assert "No help page has “xyzzy”. Try fewer or shorter words" in words(visitor.get("/help?search=xyzzy"))


def test_what_is_searched_for_is_text_and_never_markup(visitor: Browser) -> None:
    assert "<b>" not in visitor.get("/help?search=<b>").text


def test_a_link_to_another_text_leads_to_its_page(tmp_path: Path, app: Flask, visitor: Browser) -> None:
    (tmp_path / "one.md").write_text("# One\n\nSee [two](two.md#more) and [the RFC](https://example.org/a.md).\n")
    (tmp_path / "two.md").write_text("# Two\n\nHello.\n")
    app.extensions["help"] = read(tmp_path)

    text = visitor.fragment("/help/one").text

    assert 'href="/help/two#more"' in text
    assert 'href="https://example.org/a.md"' in text


def test_pages_are_read_when_the_portal_is_made(app: Flask) -> None:
    with app.app_context():
        assert pages() == TEXTS
