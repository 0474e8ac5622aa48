"""Charts, drawn in Chromium from the table of the same figures."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from reputation.store.models import Organization
from reputation.verdict.counters import HOUR
from reputation.verdict.zones import DUL, KSS
from tests.browser.conftest import PATIENCE, Open
from tests.conftest import NOON, Cast
from tests.neighbour import is_others
from tests.portal.conftest import ADA
from tests.portal.reported import counted

PAGES = ("/", "/report/percentage-queries", "/report/queries-per-hour", "/report/queries-per-day")
SHIFT = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) sum += entry.value; })
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 100);
})"""
# How many pixels of the drawing have each colour that is asked for.
COUNT = """(wanted) => {
  const canvas = document.querySelector(".chart canvas");
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let found = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (wanted.every((part, place) => part === data[i + place]) && data[i + 3] === 255) found += 1;
  }
  return found;
}"""
# How much of the height between the axis and the top of the drawing the tallest bar takes.
TALLEST = """(wanted) => {
  const canvas = document.querySelector(".chart canvas"), over = document.querySelector(".chart .u-over");
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let first = 0;
  while (first < data.length && !wanted.every((part, place) => part === data[first + place])) first += 4;
  const row = Math.floor(first / 4 / canvas.width) / devicePixelRatio;
  return 1 - (row - over.offsetTop) / over.offsetHeight;
}"""
BLUE = [0x9D, 0xB8, 0xDC]
RED, RED_OF_NIGHT = [0xC6, 0x2F, 0x3B], [0xFF, 0x76, 0x80]


@pytest.fixture
def day(cast: Cast) -> Cast:
    Organization.update(created_at=0).where(is_others(Organization)).execute()
    for back in range(24):
        counted(cast.acme.id, NOON - back * HOUR, 100 + back)
        counted(cast.acme.id, NOON - back * HOUR, 50, KSS)
    return cast


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", PAGES)
def test_a_chart_is_drawn_without_a_complaint_and_moves_nothing(day: Cast, reader: Open, path: str, width: int) -> None:
    user = reader(width=width)
    page = user.log_in(ADA)
    user.go(path)
    page.locator(".chart canvas").wait_for()

    until(page, f"({COUNT})({RED}) > 500")
    assert page.evaluate(SHIFT) < 0.02
    assert user.overflow() == 0
    assert user.complaints == []


def test_the_arrow_keys_read_the_points(day: Cast, reader: Open) -> None:
    user = reader()
    page = user.log_in(ADA)
    user.go("/report/queries-per-hour")
    page.locator(".chart canvas").wait_for()
    chart = page.locator(".chart")
    chart.focus()

    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert chart.get_attribute("aria-valuetext") == "21 Sep 2026, 11:00: Queries 151, Matched 50"
    assert "21 Sep 2026, 11:00" in chart.inner_text()
    page.keyboard.press("Home")
    assert "20 Sep 2026, 13:00" in chart.inner_text()


def test_general_is_drawn_anew_from_what_a_refresh_brings_and_its_reader_keeps_the_place(
    day: Cast, reader: Open
) -> None:
    user = reader()
    page = user.log_in(ADA)
    user.go("/")
    chart = page.locator(".chart")
    page.locator(".chart canvas").wait_for()
    chart.focus()
    page.keyboard.press("End")
    assert chart.get_attribute("aria-valuetext") == "21 Sep 2026, 12:00: Queries 150, Matched 50"

    counted(day.acme.id, NOON, 7, DUL)
    now = "21 Sep 2026, 12:00: Queries 157, Matched 57"
    until(page, f"document.querySelector('.chart').getAttribute('aria-valuetext') === '{now}'")
    assert user.complaints == []


def test_the_axis_ends_at_a_round_figure_above_the_largest_hour(cast: Cast, reader: Open) -> None:
    user = reader()
    page = user.log_in(ADA)
    for back, (largest, top) in enumerate([(4, 4), (5, 8), (17, 20), (41, 60), (4560, 6000), (8001, 10_000)]):
        counted(cast.acme.id, NOON - back * HOUR, largest)
        user.go("/")
        page.locator(".chart canvas").wait_for()
        until(page, f"({COUNT})({BLUE}) > 100")

        assert page.evaluate(f"({TALLEST})({BLUE})") == pytest.approx(largest / top, abs=0.02), largest


def test_general_draws_its_first_queries_when_they_come(cast: Cast, reader: Open) -> None:
    user = reader()
    page = user.log_in(ADA)
    user.go("/")
    assert not page.locator(".chart").is_visible()

    counted(cast.acme.id, NOON, 100)

    page.locator(".chart canvas").wait_for()
    assert not page.locator("#nothing").inner_text()
    assert user.complaints == []


def test_a_finger_reads_a_point(day: Cast, reader: Open) -> None:
    user = reader(width=390, has_touch=True)
    page = user.log_in(ADA)
    user.go("/report/queries-per-hour")
    box = page.locator(".chart .u-over").bounding_box()
    assert box

    page.touchscreen.tap(box["x"] + box["width"] - 6, box["y"] + 40)

    assert "21 Sep 2026, 12:00" in page.locator(".chart").inner_text()


def until(page: Page, condition: str) -> None:
    """Wait for it from outside: what the page itself evaluates again and again is against its content policy."""
    for _ in range(PATIENCE // 50):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never so: {condition}")


def test_a_change_of_the_scheme_and_of_the_width_draws_anew(day: Cast, reader: Open) -> None:
    user = reader()
    page = user.log_in(ADA)
    user.go("/report/queries-per-hour")
    page.locator(".chart canvas").wait_for()

    page.emulate_media(color_scheme="dark")
    until(page, f"({COUNT})({RED_OF_NIGHT}) > 500")
    page.set_viewport_size({"width": 700, "height": 844})
    until(page, "document.querySelector('.chart canvas').getBoundingClientRect().width < 700")
    assert user.complaints == []


def test_without_a_script_the_table_is_all_there_is(day: Cast, reader: Open) -> None:
    user = reader(java_script_enabled=False)
    page = user.log_in(ADA)
    user.go("/report/queries-per-hour")

    assert not page.locator(".chart").is_visible()
    assert page.locator("#figures tbody tr").count() == 24

    user.go("/")
    assert not page.locator(".chart").is_visible()
    page.locator("#hours-title").click()
    assert page.locator("#hours-table tbody tr").count() == 24
    assert page.locator("#hours-table").is_visible()
