"""The first paint of each page on the data of the demo, as Chromium measures it; a table in docs/performance.md.

A page is opened as often as ROUNDS says, with its files from the browser's cache as on every visit but the first; the
middle time counts. The portal, its DNS server and the browser share the machine.
"""

from __future__ import annotations

import statistics
from typing import NamedTuple

from playwright.sync_api import Page

from benchmarks import demo
from benchmarks.report import table

ROUNDS = 5
OUTSIDE = (("Log in", "/login"), ("Look up an address", "/lookup?address=192.0.2.11"), ("Criteria", "/criteria"))
TARGET = 200  # milliseconds
PAINT = """() => new Promise((done) => new PerformanceObserver((list) => {
  const painted = list.getEntriesByName("first-contentful-paint")[0];
  if (painted) {
    const [page] = performance.getEntriesByType("navigation");
    done([painted.startTime, page.responseEnd - page.requestStart, page.transferSize]);
  }
}).observe({type: "paint", buffered: true}))"""


class Painted(NamedTuple):
    """A page: milliseconds to the first paint with content, of which the server took some, and octets of the page."""

    text: str
    path: str
    paint: float
    server: float
    size: float

    @property
    def place(self) -> str:
        """Return its path without the query string."""
        return self.path.partition("?")[0]


def measured() -> list[Painted]:
    """Measure every screen in the operator's menu, and those of a visitor."""
    with demo.serving() as base, demo.chromium() as browser:
        reader = demo.sit_down(browser, base, demo.OLGA)
        pages = [painted(reader, base, text, path) for text, path in demo.menu(reader, base)]
        visitor = demo.sit_down(browser, base)
        return pages + [painted(visitor, base, text, path) for text, path in OUTSIDE]


def painted(page: Page, base: str, text: str, path: str) -> Painted:
    """Measure one page, after it was opened once."""
    page.goto(base + path)
    rounds = []
    for _ in range(ROUNDS):
        page.goto(base + path)
        rounds.append(page.evaluate(PAINT))
    return Painted(text, path, *(statistics.median(each) for each in zip(*rounds, strict=True)))


def section(pages: list[Painted], machine: str) -> str:
    """Write the table, the slowest page first, and whether all are within the target."""
    pages = sorted(pages, key=lambda page: -page.paint)
    late = [page for page in pages if page.paint > TARGET]
    verdict = f"All {len(pages)} pages are" if not late else f"{len(late)} of {len(pages)} pages are **not**"
    lines = [
        [page.text, f"`{page.place}`", f"{page.paint:.0f}", f"{page.server:.0f}", f"{page.size / 1000:.0f}"]
        for page in pages
    ]
    heads = ("page", "", "first paint, ms", "of which the server, ms", "kB")
    return f"{verdict} within the target of {TARGET} ms. {machine}.\n\n{table(heads, lines)}"
