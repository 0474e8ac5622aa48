"""Every page as it is drawn: at a desk and on a phone, light and dark, with names and reasons of any length."""

from __future__ import annotations

from typing import Any

import pytest

from portal.app_context import AppContext
from reputation.intake import listings
from reputation.store.models import Feed, Organization, User
from tests.browser.conftest import DESK, PHONE, Open
from tests.conftest import NOON, Cast
from tests.neighbour import is_others
from tests.portal.conftest import ADA, TOKEN
from tests.portal.test_general import asked, feed

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft & Partners"
VISITORS = ["/login", "/first-run/wrong", "/nothing", "/help/login"]
READERS = [
    "/",
    "/check",
    "/check?address=192.0.2.77",
    "/check?address=2001:db8:1111:2222:3333:4444:5555:6666",
    "/check?address=nonsense",
    "/administration/password",
    "/administration/activation-code",
    "/administration/dns-resolver",
    "/help/check",
    "/nothing",
]
SMALLEST_TEXT = 11  # pixels

# For every text that is seen: its size, and its contrast with the nearest ground that is painted (WCAG 2.2, 1.4.3).
TEXTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b]
    .map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] === 255) return color;
    }
    return rgba(getComputedStyle(document.documentElement).getPropertyValue("--ground"));
  };
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    if (!walker.currentNode.textContent.trim() || !element.checkVisibility() || box.bottom < 0) continue;
    if (element.closest("svg")) continue;
    const [a, b] = [light(rgba(style.color)), light(ground(element))].sort((x, y) => y - x);
    found.push({text: walker.currentNode.textContent.trim(), size: parseFloat(style.fontSize),
                contrast: (a + 0.05) / (b + 0.05)});
  }
  return found;
}"""


@pytest.fixture
def full(cast: Cast, app_context: AppContext) -> Cast:
    """Acme with long names, feeds in every state, and a day of large figures."""
    Organization.update(name=LONG).where(Organization.id == cast.acme.id).execute()
    User.update(time_zone="America/Argentina/ComodRivadavia").where(is_others(User)).execute()
    for number, state in enumerate(("good", "held", "failed", "waiting") * 4):
        feed(f"{number} {LONG}"[:100], state, f"https://lists.example.org/{'x' * 90}.txt answered 503. {LONG}")
    Feed.update(warnings='["line 3: no address"]').where(is_others(Feed)).execute()
    for hour in range(24):
        asked(cast.acme.id, NOON - hour * 3600, 400_000_000 - hour, 123_456_789, 1_000_000)
    reason = f"Sent 214 messages to traps {'withoutanyspace' * 20} {LONG}"
    listings.add("192.0.2.77", "standard", "ETL", 7200, reason[:200], NOON)
    listings.add("2001:db8::/32", "dynamic", "ETL", 7200, reason[:200], NOON)
    app_context.publisher.catch_up(NOON)
    return cast


def check(sat: Any, page: str) -> None:
    """Nothing sticks out, nothing is too small or too faint, and the browser has nothing to complain about."""
    assert sat.overflow() == 0, f"{page} is wider than its window"
    texts = sat.page.evaluate(TEXTS)
    assert texts
    assert [text for text in texts if text["size"] < SMALLEST_TEXT] == [], f"{page}: too small"
    assert [text for text in texts if text["contrast"] < 4.5] == [], f"{page}: too faint"
    assert sat.complaints == [], page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_full_pages_keep_their_shape(reader: Open, full: Cast, width: int, scheme: str) -> None:
    sat = reader(width, scheme)
    for page in VISITORS:
        sat.go(page)
        check(sat, page)
    sat.log_in(ADA)
    for page in READERS:
        sat.go(page)
        check(sat, page)
        sat.page.evaluate("document.querySelectorAll('details:not(.account)').forEach((part) => { part.open = true })")
        check(sat, f"{page} with all parts open")


@pytest.mark.alone("the first run is over once somebody is there")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_empty_pages_keep_their_shape(reader: Open, app_context: AppContext, width: int, scheme: str) -> None:
    sat = reader(width, scheme)
    page = sat.go(f"/first-run/{TOKEN}")
    check(sat, "the first run")
    page.get_by_role("button", name="Begin").click()
    page.locator("[aria-invalid]").first.wait_for()
    check(sat, "the first run with faults")
    sat.go("/login")
    check(sat, "the login of a new installation")


def test_an_open_menu_of_a_phone_shows_every_screen(reader: Open, cast: Cast) -> None:
    sat = reader(PHONE)
    page = sat.log_in(ADA)
    page.get_by_role("navigation", name="Menu").wait_for(state="hidden")

    page.locator("summary", has_text="Menu").click()

    check(sat, "the menu")
    page.get_by_role("link", name="Administration").click()
    page.wait_for_url("**/administration/password")
    assert page.locator("details.place strong").inner_text() == "Password"


def test_labels_of_the_chart_keep_their_size_on_a_phone(reader: Open, full: Cast) -> None:
    sat = reader(PHONE)
    page = sat.log_in(ADA)

    drawing = page.locator(".chart canvas")
    drawing.wait_for()
    written = drawing.evaluate("one => parseFloat(one.getContext('2d').font) / devicePixelRatio")
    stretched = drawing.evaluate("one => one.width / devicePixelRatio - one.getBoundingClientRect().width")

    assert written >= SMALLEST_TEXT
    assert abs(stretched) < 1
