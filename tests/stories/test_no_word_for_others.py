"""One organization calls a spammer's network its own: nothing changes for others until the operator confirms it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from reputation.addresses.address import parse_network
from reputation.customers.policy.sort_keys import network_keys
from tests.stories.program import Program, Reply, wait_until

NETWORK, LABELS = "45.148.10.0/24", "66.10.148.45"
LISTED, NXDOMAIN = Reply(0, 2, 0), Reply(3, 0, 1)


def organization(program: Program, name: str) -> str:
    add = ("organization", "add", name, "--subscription", "advanced", "--json")
    label: str = program.command(*add).json["label"]
    return label


def call_own(program: Program, name: str) -> None:
    """As the portal's Valid Mail Servers does."""
    with sqlite3.connect(program.data / "gatepost.sqlite3") as connection:
        [(number,)] = connection.execute("select id from organization where name = ?", (name,)).fetchall()
        connection.execute(
            "insert into mail_server (organization_id, network, note, created_at, first_key, end_key, confirmed_by)"
            " values (?, ?, 'Ours', 1, ?, ?, '')",
            (number, NETWORK, *network_keys(parse_network(NETWORK))),
        )
    connection.close()


def test_a_network_stays_in_the_feed_and_is_reported_until_the_operator_confirms_it(
    source: Program, tmp_path: Path
) -> None:
    acme, basic = organization(source, "Acme"), organization(source, "Basic")
    call_own(source, "Acme")
    (tmp_path / "list.txt").write_text(f"{NETWORK}\n198.51.100.0/24\n")
    feed = ("--source", str(tmp_path / "list.txt"), "--format", "plain", "--category", "KSS")
    assert source.command("feed", "add", "one", *feed).code == 0
    assert source.command("feed", "refresh", "one").code == 0
    source.start()

    assert [source.ask(LABELS, label) for label in (acme, basic)] == [LISTED, LISTED]
    report = ("report", "45.148.10.66", "--source", "trap", "--reason", "Subject: buy now", "--json")
    assert source.command(*report).json["level"] == 2
    wait_until(lambda: source.ask(LABELS, basic, "q") == LISTED, 30, "the sender is listed")

    [waiting] = source.command("server", "list", "--json").json
    assert (waiting["organization"], waiting["network"], waiting["reports"]) == ("Acme", NETWORK, 1)
    assert "Basic" in source.command("server", "confirm", "--organization", "Basic", NETWORK).err
    assert source.command("server", "confirm", "--organization", "Acme", NETWORK).out.endswith("is confirmed.\n")
    assert source.command("feed", "refresh", "one").code == 0
    wait_until(lambda: source.ask(LABELS, basic) == NXDOMAIN, 30, "the feed leaves out what is confirmed")
    assert "is a valid mail server" in source.command("report", "45.148.10.67", "--reason", "spam").err
    assert NETWORK in source.command("server", "list", "--confirmed").out

    assert source.command("server", "withdraw", "--organization", "Acme", NETWORK).code == 0
    assert source.command("feed", "refresh", "one").code == 0
    wait_until(lambda: source.ask(LABELS, acme) == LISTED, 30, "the feed lists it again")


def test_a_network_is_protected_listed_and_let_go_by_commands(source: Program) -> None:
    def protected() -> list[Any]:
        return [one["name"] for one in source.command("protect", "list", "--json").json]

    assert source.command("protect", "add", "198.51.100.0/24").out == "198.51.100.0/24 is protected: a network\n"
    assert protected() == ["198.51.100.0/24"]
    assert "is protected already" in source.command("protect", "add", "198.51.100.0/24").err
    assert "is wider than /12" in source.command("protect", "add", "64.0.0.0/8").err
    assert "is a network" in source.command("protect", "refresh", "198.51.100.0/24").err
    assert source.command("protect", "refresh").out == "No domain is protected.\n"
    listing = ("listing", "add", "198.51.100.7", "--database", "standard", "--reason", "By hand")
    assert "It is a protected sender (198.51.100.0/24)" in source.command(*listing).out

    assert source.command("protect", "remove", "198.51.100.0/24").code == 0
    assert protected() == []
    assert "is not a protected sender" in source.command("protect", "remove", "198.51.100.0/24").err
