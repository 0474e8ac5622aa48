"""The recipe "Add an alert channel": followed word for word, alerts are sent by it, and screen and help have it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recipes.tree import Tree
from tests.stories.program import Browser

HEADING = "Add an alert channel"
PASSWORD = "a long enough sentence"
ALERTS = "/administration/alerts"
TOPIC = "https://ntfy.example/mail"


@pytest.fixture
def followed(tree: Tree) -> Tree:
    """A copy with the channel of the recipe."""
    tree.follow(HEADING)
    return tree


def test_the_channel_is_set_up_on_the_screen_and_told_of_in_the_help(followed: Tree, tmp_path: Path) -> None:
    program = followed.program(tmp_path / "data")
    assert program.command("organization", "add", "Acme").code == 0
    ann = ("user", "add", "ann@acme.example", "--organization", "Acme", "--role", "administrator", "--password-stdin")
    assert program.command(*ann, stdin=f"{PASSWORD}\n").code == 0
    program.start()
    try:
        browser = Browser(program.portal)
        browser.submit("/login", email="ann@acme.example", password=PASSWORD)
        page = browser.get(ALERTS)
        assert '<h2 id="ntfy-title">ntfy</h2>' in page
        assert "Alerts of Acme are published there" in page

        assert "Write the topic's address" in browser.submit(f"{ALERTS}/ntfy", url="ntfy.example")
        page = browser.submit(f"{ALERTS}/ntfy", url=TOPIC, token="tk_1")

        assert "The ntfy topic is set." in page
        assert f'value="{TOPIC}"' in page
        log = browser.get("/administration/audit-log")
        assert "ntfy changed" in log
        assert TOPIC in log and "tk_1" not in log
        assert "published in a topic of an ntfy server" in browser.get("/help/alerts")
    finally:
        program.stop()


def test_an_alert_is_sent_by_the_channel(followed: Tree) -> None:
    followed.check_style()
    followed.run_tests(
        "tests/reputation/notices/test_ntfy.py",
        "tests/portal/test_alerts.py",
        "tests/portal/test_help.py::test_no_page_runs_or_loads_what_the_policy_forbids",
        "tests/portal/test_help.py::test_headings_go_down_one_step_at_a_time",
        "tests/reputation/test_imports.py",
    )
