"""`make screens`: takes the pictures of docs/screens.md from the data of `gatepost demo`, and writes the page.

Each picture has a sentence here. A screen in the menu without a picture makes it fail, so that none is forgotten.
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Page

from benchmarks import demo
from benchmarks.demo import ADA, OLGA

HERE = Path(__file__).parent
PAGE = HERE.parent / "screens.md"
LARGEST = 120_000  # octets of a picture
HEIGHTS = {1280: (600, 1300), 390: (600, 1100)}  # the least and the most of a page that is shown
HEAD = """# The screens

Taken from the invented data of `gatepost demo` by `make screens`. What each screen shows and how it is used stands on
its help page, which the question mark opens in place.
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


SHOTS = {
    "For an organization": (
        Shot(
            "general",
            "General",
            "/",
            "The day at a glance: queries, what matched, what is loaded, and the first steps.",
        ),
        Shot(
            "statistics",
            "Global Spam Statistics",
            "/statistics",
            "The ISP Spam List of a week, with rank changes, volume and a line of seven days.",
        ),
        Shot(
            "isp",
            "An ISP",
            "/statistics/isp/64498",
            "One ISP: its spam by the hour, what is listed of it, and the rule for it.",
        ),
        Shot("map", "World map", "/statistics/map", "Spam volume by country, with a table of the same figures."),
        Shot("trend", "Trend", "/statistics/trend", "The whole volume by week, month or year."),
        Shot("spam-news", "Spam News", "/news/spam", "What the operator writes about who spams."),
        Shot("release-news", "Release News", "/news/release", "What has changed in Gatepost, with its own changelog."),
        Shot(
            "percentage-queries",
            "Percentage Queries",
            "/report/percentage-queries",
            "Which share of the connections matched, and what decided that.",
        ),
        Shot(
            "queries-per-hour",
            "Queries per Hour",
            "/report/queries-per-hour",
            "Every hour of the range as a chart and as a table.",
        ),
        Shot("queries-per-day", "Queries per Day", "/report/queries-per-day", "Every day, in the reader's time zone."),
        Shot(
            "botnet-report",
            "Botnet Report",
            "/report/botnet-report",
            "Seven days of the organization's own mail servers; a red robot is a day with spam.",
        ),
        Shot(
            "query-log",
            "Query Log",
            "/report/query-log",
            "Single connections with what decided, and a rule one click away.",
        ),
        Shot("policy", "Settings", "/policy", "Approved and blocked senders by address, network, country and ISP."),
        Shot(
            "dry-run",
            "The dry run",
            "/policy?list=blocked",
            "Before a rule is saved: what the last seven days would have been with it.",
            fill=("Sender", "192.0.2.66"),
        ),
        Shot(
            "isp-request",
            "New ISP Request",
            "/policy/isp-request",
            "Asking for an ISP that nobody knows here yet, and what became of it.",
        ),
        Shot(
            "reputation-settings",
            "Reputation Settings",
            "/policy/reputation-settings",
            "Which categories count, and how aggressive the dynamic database is.",
        ),
        Shot(
            "check", "Check an address", "/check?address=192.0.2.66", "What both databases say of an address, and why."
        ),
        Shot(
            "password",
            "Password",
            "/administration/password",
            "A new password with its strength, and the reader's time zone.",
        ),
        Shot("two-step", "Two-step Login", "/administration/two-step-login", "A code of an app after the password."),
        Shot("sessions", "Sessions", "/administration/sessions", "Where one is logged in, with a way to sign out."),
        Shot(
            "activation-code",
            "Activation Code",
            "/administration/activation-code",
            "The code, its replacement, and the texts for each mail server with a live test.",
        ),
        Shot(
            "mail-servers",
            "Valid Mail Servers",
            "/administration/mail-servers",
            "The organization's own mail servers, with a warning where one is listed.",
        ),
        Shot("users", "Users", "/administration/users", "Who may log in, and as what; people are invited by a link."),
        Shot("api-tokens", "API Tokens", "/administration/api-tokens", "Tokens for programs, with scopes and an end."),
        Shot(
            "lists", "Lists for Firewalls", "/lists", "What the installation lists itself, as files for other programs."
        ),
        Shot("alerts", "Alerts", "/administration/alerts", "What people should know of, and where it is told."),
        Shot("audit-log", "Audit Log", "/administration/audit-log", "Who has changed what."),
    ),
    "For the operator": (
        Shot("organizations", "Organizations", "/installation/organizations", "Everybody who asks here.", OLGA),
        Shot(
            "activation-codes",
            "Activation Codes",
            "/installation/activation-codes",
            "Every code, and codes that nobody knows.",
            OLGA,
        ),
        Shot(
            "feeds",
            "Feeds",
            "/installation/feeds",
            "Published lists: how the last fetch went, and what waits for a person.",
            OLGA,
        ),
        Shot("listings", "Listings", "/installation/listings", "What is listed by hand and by reports.", OLGA),
        Shot(
            "repeat-offenders",
            "Repeat Offenders",
            "/installation/repeat-offenders",
            "Senders that come back again and again, proposed for the standard database.",
            OLGA,
        ),
        Shot(
            "requests", "Requests", "/installation/requests", "What waits for an answer, the most urgent first.", OLGA
        ),
        Shot("write-news", "Write News", "/installation/news", "Drafts, scheduled and published news.", OLGA),
        Shot(
            "system",
            "System",
            "/installation/system",
            "Version, doors, jobs, parts of the snapshot, unknown codes.",
            OLGA,
        ),
    ),
    "For everybody": (
        Shot(
            "lookup",
            "Address lookup",
            "/lookup?address=192.0.2.94",
            "Where an address is listed, why, and how it comes off.",
            "",
        ),
        Shot("criteria", "Listing criteria", "/criteria", "How an address comes on a list, and off it (RFC 6471).", ""),
    ),
    "Dark, and on a phone": (
        Shot("general-dark", "General, dark", "/", "The same figures at night.", scheme="dark"),
        Shot("general-phone", "General on a phone", "/", "One column, the menu folded.", width=390),
        Shot(
            "policy-phone", "Settings on a phone", "/policy", "Rules under one's thumb, dark.", width=390, scheme="dark"
        ),
    ),
}


def main() -> None:
    with demo.serving() as base, demo.chromium() as browser:
        forgotten = missing(browser, base)
        if forgotten:
            sys.exit(f"docs/screens/take.py has no picture of {', '.join(forgotten)}: add one to SHOTS")
        pages: dict[tuple[str, int, str], Page] = {}
        for shot in (shot for shots in SHOTS.values() for shot in shots):
            who = shot.email, shot.width, shot.scheme
            if who not in pages:
                pages[who] = demo.sit_down(browser, base, *who)
            (HERE / f"{shot.name}.webp").write_bytes(taken(pages[who], base, shot))
    PAGE.write_text(page())
    print(f"{PAGE.name} shows {sum(map(len, SHOTS.values()))} pictures")


def missing(browser: Browser, base: str) -> list[str]:
    """The screens of the operator's menu, which is the longest, that have no picture."""
    shown = {shot.path.partition("?")[0] for shots in SHOTS.values() for shot in shots}
    reader = demo.sit_down(browser, base, OLGA)
    return [f"{text} ({path})" for text, path in demo.menu(reader, base) if path.partition("?")[0] not in shown]


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
    main()
