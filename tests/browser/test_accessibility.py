"""Every screen of every role, looked at by axe-core (WCAG 2.2, A and AA) and by what axe-core does not ask.

The screens are found from the URL map and the links between them, so that a new one is looked at by itself. What is
found is told for all screens at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext

from commands.demo import fill_in
from portal import screens
from portal.app_context import AppContext
from tests.browser import demo
from tests.browser.conftest import DESK, PATIENCE, PHONE, Open, Reader
from tests.browser.demo import Demo
from tests.conftest import NOON, Cast
from tests.portal import conftest as portal
from tests.portal.conftest import TOKEN

AXE = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text()
GRAVE = ("serious", "critical")
MOST_SHIFT = 0.02
ROLES = {"administrator": demo.ADA, "viewer": demo.VERA, "operator": demo.OLGA, "visitor": ""}

RUN = """async (only) => {
  const options = only ? {runOnly: {type: "rule", values: only}} : {};
  const {violations} = await axe.run(document, {...options, resultTypes: ["violations"], iframes: false});
  const shown = (nodes) => nodes.slice(0, 3).map((node) => node.html.slice(0, 160));
  return violations.map(({id, impact, nodes}) => ({id, impact, nodes: shown(nodes)}));
}"""
# Fields without a name that a screen reader can say; a placeholder is none.
NAMELESS = """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
  .filter((field) => !field.hidden && !field.labels?.length)
  .filter((field) => !field.ariaLabel && !field.getAttribute("aria-labelledby"))
  .map((field) => field.outerHTML.slice(0, 160))"""
# Charts without a table of the same figures: the one they name, or one in the same section.
TABLELESS = """() => [...document.querySelectorAll("main .chart, main canvas, main svg[role=img]:not(td svg)")]
  .filter((chart) => {
    const named = chart.closest("[data-chart]")?.dataset.chart;
    if (named) return document.getElementById(named)?.tagName !== "TABLE";
    return !chart.closest("section")?.querySelector("table") && !document.querySelector("main table");
  })
  .map((chart) => chart.outerHTML.slice(0, 160))"""
SHIFT = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(sum), 150);
})"""
# A long table is as its first lines are.
SHORTEN = (
    "document.querySelectorAll('tbody tr:nth-child(n + 25), li:nth-child(n + 50)').forEach((part) => part.remove())"
)
OPEN_ALL = "document.querySelectorAll('main details').forEach((part) => { part.open = true })"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The portal with the data of the demo, filled once."""
    folder = tmp_path_factory.mktemp("demo")
    fill_in(folder, NOON)
    with demo.served(folder) as made:
        yield made


@pytest.fixture
def sit_down(chromium: Browser, shown: Demo) -> Iterator[Callable[..., Reader]]:
    contexts: list[BrowserContext] = []

    def open_(width: int, scheme: Any) -> Reader:
        size = {"width": width, "height": 844}
        context = chromium.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        return Reader(context.new_page(), shown.url)

    yield open_
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("width", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk", "phone"])
@pytest.mark.parametrize("role", [role for role in ROLES if role != "viewer"])
def test_every_screen_is_for_everybody(
    shown: Demo, sit_down: Callable[..., Reader], role: str, width: int, scheme: str
) -> None:
    """Each is opened once a width, and looked at in light and in dark; an operator's are those that no other has."""
    pages = demo.screens(shown.app, ROLES[role])
    if role == "operator":
        pages = [page for page in pages if screens.is_for_operator(demo.endpoint_of(shown.app, page))]
    assert pages
    user = sit_down(width, scheme)
    if ROLES[role]:
        user.log_in(ROLES[role], demo.PASSWORD)

    tell(fault for page in pages for fault in faults(user, page, scheme))


def test_screens_of_a_viewer_are_for_everybody(shown: Demo, sit_down: Callable[..., Reader]) -> None:
    """On a phone alone: at a desk they are an administrator's with less in them."""
    user = sit_down(PHONE, "dark")
    user.log_in(demo.VERA, demo.PASSWORD)

    tell(fault for page in demo.screens(shown.app, demo.VERA) for fault in faults(user, page, "dark"))


@pytest.mark.alone("nothing is there yet but an operator")
def test_screens_of_a_new_installation_are_for_everybody(reader: Open, cast: Cast, app: Flask) -> None:
    user = reader(PHONE, "dark")
    user.log_in(portal.OLGA)
    pages = demo.screens(app, portal.OLGA, portal.PASSWORD)

    tell(fault for page in pages for fault in faults(user, page, "dark"))


@pytest.mark.alone("the first run is over once somebody is there")
def test_the_first_run_is_for_everybody(reader: Open, app_context: AppContext) -> None:
    tell(faults(reader(PHONE, "dark"), f"/first-run/{TOKEN}", "dark"))


def tell(found: Iterable[str]) -> None:
    """All that is wrong, at once."""
    lines = list(found)
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)


def faults(user: Reader, address: str, scheme: str) -> list[str]:
    """What is wrong with a page, in words that name it."""
    page = user.go(address)
    where = f"{address} at {page.viewport_size['width']}"  # type: ignore[index]
    page.wait_for_load_state("load")
    found = []
    shift = page.evaluate(SHIFT)
    if shift > MOST_SHIFT:
        found.append(f"{where}: things jump while it loads, by {shift:.3f}")
    found += [f"{where}: {each}" for each in seen(user)]
    page.evaluate(SHORTEN)
    found += looked_at(user, f"{where}, {scheme}")
    page.evaluate(OPEN_ALL)
    if user.overflow():
        found.append(f"{where}: wider than its window by {user.overflow()} pixels with its parts open")
    other = "dark" if scheme == "light" else "light"
    page.emulate_media(color_scheme=other, reduced_motion="reduce")  # type: ignore[arg-type]
    found += looked_at(user, f"{where}, {other}, parts open", ["color-contrast"])
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    found += [f"{where}: the browser says {complaint}" for complaint in user.complaints]
    user.complaints.clear()
    return found


def seen(user: Reader) -> list[str]:
    """What axe-core does not ask."""
    page = user.page
    found = [f"a field without a label, {field}" for field in page.evaluate(NAMELESS)]
    found += [f"a chart without its table, {chart}" for chart in page.evaluate(TABLELESS)]
    if user.overflow():
        found.append(f"wider than its window by {user.overflow()} pixels")
    if page.locator("h1").count() != 1:
        found.append(f"{page.locator('h1').count()} headings of the first order")
    return found


def looked_at(user: Reader, where: str, only: list[str] | None = None) -> list[str]:
    """The serious and critical findings of axe-core; evaluated, so that the page's content policy does not matter."""
    user.page.evaluate(f"if (!window.axe) {{ {AXE} }}")
    found = user.page.evaluate(RUN, only)
    return [f"{where}: {one['id']} ({one['impact']}): {one['nodes']}" for one in found if one["impact"] in GRAVE]
