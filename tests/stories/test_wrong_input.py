"""Wrong input gets a clear error that says what to do: a table, told on the command line of the real program."""

from __future__ import annotations

import re
import socket
import sqlite3
from pathlib import Path

import pytest

from tests.stories.program import SOURCE, Browser, Program

ADD_FEED = ("feed", "add", "one", "--category", "KSS")
ACME = ("--organization", "Acme")
LISTING = ("--database", "standard", "--reason", "Why")

# What is typed, the exit code, and what the error says.
TABLE = [
    (("feed", "add", "one", "--source", "x", "--format", "xml", "--category", "KSS"), 2, "plain"),
    ((*ADD_FEED, "--source", "{tmp}/none.txt", "--format", "plain", "--every", "soon"), 2, "12h"),
    (("feed", "refresh", "none"), 1, "no feed"),
    (("feed", "accept", "none"), 1, "no feed"),
    (("feed", "rollback", "none"), 1, "no feed"),
    (("listing", "add", "203.0.113.0/33", *LISTING), 1, "is not a network"),
    (("listing", "add", "203.0.113.1/24", *LISTING), 1, "did you mean 203.0.113.0/24"),
    (("listing", "add", "10.0.0.1", *LISTING), 1, "private"),
    (("listing", "remove", "203.0.113.1", "--database", "standard"), 1, "not among our own listings"),
    (("listing", "add", "203.0.113.1", *LISTING, "--for", "12"), 2, "such as 90s or 12h"),
    (("rule", "add", *ACME, "blocked", "country:Austria"), 1, "two letters"),
    (("rule", "add", *ACME, "blocked", "203.0.113.x"), 1, "is not an IP address"),
    (("rule", "add", "--organization", "Acne", "blocked", "203.0.113.1"), 1, "Known: Acme"),
    (("rule", "remove", *ACME, "blocked", "203.0.113.1"), 1, "`rule list` shows"),
    (("code", "revoke", "ABCDEF-GHJKM"), 1, "31 letters and digits"),
    (("code", "revoke", "z" * 31), 1, "no activation code of this installation"),
    (("check", "1.2.3", *ACME), 1, "is not an IP address"),
    (("organization", "add", "Acme"), 1, "already an organization"),
    (("organization", "add", "New", "--subscription", "gold"), 2, "standard"),
    (("user", "add", "ann", *ACME, "--password-stdin"), 1, "no email address"),
    (("user", "add", "ann@acme.example", *ACME, "--password-stdin"), 1, "at least 12 characters"),
    (("user", "add", "ann@acme.example", *ACME), 1, "--password-stdin"),
    (("origins", "import", "{tmp}/none.tsv"), 1, "none.tsv"),
    (("import", "{tmp}/none.csv"), 1, "none.csv cannot be read"),
    (("import", SOURCE[1], *ACME), 1, "The form of this file cannot be told"),
    (("serve", "--zone", "no zone"), 1, "is no host name"),
    (("serve", "--dns", "localhost:53"), 1, "is no IP address"),
    (("serve", "--portal", "8080"), 1, "write address and port"),
    (("serve", "--dns", "127.0.0.1:0", "--hostmaster", "é@rep.example"), 1, "such as hostmaster@rep.example"),
    (("fetch",), 2, "No such command"),
]


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Program:
    program = Program(SOURCE, tmp_path_factory.mktemp("wrong") / "data")
    assert program.command("organization", "add", "Acme").code == 0
    return program


@pytest.mark.parametrize("words,code,says", TABLE, ids=[" ".join(words)[:60] for words, _, _ in TABLE])
def test_wrong_input_is_refused_with_what_to_do(
    acme: Program, tmp_path: Path, words: tuple[str, ...], code: int, says: str
) -> None:
    done = acme.command(*(word.replace("{tmp}", str(tmp_path)) for word in words))

    assert done.code == code, done
    assert says in done.err
    assert "Traceback" not in done.err
    assert done.out == ""


@pytest.mark.parametrize("content,says", [
    ("<html><body>Not found</body></html>\n", "one"),
    ("", "one"),
    ("0.0.0.0/0\n", "0.0.0.0/0"),
    ("1.1.1.1\n203.0.113.1\n", "1.1.1.1"),
])  # fmt: skip
def test_a_broken_feed_withdraws_nothing_and_says_why(source: Program, tmp_path: Path, content: str, says: str) -> None:
    file = tmp_path / "list.txt"
    file.write_text("203.0.113.7\n")
    label = source.command("organization", "add", "Acme", "--json").json["label"]
    source.command("feed", "add", "one", "--source", str(file), "--format", "plain", "--category", "KSS")
    assert source.command("feed", "refresh").code == 0
    file.write_text(content)

    refreshed = source.command("feed", "refresh", "one")

    assert refreshed.code == 1
    assert says in refreshed.err
    source.start()
    assert source.ask("7.113.0.203", label).octet == 2


def test_a_dns_port_in_use_is_named_with_its_user(source: Program) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        done = source.command("serve", "--dns", f"127.0.0.1:{taken.getsockname()[1]}", "--portal", "127.0.0.1:0")

    assert done.code == 1
    assert f"port {taken_port(done.err)}" in done.err and "python" in done.err
    assert "--dns" in done.err
    assert "Traceback" not in done.err


def taken_port(text: str) -> str:
    return text.partition("port ")[2].split()[0].strip(":,.")


def test_a_portal_port_in_use_is_refused_and_nothing_is_left_running(source: Program) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = source.command("serve", "--dns", "127.0.0.1:0", "--portal", f"127.0.0.1:{taken.getsockname()[1]}")

    assert done.code == 1
    assert "--portal" in done.err
    assert "Traceback" not in done.err


def test_a_second_program_on_the_same_data_is_refused(source: Program) -> None:
    source.start()

    done = source.command("serve", "--dns", "127.0.0.1:0", "--portal", "127.0.0.1:0")

    assert done.code == 1
    assert "is served already by process" in done.err


def test_a_locked_database_is_named_with_what_to_do(source: Program) -> None:
    source.command("organization", "add", "Acme")
    holder = sqlite3.connect(source.data / "gatepost.sqlite3", isolation_level=None)
    holder.execute("begin immediate")

    done = source.command("organization", "add", "Basic")
    holder.execute("rollback")
    holder.close()

    assert done.code == 1
    assert "locked by another program" in done.err
    assert "Traceback" not in done.err


def test_a_folder_that_cannot_be_written_is_named(source: Program) -> None:
    source.data.write_text("a file where the folder should be")

    done = source.command("organization", "list")

    assert done.code == 1
    assert "cannot be written" in done.err and "--data" in done.err


def test_a_damaged_database_is_named_with_what_to_do(source: Program) -> None:
    source.data.mkdir()
    (source.data / "gatepost.sqlite3").write_bytes(b"no database at all " * 400)

    done = source.command("organization", "list")

    assert done.code == 1
    assert "put back a backup" in done.err


def test_a_wrong_password_says_nothing_of_who_has_an_account(source: Program) -> None:
    source.command("organization", "add", "Acme")
    add = ("user", "add", "ann@acme.example", *ACME, "--password-stdin")
    assert source.command(*add, stdin="a long enough sentence\n").code == 0
    source.start()

    known = Browser(source.portal).submit("/login", email="ann@acme.example", password="wrong wrong wrong")
    unknown = Browser(source.portal).submit("/login", email="eve@acme.example", password="wrong wrong wrong")

    assert "General" not in known
    assert plain(known).replace("ann@", "eve@") == plain(unknown)


def plain(page: str) -> str:
    """The page without what differs at each load."""
    return re.sub(r'value="[^"]*"', "", page)
