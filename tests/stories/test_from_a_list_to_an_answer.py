"""The main job: a published list comes in, an MTA's query gets the right answer, and an administrator sees it."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.stories.program import TXT, Browser, Program, Reply, came_and_went, wait_until

PASSWORD = "a long enough sentence"
DROP = """; Spamhaus DROP List, a sample of its form
192.0.2.0/24 ; SBL100001
198.51.100.128/25 ; SBL100002
2001:db8:bad::/48 ; SBL100003
"""
LISTED = Reply(0, 2, 0)
NXDOMAIN_WITH_SOA = Reply(3, 0, 1)
REAL_LISTS = ROOT.parent / "shared" / "real-input"

TRIED = ("--format", "drop", "--category", "KSS", "--source")


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    file = tmp_path / "drop.txt"
    file.write_text(DROP)
    return file


def add_acme(program: Program) -> str:
    label: str = program.command("organization", "add", "Acme", "--subscription", "advanced", "--json").json["label"]
    return label


def add_drop(program: Program, drop: Path) -> None:
    added = program.command("feed", "add", "drop", "--source", str(drop), "--format", "drop", "--category", "KSS")
    assert added.code == 0, added.err


def log_in(program: Program) -> Browser:
    browser = Browser(program.portal)
    page = browser.submit("/login", email="ann@acme.example", password=PASSWORD)
    assert "General" in page
    return browser


def general_figures(page: str) -> list[str]:
    """The figures of General as they are read, thousands parted or not."""
    text = re.sub(r"<[^>]+>", " ", page)
    return re.findall(r"\d[\d,.]*", text)


def test_a_list_becomes_an_answer_and_a_figure(program: Program, drop: Path) -> None:
    label = add_acme(program)
    add = ("user", "add", "ann@acme.example", "--organization", "Acme", "--role", "administrator", "--password-stdin")
    assert program.command(*add, stdin=f"{PASSWORD}\n").code == 0
    add_drop(program, drop)
    refreshed = program.command("feed", "refresh", "drop", "--json").json
    assert [(one["name"], one["entries"], one["warnings"]) for one in refreshed] == [("drop", 3, [])]
    program.start()

    assert program.ask("1.2.0.192", label) == LISTED
    assert program.ask("1.3.0.192", label) == NXDOMAIN_WITH_SOA
    assert program.ask("1." + "0." * 19 + "d.a.b.0.8.b.d.0.1.0.0.2", label) == LISTED
    assert program.ask("1." + "0." * 19 + "e.a.b.0.8.b.d.0.1.0.0.2", label) == NXDOMAIN_WITH_SOA
    assert b"SBL100001" in program.ask_name(f"1.2.0.192.{label}.r.rep.example", TXT)

    browser = log_in(program)
    for _ in range(729):
        program.ask("9.2.0.192", label)
    wait_until(lambda: "733" in general_figures(browser.get("/")), 10, "733 queries on General")
    assert program.stop() == 0


def test_a_stop_loses_no_count_and_kill_9_a_few_seconds_of_them(program: Program, drop: Path) -> None:
    label = add_acme(program)
    program.start()
    for _ in range(100):
        program.ask("1.2.0.192", label)
    assert program.stop(signal.SIGTERM) == 0
    assert counted(program) == 100

    program.start()
    for _ in range(50):
        program.ask("1.2.0.192", label)
    wait_until(lambda: counted(program) == 150, 10, "150 queries in the table")
    program.ask("1.2.0.192", label)
    program.stop(signal.SIGKILL)
    assert counted(program) in (150, 151)

    program.start()
    assert program.ask("1.3.0.192", label).rcode == 3


def counted(program: Program) -> int:
    """The queries in the tables, read as another program would."""
    with sqlite3.connect(program.data / "gatepost.sqlite3") as connection:
        total = connection.execute("select coalesce(sum(queries), 0) from query_hour").fetchone()[0]
    connection.close()
    return int(total)


def test_a_change_by_the_command_line_is_in_dns_within_a_second(program: Program) -> None:
    label = add_acme(program)
    basic = program.command("organization", "add", "Basic", "--json").json["label"]
    program.start()
    rules = ("rule", "add", "--organization", "Acme")

    for value, listed_as in (("203.0.113.7", 10), ("203.0.113.0/28", 10), ("isp:AS15169", 11), ("country:US", 12)):
        asked = "35.8.8.8" if ":" in value else "7.113.0.203"
        assert program.ask(asked, label).rcode == 3
        assert program.command(*rules, "blocked", value).code == 0
        wait_until(lambda a=asked, c=listed_as: program.ask(a, label).octet == c, 1, f"{value} is blocked")
        assert program.ask(asked, basic).rcode == 3, "another organization's answers stay"
        assert program.command("rule", "remove", "--organization", "Acme", "blocked", value).code == 0
        wait_until(lambda a=asked: program.ask(a, label).rcode == 3, 1, f"{value} is free again")

    listing = ("203.0.113.9", "--database", "standard", "--category", "DUL")
    assert program.command("listing", "add", *listing, "--for", "1h", "--reason", "Dial-up").code == 0
    wait_until(lambda: program.ask("9.113.0.203", label).octet == 3, 1, "the listing")
    for value in ("203.0.113.9", "203.0.113.0/24"):
        assert program.command(*rules, "approved", value).code == 0
        wait_until(lambda: program.ask("9.113.0.203", label).rcode == 3, 1, f"{value} is approved")
        assert program.ask("9.113.0.203", basic).octet == 3
        assert program.command("rule", "remove", "--organization", "Acme", "approved", value).code == 0
        wait_until(lambda: program.ask("9.113.0.203", label).octet == 3, 1, "the approval is gone")

    assert program.command("code", "revoke", label).code == 0
    wait_until(lambda: program.ask("9.113.0.203", label).rcode == 3, 1, "the code is revoked")


def test_a_rule_with_an_end_comes_to_its_end_by_itself(source: Program) -> None:
    label = add_acme(source)
    source.start()
    rule = ("rule", "add", "--organization", "Acme", "blocked")

    assert source.command(*rule, "203.0.113.8", "--for", "1h").out.startswith("blocked 203.0.113.8 until 20")
    with ThreadPoolExecutor() as pool:  # a command that takes its time ends after the rule
        adding = pool.submit(source.command, *rule, "203.0.113.7", "--for", "5s", "--json")
        found, missed = came_and_went(lambda: source.ask("7.113.0.203", label).octet == 10)
    added = adding.result().json

    assert found < added["expires_at"] + 1, "it ends by itself, to the second"
    assert missed >= added["expires_at"], "it ends no second too early"
    assert source.ask("8.113.0.203", label).octet == 10
    listed = source.command("rule", "list", "--organization", "Acme", "--json").json
    assert [(one["value"], one["expires_at"] > added["expires_at"]) for one in listed] == [("203.0.113.8", True)]
    assert "blocked  203.0.113.8  until 20" in source.command("rule", "list", "--organization", "Acme").out


def test_the_first_run_link_sets_up_an_installation_once(program: Program) -> None:
    program.start()
    line = program.first_run_line()
    link = line.removeprefix("First run: open ")
    browser = Browser(program.portal)

    page = browser.submit(
        link,
        organization="Acme",
        subscription="advanced",
        email="ann@acme.example",
        password=PASSWORD,
        repeated=PASSWORD,
    )

    assert "General" in page
    assert [one["name"] for one in program.command("organization", "list", "--json").json] == ["Acme"]
    assert "log in" in Browser(program.portal).get(link).lower()
    program.stop()
    program.start()
    assert log_in(program)


def test_a_dynamic_listing_ends_to_the_second_without_a_job(program: Program) -> None:
    label = add_acme(program)
    program.start()
    listing = ("203.0.113.20", "--database", "dynamic", "--for", "3s", "--reason", "Trap", "--json")
    with ThreadPoolExecutor() as pool:  # a command that takes its time ends after the listing
        adding = pool.submit(program.command, "listing", "add", *listing)
        found, missed = came_and_went(lambda: program.ask("20.113.0.203", label, "q") == LISTED)
    ends = adding.result().json["expires_at"]

    assert found < ends + 1 and missed >= ends


def test_check_explains_both_databases(program: Program) -> None:
    add_acme(program)
    listing = ("listing", "add", "8.8.8.8", "--database", "standard", "--category", "ETL", "--reason", "Loud")
    program.command(*listing, "--confirm", "8.8.8.8")

    found = program.command("check", "8.8.8.8", "--organization", "Acme", "--json").json

    assert (found["address"], found["country"], found["asn"]) == ("8.8.8.8", "US", 15169)
    assert found["standard"]["listed"] and found["standard"]["code"] == "127.0.0.4"
    assert (found["standard"]["decided_by"], found["standard"]["reason"]) == ("ETL", "Loud")
    assert not found["dynamic"]["listed"] and found["dynamic"]["code"] is None
    assert found["why"]["sentence"] == "Nothing was seen lately from 8.8.8.8 or the networks around it."
    assert [part["what"] for part in found["why"]["parts"]][3:] == ["AS15169 Google LLC", "all mail"]
    text = program.command("check", "8.8.8.8", "--organization", "Acme").out
    assert "Nothing was seen lately" in text
    assert "127.0.0.4" in text and "AS15169" in text and "not listed" in text


@pytest.mark.skipif(not REAL_LISTS.exists(), reason="the real lists are not beside this checkout")
def test_real_lists_are_served_or_stopped_by_the_guards(source: Program) -> None:
    label = add_acme(source)
    add_drop(source, REAL_LISTS / "spamhaus_drop.txt")
    firehol = ("firehol", "--source", str(REAL_LISTS / "firehol_level1.netset"), "--format", "netset")
    source.command("feed", "add", *firehol, "--category", "KSS")
    done = source.command("feed", "refresh", "--json")
    refreshed = {one["name"]: one for one in json.loads(done.out)}
    source.start()

    assert done.code == 1, "a list that was stopped is a refusal, though the other one is served"
    assert refreshed["drop"]["entries"] > 1000
    assert source.ask("1.16.10.1", label) == LISTED
    assert refreshed["firehol"]["status"] in ("refused", "failed")
    assert "224.0.0.0/3" in str(refreshed["firehol"])
    assert source.ask("1.0.0.224", label).rcode == 3


def test_the_program_tests_itself(program: Program) -> None:
    done = subprocess.run([*program.words, "selftest"], capture_output=True, text=True, timeout=180)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Self-test passed." in done.stdout


def test_a_list_is_watched_before_it_is_served(program: Program, drop: Path) -> None:
    program.command("feed", "add", "tried", *TRIED, str(drop), "--purpose", "watch")
    assert program.command("feed", "refresh", "tried").code == 0
    assert "KSS on watch" in program.command("feed", "list").out
    (told,) = program.command("feed", "precision", "--json").json
    assert (told["purpose"], told["watched"]) == ("watch", {"asked": 0, "already": 0, "more": 0})
    assert "in full: nothing judged" in program.command("feed", "precision").out

    assert program.command("feed", "serve", "tried").out.strip() == "tried is served from now on."
    assert program.command("feed", "watch", "tried").out.startswith("tried is on watch")
    assert "on watch already" in program.command("feed", "watch", "tried").err


def test_lists_of_the_catalogue_are_taken_by_their_keys(program: Program) -> None:
    shown = program.command("feed", "catalogue")
    assert "Spamhaus DROP" in shown.out and "not for commercial use" in shown.out

    taken = program.command("feed", "take", "drop", "cins", "--watch", "--json")
    again = program.command("feed", "take", "--recommended")

    assert taken.json == {"added": ["Spamhaus DROP", "CINS Army"], "already": []}
    assert "Spamhaus DROP is among the feeds already." in again.out and "Added Spamhaus DROPv6: https://" in again.out
    assert "no list 'nonsense'" in program.command("feed", "take", "nonsense").err
    assert {one["key"]: one["is_feed"] for one in program.command("feed", "catalogue", "--json").json}["drop6"]


def test_a_list_is_tried_and_a_key_is_shown_nowhere(program: Program, drop: Path) -> None:
    tried = program.command("feed", "try", "--source", str(drop), "--format", "drop", "--json")
    assert tried.code == 0, tried.err
    assert all(piece["became"] == piece["written"].partition(" ")[0] for piece in tried.json["pieces"])
    wrong = program.command("feed", "try", "--source", str(drop), "--format", "drop", "--bound", "widest4=32")
    assert wrong.code == 1 and "is wider than /32" in wrong.out
    drop.with_name("wide").write_text("198.0.0.0/15\n")
    good = ("--source", str(drop.with_name("wide")), "--format", "plain", "--purpose", "approve")
    assert "has no wider network than /16" in program.command("feed", "try", *good).out

    source = "https://lists.example/x?api_key=secret-one"
    paid = ("--source", source, "--format", "plain", "--category", "KSS", "--key", "Key: secret-two")
    added = program.command("feed", "add", "paid", *paid)
    listed = program.command("feed", "list", "--json")

    assert added.code == 0 and listed.json[0]["key_name"] == "Key"
    assert "secret" not in added.out + listed.out + program.command("feed", "list").out
