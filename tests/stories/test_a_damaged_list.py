"""A list that the disk has damaged: DNS answers by the one before, every screen says so, and a fetch heals it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from tests.postgresql import drop_database, new_database
from tests.reputation.intake.fetch.server import Site, answer, running
from tests.reputation.test_publisher_damaged import BOTH, FIRST, NEW, OLD, SECOND, versioned
from tests.stories.program import Browser, Program, wait_until

EMAIL, PASSWORD = "olga@acme.example", "a quiet sentence works"
LIVE = "SELECT id, ranges4 FROM feed_revision WHERE state = 'live'"


class Installed(NamedTuple):
    """A program whose only feed has two lists, and the server that they came from."""

    program: Program
    url: str
    label: str
    site: Site

    def command(self, *words: str, stdin: str = "") -> object:
        done = self.program.command(*words, stdin=stdin, GATEPOST_DATABASE=self.url)
        assert done.code == 0, done.err
        return done

    def feed(self) -> dict[str, object]:
        (one,) = self.program.command("feed", "list", "--json", GATEPOST_DATABASE=self.url).json
        return dict(one)

    def listed(self) -> list[str]:
        reverse = {one: ".".join(reversed(one.split("."))) for one in (OLD, NEW, BOTH)}
        return [one for one, labels in reverse.items() if self.program.ask(labels, self.label).octet]

    def page(self, path: str) -> str:
        browser = Browser(self.program.portal)
        browser.submit("/login", email=EMAIL, password=PASSWORD)
        return " ".join(re.sub(r"<[^>]+>", " ", browser.get(path)).split())

    def flip(self) -> None:
        """Change one bit of the live list, where it lies."""
        if not self.url:
            with sqlite3.connect(self.program.data / "gatepost.sqlite3") as file:
                number, blob = file.execute(LIVE).fetchone()
                file.execute("UPDATE feed_revision SET ranges4 = ? WHERE id = ?", (flipped(blob), number))
            file.close()
            return
        with psycopg.connect(self.url) as server:
            number, blob = server.execute(LIVE).fetchone()  # type: ignore[misc]
            server.execute("UPDATE feed_revision SET ranges4 = %s WHERE id = %s", (flipped(bytes(blob)), number))


def flipped(blob: bytes) -> bytes:
    return blob[:-3] + bytes([blob[-3] ^ 4]) + blob[-2:]


@pytest.fixture(params=["sqlite", "postgresql"])
def installed(request: pytest.FixtureRequest, source: Program) -> Iterator[Installed]:
    is_server = request.param == "postgresql"
    url = new_database(request.getfixturevalue("postgresql_url")) if is_server else ""
    content = [FIRST]
    with running(versioned(lambda: content[-1])) as site:
        added = source.command("organization", "add", "Acme", "--json", GATEPOST_DATABASE=url).json
        made = Installed(source, url, added["label"], site)
        user = ("user", "add", EMAIL, "--organization", "Acme", "--role", "operator", "--password-stdin")
        made.command(*user, stdin=PASSWORD)
        made.command("feed", "add", "one", "--source", site.url, "--format", "plain", "--category", "KSS")
        made.command("feed", "refresh", "one")
        content.append(SECOND)
        made.command("feed", "refresh", "one")
        yield made
        source.stop()
    if url:
        drop_database(url)


def test_the_list_before_is_served_it_is_said_and_a_fetch_heals_it(installed: Installed, tmp_path: Path) -> None:
    answers = list(installed.site.acts)
    installed.site.acts[:] = [answer(b"", 404)]  # until somebody has looked
    installed.flip()
    installed.program.start(GATEPOST_DATABASE=installed.url)

    assert installed.listed() == [OLD, BOTH]
    assert installed.feed()["status"] == "damaged" and installed.feed()["entries"] == 3
    for path in ("/installation/feeds", "/installation/system", "/"):
        assert "is damaged in the database" in installed.page(path), path
    wait_until(lambda: "answered 404" in installed.page("/installation/feeds"), 60, "it was asked at once")

    installed.site.acts[:] = answers
    installed.command("feed", "refresh", "one")

    wait_until(lambda: installed.listed() == [NEW, BOTH], 20, "the healed list is served")
    assert installed.feed()["status"] == "good"
    assert "damaged" not in installed.page("/installation/feeds").replace("Damaged", "")


def test_what_is_served_from_the_prepared_files_is_shown_and_the_rows_are_healed(installed: Installed) -> None:
    installed.program.start(GATEPOST_DATABASE=installed.url)
    assert installed.program.stop() == 0
    installed.flip()
    installed.program.start(GATEPOST_DATABASE=installed.url)

    assert installed.listed() == [NEW, BOTH], "as it was kept whole"
    assert "damaged" not in installed.page("/installation/feeds").replace("Damaged", "")
    asked = len(installed.site.asked)
    installed.command("feed", "refresh", "one")

    assert "If-None-Match" not in installed.site.asked[asked][1], "its server would say that nothing has changed"
    wait_until(lambda: installed.listed() == [NEW, BOTH], 20, "it is served")
    assert installed.feed()["status"] == "good"
