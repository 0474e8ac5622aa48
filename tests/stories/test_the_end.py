"""The end: within five seconds, whatever hangs, with the last question counted and DNS answering to the last."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.postgresql import drop_database, new_database
from tests.stories.hanging import Silent, counted, frozen, half_a_mail, half_a_question, readers, unread_pages
from tests.stories.program import Program, wait_until

SECONDS = 5.0  # what is promised
LETTER = """insert into letter ("to", subject, text, created_at, next_try_at, tries, given_up, problem)
    values ('a@b.example', 's', 't', 1, 0, 0, {no}, '')"""
LABELS = "7.2.0.192"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a new database; "" for SQLite."""
    if request.param == "sqlite":
        yield ""
        return
    made = new_database(request.getfixturevalue("postgresql_url"))
    yield made
    drop_database(made)


def seconds_to_end(program: Program, *signals: int) -> float:
    """Tell the program to end, and measure how long that takes."""
    began = time.monotonic()
    for number in signals[1:]:
        program.send(number)
        time.sleep(0.5)
    assert program.stop(signals[0] if signals else signal.SIGTERM) == 0, program.log.read_text()[-3000:]
    return time.monotonic() - began


def put_letter(program: Program, url: str) -> None:
    if url:
        with psycopg.connect(url) as connection:
            connection.execute(LETTER.format(no="false"))
    else:
        with contextlib.closing(sqlite3.connect(program.data / "gatepost.sqlite3")) as file, file:
            file.execute(LETTER.format(no="0"))


def made(source: Program, url: str, *more: tuple[str, ...]) -> str:
    """An organization, and what else is typed; return its code."""
    added = source.command("organization", "add", "Acme", "--json", GATEPOST_DATABASE=url)
    for words in more:
        done = source.command(*words, GATEPOST_DATABASE=url)
        assert done.code == 0, done.err
    return str(added.json["label"])


def feed(silent: Silent) -> tuple[str, ...]:
    address = f"http://127.0.0.1:{silent.port}/list.txt"
    return ("feed", "add", "one", "--source", address, "--format", "plain", "--category", "KSS")


def test_whatever_hangs_it_ends_in_time_and_has_counted_the_last_question(source: Program, url: str) -> None:
    with Silent() as web, Silent() as mail, contextlib.ExitStack() as clients:
        label = made(source, url, feed(web))
        flags = (
            "--trap",
            "127.0.0.1:0",
            "--trap-domain",
            "trap.example",
            "--mail-server",
            f"smtp://127.0.0.1:{mail.port}",
        )
        source.start(*flags, GATEPOST_DATABASE=url)
        put_letter(source, url)
        wait_until(
            lambda: bool(web.taken and mail.taken), 90, "a job fetches the feed, and another one sends the letter"
        )
        host, _, port = source.lines[1].split()[3].rstrip(",").rpartition(":")
        clients.enter_context(half_a_mail((host, int(port))))
        clients.enter_context(half_a_question(source.dns))
        clients.enter_context(unread_pages(source.portal, "/lookup"))
        for _ in range(50):
            source.ask(LABELS, label)

        assert seconds_to_end(source) <= SECONDS

    assert counted(source, url) == 50
    log = source.log.read_text()
    assert "Traceback" not in log and "Ended without waiting any longer for: " in log
    assert "the job refresh feeds, send mail" in log


def test_an_import_that_is_cut_is_as_if_it_had_never_begun(source: Program, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    with file.open("w") as lines:
        lines.writelines(f"11.{n >> 16}.{n >> 8 & 255}.{n & 255}\n" for n in range(0, 1 << 24, 5))
    made(source, "", ("feed", "add", "one", "--source", str(file), "--format", "plain", "--category", "KSS"))
    source.start()
    wait_until(lambda: bool(readers(source)), 90, "a process reads the list")
    reading = readers(source)

    assert seconds_to_end(source) <= SECONDS

    wait_until(lambda: not [one for one in reading if Path(f"/proc/{one}").exists()], 5, "it has ended, too")
    with contextlib.closing(sqlite3.connect(source.data / "gatepost.sqlite3")) as database:
        assert database.execute("select count(*) from feed_revision").fetchone() == (0,)


def test_a_second_signal_hurries_it(source: Program) -> None:
    with Silent() as web:
        label = made(source, "", feed(web))
        source.start()
        wait_until(lambda: bool(web.taken), 90, "a job fetches the feed")
        source.ask(LABELS, label)

        assert seconds_to_end(source, signal.SIGINT, signal.SIGTERM) <= 2.5

    assert counted(source, "") == 1


def test_a_frozen_database_holds_nobody(source: Program, postgresql_url: str) -> None:
    url = new_database(postgresql_url)
    label = made(source, url)
    source.start(GATEPOST_DATABASE=url)

    with frozen(url):
        assert source.ask(LABELS, label).rcode == 3, "DNS answers"
        assert seconds_to_end(source) <= SECONDS

    source.start(GATEPOST_DATABASE=url)
    assert source.ask(LABELS, label).rcode == 3
    assert source.stop() == 0
    assert counted(source, url) == 2, "what waited on disk is counted, too"
    drop_database(url)


def test_a_start_that_waits_for_the_database_ends_in_time(source: Program, postgresql_url: str) -> None:
    url = new_database(postgresql_url)
    made(source, url)

    with frozen(url):
        source.launch(GATEPOST_DATABASE=url)
        time.sleep(1.5)
        assert seconds_to_end(source) <= SECONDS

    drop_database(url)


def test_a_database_that_another_program_holds_is_not_waited_for(source: Program) -> None:
    label = made(source, "")
    source.start()
    holder = sqlite3.connect(source.data / "gatepost.sqlite3", isolation_level=None)
    holder.execute("begin immediate")  # whoever writes waits for it
    try:
        source.ask(LABELS, label)
        time.sleep(0.5)
        assert seconds_to_end(source) <= SECONDS
    finally:
        holder.execute("rollback")
        holder.close()

    assert counted(source, "") == 0 and "1 questions wait in" in source.log.read_text()
    source.start()
    wait_until(lambda: counted(source, "") == 1, 60, "it is counted once the database can be written")
