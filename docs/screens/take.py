"""`make screens`: takes the pictures of docs/screens.md from the data of `gatepost demo`, and writes the page.
`python -m docs.screens.take NAME...` takes the pictures of these names alone.

The pictures and their sentences follow from the table of the screens (portal/screens.py). A screen in the menu without
a picture makes it fail, so that none is forgotten.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from flask import Flask
from playwright.sync_api import Page

from benchmarks import demo
from benchmarks.demo import ADA, OLGA
from portal.screens import SCREENS, Screen, register

HERE = Path(__file__).parent
PAGE = HERE.parent / "screens.md"
LARGEST = 120_000  # octets of a picture
HEIGHTS = {1280: (600, 1300), 390: (600, 1100)}  # the least and the most of a page that is shown
HEAD = """# The screens

The pictures show the invented data of `gatepost demo`; `make screens` takes them. What each screen shows and how to use
it is on its help page, which the question mark opens in place.
"""


class Shot(NamedTuple):
    """A picture: whose page it is, where, and the sentence below it. `fill` writes something into a field first."""

    name: str
    title: str
    path: str
    sentence: str
    email: str = ADA
    width: int = 1280
    scheme: str = "light"
    fill: tuple[str, str] = ("", "")


# Where a screen shows something only of what is asked.
QUERIES = {"check": "?address=192.0.2.66", "lookup": "?address=192.0.2.94"}
# More pictures of a screen: of its other pages, or with something written into it.
MORE = {
    "statistics": (
        Shot(
            "isp",
            "An ISP",
            "/statistics/isp/64498",
            "One ISP: its spam by the hour, what is listed of it, and the rule for it.",
        ),
        Shot("map", "World map", "/statistics/map", "Spam volume by country, with a table of the same figures."),
        Shot("trend", "Trend", "/statistics/trend", "The total volume by week, month or year."),
    ),
    "policy": (
        Shot(
            "dry-run",
            "The dry run",
            "/policy?list=blocked",
            "Before a rule is saved: what the last seven days would have been with it.",
            fill=("Sender", "192.0.2.66"),
        ),
    ),
}
OTHER_LOOKS = (
    Shot("general-dark", "General, dark", "/", "The same figures at night.", scheme="dark"),
    Shot("general-phone", "General on a phone", "/", "One column, the menu folded.", width=390),
    Shot("policy-phone", "Settings on a phone", "/policy", "Rules under one's thumb, dark.", width=390, scheme="dark"),
)


def shots_of(screens: Iterable[Screen], email: str) -> tuple[Shot, ...]:
    """The pictures of these screens as this person sees them: of each its first page, then what MORE has of it."""
    app = Flask("pictures")
    register(app)
    addresses = app.url_map.bind("localhost")
    found: list[Shot] = []
    for screen in screens:
        path = addresses.build(screen.endpoint) + QUERIES.get(screen.name, "")
        found.append(Shot(screen.name.replace("_", "-"), screen.title, path, screen.summary, email))
        found += MORE.get(screen.name, ())
    return tuple(found)


PICTURED = [screen for screen in SCREENS if screen.summary]
SHOTS = {
    "For an organization": shots_of((one for one in PICTURED if one.in_menu and not one.for_operator), ADA),
    "For the operator": shots_of((one for one in PICTURED if one.for_operator), OLGA),
    "For everybody": shots_of((one for one in PICTURED if one.for_visitors), ""),
    "Dark, and on a phone": OTHER_LOOKS,
}


def main(names: list[str]) -> None:
    """Take the pictures of these names, or all; and write the page."""
    unknown = set(names) - {shot.name for shots in SHOTS.values() for shot in shots}
    if unknown or missing():
        sys.exit(f"There is no picture of {', '.join([*unknown, *missing()])}: write a summary in portal/screens.py")
    with demo.serving() as base, demo.chromium() as browser:
        pages: dict[tuple[str, int, str], Page] = {}
        for shot in (shot for shots in SHOTS.values() for shot in shots if not names or shot.name in names):
            who = shot.email, shot.width, shot.scheme
            if who not in pages:
                pages[who] = demo.sit_down(browser, base, *who)
            (HERE / f"{shot.name}.webp").write_bytes(taken(pages[who], base, shot))
    PAGE.write_text(page())
    print(f"{PAGE.name} shows {sum(map(len, SHOTS.values()))} pictures")


def missing() -> list[str]:
    """The screens of the menu that have no picture."""
    return [screen.title for screen in SCREENS if screen.in_menu and not screen.summary]


def taken(page: Page, base: str, shot: Shot) -> bytes:
    """The picture, as good as it can be within LARGEST octets."""
    least, most = HEIGHTS[shot.width]
    page.set_viewport_size({"width": shot.width, "height": least})
    page.goto(base + shot.path)
    if shot.fill[0]:
        page.get_by_label(shot.fill[0], exact=True).fill(shot.fill[1])
        page.wait_for_timeout(1500)
    page.wait_for_timeout(400)  # charts are drawn, and what is fetched has come
    height = min(max(page.evaluate("document.documentElement.scrollHeight"), least), most)
    page.set_viewport_size({"width": shot.width, "height": height})
    page.wait_for_timeout(200)
    session = page.context.new_cdp_session(page)
    for quality in range(82, 20, -10):
        picture = base64.b64decode(
            session.send("Page.captureScreenshot", {"format": "webp", "quality": quality})["data"]
        )
        if len(picture) <= LARGEST:
            return picture
    sys.exit(f"{shot.name} is larger than {LARGEST:,} octets")


def page() -> str:
    """docs/screens.md."""
    text = HEAD
    for group, shots in SHOTS.items():
        text += f"\n## {group}\n"
        for shot in shots:
            text += f"\n### {shot.title}\n\n{shot.sentence}\n\n![{shot.title}](screens/{shot.name}.webp)\n"
    return text


if __name__ == "__main__":
    main(sys.argv[1:])
