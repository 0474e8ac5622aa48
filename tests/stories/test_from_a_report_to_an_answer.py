"""Spam is seen: its sender is listed with the next query, at the levels that list it, and let go to the second."""

from __future__ import annotations

import sqlite3

from tests.stories.program import Program, Reply, wait_until

SENDER, LABELS = "203.0.113.77", "77.113.0.203"
LISTED, NXDOMAIN = Reply(0, 2, 0), Reply(3, 0, 1)


def organization(program: Program, name: str, level: int) -> str:
    """An advanced organization at a level; its activation code."""
    add = ("organization", "add", name, "--subscription", "advanced", "--json")
    label: str = program.command(*add).json["label"]
    set_level(program, name, level)
    return label


def set_level(program: Program, name: str, level: int) -> None:
    """As the portal's Reputation Settings do."""
    with sqlite3.connect(program.data / "gatepost.sqlite3") as connection:
        found = connection.execute("select id from organization where name = ?", (name,)).fetchone()
        connection.execute("insert or replace into reputation_settings values (?, 1, 1, 1, ?)", (found[0], level))
        connection.execute("update part set generation = generation + 1 where name = 'policies'")
    connection.close()


def test_a_reported_sender_is_listed_by_level_without_a_word_to_the_program(program: Program) -> None:
    strict, lenient = organization(program, "Strict", 4), organization(program, "Lenient", 1)
    program.start()
    assert program.ask(LABELS, strict, "q") == NXDOMAIN

    report = ("report", SENDER, "--source", "trap", "--reason", "Subject: buy now", "--json")
    found = program.command(*report).json
    assert (found["subject"], found["level"]) == (SENDER, 2)

    # That it takes less than a second is held by tests/reputation/test_clockwork.py, without a clock.
    wait_until(lambda: program.ask(LABELS, strict, "q") == LISTED, 30, "the sender is listed at level 4")
    assert program.ask(LABELS, lenient, "q") == NXDOMAIN
    assert program.ask("78.113.0.203", strict, "q") == NXDOMAIN
    assert program.ask(LABELS, strict, "r") == NXDOMAIN

    assert program.command("listing", "remove", SENDER, "--database", "dynamic").code == 0
    wait_until(lambda: program.ask(LABELS, strict, "q") == NXDOMAIN, 30, "the sender is removed")


def test_a_report_that_may_list_nobody_is_refused_with_the_reason(source: Program) -> None:
    private = source.command("report", "10.0.0.1", "--source", "trap", "--reason", "spam")
    nonsense = source.command("report", "mail.example.org", "--reason", "spam")

    assert (private.code, nonsense.code) == (1, 1)
    assert "private, RFC 1918" in private.err
    assert "is not an IP address: write" in nonsense.err


def test_the_same_message_is_counted_once_and_said_so(source: Program) -> None:
    report = ("report", SENDER, "--source", "complaint", "--reason", "spam", "--dedupe-key", "<1@example.org>")

    assert "is listed in the dynamic database at level 4 until" in source.command(*report).out
    assert "this report was counted before" in source.command(*report).out
