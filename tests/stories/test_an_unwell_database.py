"""The running program while its database is not well: DNS answers, pages go on or say what is wrong, and none is lost.

With the file of SQLite it is held by another program, may not grow, is moved away or is damaged; PostgreSQL stands
still, ends its sessions, or is stopped and comes back.
"""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import sqlite3
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from reputation.store.db import SQLITE_NAME
from tests import debian, postgresql
from tests.frozen import frozen, processes
from tests.postgresql import drop_database, new_database
from tests.stories.program import Browser, Program, Reply, wait_until

EMAIL, PASSWORD = "olga@acme.example", "a quiet sentence works"
LISTED, LABELS, KSS = "192.0.2.7", "7.2.0.192", Reply(0, 2, 0)
PAGE_SECONDS = 20  # of the slowest page, which should take nine: the machine may have other work
WELL_SECONDS = 60
READ = ("/", "/policy", "/report/queries-per-hour", "/installation/system", "/installation/feeds", "/check")
WITHOUT_TABLES = ("/help", "/criteria", f"/lookup?address={LISTED}", "/readyz")
WRONG = "Something went wrong here"


class Answer(NamedTuple):
    status: int
    text: str
    seconds: float
    again: str


class Office:
    """An installation with an operator who is logged in, and an address that is listed."""

    def __init__(self, program: Program, *flags: str, **variables: str) -> None:
        self.program = program
        for words, typed in (
            (("organization", "add", "Acme", "--subscription", "advanced", "--json"), ""),
            (("user", "add", EMAIL, "--organization", "Acme", "--role", "operator", "--password-stdin"), PASSWORD),
            (("listing", "add", LISTED, "--database", "standard", "--category", "KSS", "--reason", "spam"), ""),
        ):
            done = program.command(*words, stdin=typed, **variables)
            assert done.code == 0, done.err
            if "--json" in words:
                self.label = done.json["label"]
        program.start(*flags, **variables)
        self.olga, self.visitor = Browser(program.portal), Browser(program.portal)
        self.olga.submit("/login", email=EMAIL, password=PASSWORD)
        assert self.get("/").status == 200

    def get(self, path: str, browser: Browser | None = None) -> Answer:
        return self._asked(urllib.request.Request(self.program.portal + path), browser or self.olga)

    def add_rule(self, sender: str) -> Answer:
        hidden = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', self.get("/policy").text)
        body = urllib.parse.urlencode({"csrf_token": hidden[1] if hidden else "", "sender": sender, "list": "blocked"})
        request = urllib.request.Request(
            f"{self.program.portal}/policy", body.encode(), {"Referer": self.program.portal}
        )
        return self._asked(request, self.olga)

    def _asked(self, request: urllib.request.Request, browser: Browser) -> Answer:
        began = time.monotonic()
        try:
            with browser._opener.open(request, timeout=120) as response:
                status, text, again = response.status, response.read().decode(), ""
        except urllib.error.HTTPError as error:
            with error:
                status, text, again = error.code, error.read().decode(), error.headers.get("Retry-After", "")
        assert WRONG not in text, request.full_url
        return Answer(status, text, time.monotonic() - began, again)

    def faults(self) -> list[str]:
        return [fault["kind"] for fault in json.loads(self.get("/readyz", self.visitor).text).get("faults", ())]

    def answers(self) -> bool:
        return self.program.ask(LABELS, self.label) == KSS

    def assert_what_needs_no_table_goes_on(self) -> None:
        assert self.answers()
        for path in WITHOUT_TABLES:
            answer = self.get(path, self.visitor)
            assert answer.status == 200 and answer.seconds < PAGE_SECONDS, (path, answer)

    def assert_pages_say(self, *words: str) -> None:
        for path in READ:
            answer = self.get(path)
            assert answer.status == 503 and answer.seconds < PAGE_SECONDS, (path, answer)
            assert [each for each in words if each not in answer.text] == [], answer.text
            assert int(answer.again) > 0

    def assert_pages_are_there(self) -> None:
        for path in READ:
            answer = self.get(path)
            assert answer.status == 200, (path, answer)

    def assert_well_again(self) -> None:
        # Whoever asks while another one still tries is told at once that it was away.
        wait_until(lambda: self.get("/").status == 200, WELL_SECONDS, "pages are back")
        self.assert_pages_are_there()
        assert self.add_rule("198.51.100.0/24").status == 200, "it follows to the page that lists it"
        wait_until(lambda: not self.faults(), WELL_SECONDS, "no fault stands any more")
        assert "OperationalError" not in self.program.log.read_text(), "a sentence is enough"


@pytest.fixture
def office(source: Program) -> Office:
    return Office(source)


def file_of(office: Office) -> Path:
    return office.program.data / SQLITE_NAME


def test_another_program_that_holds_the_file_stops_no_page_that_reads(office: Office) -> None:
    with closing(sqlite3.connect(file_of(office), isolation_level=None, timeout=60)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        office.assert_what_needs_no_table_goes_on()
        office.assert_pages_are_there()
        answer = office.add_rule("198.51.100.7")
        assert answer.status == 503 and answer.seconds < PAGE_SECONDS
        assert "Another program holds the database" in answer.text and "198.51.100.7" in answer.text
        wait_until(lambda: "database writes" in office.faults(), WELL_SECONDS, "it is told")
        assert "is locked by another program" in office.get("/").text
    office.assert_well_again()


def test_a_file_that_may_not_grow_stops_no_page_that_reads(office: Office) -> None:
    """As on a full disk, by a limit on the size of files that takes no root."""
    pid = office.program.pid
    wait_until(lambda: not office.faults(), WELL_SECONDS, "it has begun")
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1 << 12, resource.RLIM_INFINITY))
    try:
        office.assert_what_needs_no_table_goes_on()
        office.assert_pages_are_there()
        answer = office.add_rule("198.51.100.7")
        assert answer.status == 503 and "198.51.100.7" in answer.text
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    office.assert_well_again()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of six megabytes."""
    debian.need_root("may mount a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "none", place], capture_output=True, text=True)
    if done.returncode:
        debian.do_without(f"nothing can be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_stops_no_page_that_reads(small_disk: Path, source: Program) -> None:
    source.data = small_disk / "data"
    office = Office(source)
    try:
        with (small_disk / "filler").open("wb", buffering=0) as filler:
            with pytest.raises(OSError, match="No space"):
                while True:
                    filler.write(bytes(1 << 12))
        office.assert_what_needs_no_table_goes_on()
        office.assert_pages_are_there()
        answers = [office.add_rule(f"198.51.100.{number}") for number in range(3)]
        wait_until(lambda: "database writes" in office.faults() or "disk" in office.faults(), WELL_SECONDS, "told")
        assert {answer.status for answer in answers} <= {200, 503}
        if 503 in {answer.status for answer in answers}:
            assert "full" in office.get("/").text
        (small_disk / "filler").unlink()
        office.assert_pages_are_there()
        assert office.add_rule("198.51.100.0/24").status == 200
    finally:
        source.stop()


def test_a_file_that_is_moved_away_is_said_to_be_and_no_empty_one_takes_its_place(office: Office) -> None:
    file = file_of(office)
    file.rename(file.with_suffix(".away"))
    office.assert_what_needs_no_table_goes_on()
    office.assert_pages_say("The database of this installation cannot be opened")
    wait_until(lambda: "database" in office.faults(), WELL_SECONDS, "it is told")
    assert not file.exists(), "no page has made an empty database"
    file.with_suffix(".away").rename(file)
    office.assert_well_again()


def test_a_command_says_in_a_sentence_what_is_wrong(office: Office) -> None:
    office.program.stop()
    file = file_of(office)
    content = bytearray(file.read_bytes())
    content[100:5000] = b"\x5a" * 4900
    file.write_bytes(content)

    done = office.program.command("organization", "list")

    assert done.code == 1 and done.out == ""
    assert "is damaged" in done.err and "put back a backup" in done.err and "Traceback" not in done.err


@pytest.fixture
def database(postgresql_url: str) -> Iterator[str]:
    made = new_database(postgresql_url)
    yield made
    drop_database(made)


@pytest.fixture
def branch(source: Program, database: str) -> Iterator[Office]:
    """An office whose database is on PostgreSQL."""
    yield Office(source, GATEPOST_DATABASE=database)
    source.stop()


def test_no_page_waits_for_a_server_that_stands_still(branch: Office, database: str) -> None:
    with frozen(database):
        slow = threading.Thread(target=branch.get, args=("/",))
        slow.start()
        branch.assert_what_needs_no_table_goes_on()
        branch.assert_pages_say("cannot be reached")
        wait_until(lambda: "database" in branch.faults(), WELL_SECONDS, "it is told")
        slow.join()
        seconds = [branch.get("/").seconds for _ in range(5)]
        assert min(seconds) < 4, f"what is known to be silent is told soon: {seconds}"
    branch.assert_well_again()


def test_sessions_that_the_server_has_ended_are_not_noticed(branch: Office, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as other:
        for _ in range(5):
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gatepost' "
                "AND datname = current_database()"
            )
            branch.assert_pages_are_there()
    branch.assert_well_again()


@contextmanager
def own_server() -> Iterator[str]:
    with postgresql.server(postgresql.newest(debian.need("postgresql"))) as url:
        yield url


def test_a_server_that_is_killed_is_said_to_be_away(source: Program) -> None:
    with own_server() as url:
        branch = Office(source, GATEPOST_DATABASE=url)
        for process in processes(url):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        branch.assert_what_needs_no_table_goes_on()
        branch.assert_pages_say("cannot be reached")
        wait_until(lambda: "database" in branch.faults(), WELL_SECONDS, "it is told")
        done = source.command("organization", "list", GATEPOST_DATABASE=url)
        assert done.code == 1 and "cannot be used" in done.err and "Traceback" not in done.err
        assert "Traceback" not in source.log.read_text()
        source.stop()
