"""Release News: what the operator announces, and what each version of the program brought."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from portal.news import release_news
from reputation.insight import news, releases
from reputation.version import VERSION
from tests.conftest import NOON
from tests.portal.conftest import OLGA, Browser, content

CHANGELOG = f"# Changelog\n\n## 9.0.0\n\nA **later** one.\n\n## {VERSION} (2026-11-03)\n\n- Ours <b>now</b>\n"


def test_our_own_changelog_is_shown_with_the_version_that_runs(ada: Browser) -> None:
    text = content(ada.get("/news/release"))

    assert "Versions of Gatepost" in text
    assert VERSION in text
    assert "runs here" in text
    assert "Mail servers ask by DNS" in text


def test_each_version_has_its_day_and_the_running_one_is_open(app: Flask, ada: Browser) -> None:
    app.extensions["changelog"] = releases.parse(CHANGELOG)

    page = ada.get("/news/release")

    assert "<strong>later</strong>" in page.text
    assert '<time datetime="2026-11-03">' in page.text
    assert f'id="version-{VERSION}" open' in page.text
    assert 'id="version-9.0.0" open' not in page.text
    assert "<b>" not in page.text


def test_a_program_without_its_changelog_still_shows_the_page(app: Flask, ada: Browser, tmp_path: Path) -> None:
    release_news.init_app(app, tmp_path / "CHANGELOG.md")

    assert ada.get("/news/release").status_code == 200


def test_announcements_stand_above_the_versions(ada: Browser, vera: Browser, boris: Browser) -> None:
    news.write(news.RELEASE, "Maintenance", "On Sunday.", NOON, OLGA, NOON)
    news.write(news.SPAM, "A wave", "It rose.", NOON, OLGA, NOON)

    for user in (ada, vera, boris):
        text = content(user.get("/news/release"))
        assert text.index("Maintenance") < text.index("Versions of Gatepost")
        assert "A wave" not in text


def test_without_announcements_it_says_so_and_leads_the_operator_on(ada: Browser, olga: Browser) -> None:
    assert "has not announced anything yet" in content(ada.get("/news/release"))
    assert "/installation/news/new?kind=release" in olga.get("/news/release").text
    assert "/installation/news/new" not in ada.get("/news/release").text


def test_an_announcement_has_a_page_of_its_own(ada: Browser) -> None:
    number = news.write(news.RELEASE, "Maintenance", "On *Sunday*.", NOON, OLGA, NOON).id

    assert "<em>Sunday</em>" in ada.get(f"/news/release/{number}").text
    assert ada.get(f"/news/spam/{number}").status_code == 404


def test_a_visitor_is_sent_to_the_login(visitor: Browser) -> None:
    assert visitor.get("/news/release").location.startswith("/login")
