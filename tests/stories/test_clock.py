"""The clock is set while the program serves: back an hour, forward a day, from 1970 to now. Nothing is lost."""

from __future__ import annotations

import re
import sqlite3
import time
from pathlib import Path

import pytest

from tests.stories.machine_clock import MachineClock
from tests.stories.program import Browser, Program, Reply, wait_until
from tests.stories.test_from_a_list_to_an_answer import add_acme, counted

LISTED, NOT_LISTED = Reply(0, 2, 0), Reply(3, 0, 1)
SOON = 20  # seconds; a busy machine is slow, and what waits for the clock would wait for an hour
HOUR, DAY = 3600, 86400
OLGA, PASSWORD = "olga@acme.example", "a quiet sentence works"
SYSTEM = "/installation/system"


@pytest.fixture
def clock(tmp_path: Path) -> MachineClock:
    return MachineClock(tmp_path)


def add_olga(program: Program) -> None:
    words = ("--organization", "Acme", "--role", "operator", "--password-stdin")
    assert program.command("user", "add", OLGA, *words, stdin=f"{PASSWORD}\n").code == 0


def log_in(program: Program) -> Browser:
    browser = Browser(program.portal)
    browser.submit("/login", email=OLGA, password=PASSWORD)
    return browser


def system(browser: Browser) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", browser.get(SYSTEM)).split())


def listed(program: Program, last: int, stays: str = "10d") -> None:
    words = ("--database", "standard", "--category", "KSS", "--for", stays, "--reason", "sent spam")
    done = program.command("listing", "add", f"203.0.113.{last}", *words)
    assert done.code == 0, done.err


def is_answered(program: Program, label: str, name: str) -> bool:
    return program.ask(name, label) == LISTED


def edit_is_in_dns(program: Program, label: str, last: int) -> None:
    listed(program, last)
    wait_until(lambda: is_answered(program, label, f"{last}.113.0.203"), SOON, "a change is in DNS")


def is_in_log(program: Program, text: str) -> bool:
    return text in program.log.read_text()


def rows(program: Program, table: str) -> int:
    connection = sqlite3.connect(program.data / "gatepost.sqlite3")
    found = connection.execute(f"select count(*) from {table}").fetchone()[0]
    connection.close()
    return int(found)


def test_a_clock_set_back_an_hour_and_forward_a_day_stops_nothing(
    source: Program, clock: MachineClock, tmp_path: Path
) -> None:
    label = add_acme(source)
    add_olga(source)
    feed = tmp_path / "list.txt"
    feed.write_text("198.51.100.1\n")
    added = source.command("feed", "add", "one", "--source", str(feed), "--format", "plain", "--category", "KSS")
    assert added.code == 0, added.err
    assert source.command("feed", "refresh", "one").code == 0
    listed(source, 1, stays="2h")
    source.start(**clock.variables)
    assert is_answered(source, label, "1.100.51.198") and is_answered(source, label, "1.113.0.203")
    olga = log_in(source)
    asked = counted(source)
    feed.write_text("198.51.100.1\n198.51.100.2\n")

    for ahead, told in ((-HOUR, "set back by 3,"), (DAY - HOUR, "set forward by 86,")):
        for _ in range(10):
            source.ask("9.113.0.203", label)
        clock.set(ahead)
        began = time.monotonic()
        wait_until(lambda told=told: is_in_log(source, f"clock: The clock of this machine was {told}"), SOON, told)
        print(f"{told}: noticed after {time.monotonic() - began:.1f} s")
        for _ in range(10):
            source.ask("9.113.0.203", label)
        edit_is_in_dns(source, label, 100 + abs(ahead) // HOUR)
        if ahead > 0:
            olga = log_in(source)  # twelve hours have passed since the last page, by the clock
        assert f"The clock of this machine was {told}" in system(olga)
        if ahead < 0:
            wait_until(lambda: is_answered(source, label, "2.100.51.198"), 60, "the feed is fetched")

    assert not is_answered(source, label, "1.113.0.203"), "it has ended by the clock"
    clock.set(0)
    wait_until(lambda: is_answered(source, label, "1.113.0.203"), SOON, "it comes back with the clock")
    assert source.stop() == 0
    asked_in_all = counted(source)
    assert asked_in_all >= asked + 40
    assert rows(source, "listing") == 3, "none is removed for an age that it may not have"
    assert "failed" not in source.log.read_text()


def test_every_question_is_counted_once_over_two_jumps(source: Program, clock: MachineClock) -> None:
    label = add_acme(source)
    source.start(**clock.variables)
    for ahead in (0, -HOUR, DAY, 0):
        clock.set(ahead)
        before = counted(source)
        for _ in range(25):
            assert source.ask("9.113.0.203", label) == NOT_LISTED
        wait_until(lambda before=before: counted(source) >= before + 25, SOON, f"25 are written at {ahead:+d} s")

    assert source.stop() == 0 and counted(source) == 100


def test_a_machine_without_a_battery_begins_in_1970_and_loses_nothing(source: Program, clock: MachineClock) -> None:
    label = add_acme(source)
    listed(source, 1)
    assert source.command("report", "203.0.113.77", "--source", "trap", "--reason", "Subject: buy now").code == 0
    evidence = ("spam_report", "sender_score where network like '203.0.113.77%'", "listing")
    before = [rows(source, table) for table in evidence]
    assert all(before)
    clock.set(300 - int(time.time()))

    source.start(**clock.variables)
    wait_until(lambda: is_in_log(source, "clock: The clock of this machine says 1970-01-01"), SOON, "it is said")
    edit_is_in_dns(source, label, 2)
    clock.set(0)
    wait_until(lambda: is_in_log(source, "was set forward by 1,"), SOON, "that it was set is said")
    edit_is_in_dns(source, label, 3)

    assert all(is_answered(source, label, f"{last}.113.0.203") for last in (1, 2, 3))
    assert source.stop() == 0
    assert [rows(source, table) for table in evidence[:2]] == before[:2] and rows(source, "listing") == before[2] + 2


def test_a_program_that_starts_after_2038_serves(source: Program, clock: MachineClock) -> None:
    label = add_acme(source)
    add_olga(source)
    clock.set(2_200_000_000 - int(time.time()))
    source.start(**clock.variables)

    words = ("--database", "standard", "--category", "KSS", "--for", "1h", "--reason", "sent spam")
    assert source.command("listing", "add", "203.0.113.7", *words, **clock.variables).code == 0
    wait_until(lambda: is_answered(source, label, "7.113.0.203"), SOON, "a change is in DNS")

    assert "2039" in system(log_in(source))
    assert source.stop() == 0 and "Traceback" not in source.log.read_text()
