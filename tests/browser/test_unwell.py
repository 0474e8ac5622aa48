"""What is said while something is not well: for everybody, at every width, in light and in dark."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from portal.app_context import AppContext
from reputation import faults as room
from reputation.store.db import SQLITE_NAME
from tests.browser.conftest import DESK, PHONE, Open
from tests.browser.test_accessibility import faults, tell
from tests.conftest import NOON, Cast
from tests.portal.conftest import OLGA

SIZES = pytest.mark.parametrize(("width", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk", "phone"])


@SIZES
def test_faults_are_for_everybody_however_long_they_are(reader: Open, cast: Cast, width: int, scheme: str) -> None:
    for number in range(8):
        room.raised(f"feed:{'a-long-name' * 12}-{number}", f"{'onlyoneword' * 40} `{'c' * 90}` and so on.", NOON - 60)
    user = reader(width, scheme)
    user.log_in(OLGA)

    tell(fault for page in ("/", "/installation/system") for fault in faults(user, page, scheme))
    expect(user.go("/").get_by_text("And 3 faults more")).to_be_visible()


@SIZES
def test_a_page_that_cannot_be_shown_is_for_everybody(
    reader: Open, cast: Cast, app_context: AppContext, tmp_path: Path, width: int, scheme: str
) -> None:
    user = reader(width, scheme)
    user.log_in(OLGA)
    (tmp_path / SQLITE_NAME).rename(tmp_path / "away")
    try:
        tell(fault for page in ("/policy", "/lookup?address=192.0.2.1") for fault in faults(user, page, scheme))
        expect(user.go("/policy").get_by_role("heading", name="Not possible at the moment")).to_be_visible()
    finally:
        (tmp_path / "away").rename(tmp_path / SQLITE_NAME)

    user.page.get_by_role("link", name="Try again").click()
    expect(user.page.get_by_role("heading", name="Settings")).to_be_visible()


def test_a_page_that_refreshes_itself_says_why_it_cannot(reader: Open, cast: Cast, tmp_path: Path) -> None:
    user = reader()
    user.log_in(OLGA)
    page = user.go("/")
    (tmp_path / SQLITE_NAME).rename(tmp_path / "away")
    try:
        expect(page.locator("#poll-failed")).to_contain_text("The database of this installation cannot be opened")
    finally:
        (tmp_path / "away").rename(tmp_path / SQLITE_NAME)
    expect(page.locator("#poll-failed")).to_be_hidden()
