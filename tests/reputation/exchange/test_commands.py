"""`exchange` on the command line: two installations know each other within a few commands, each in its own folder."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app import main
from commands import opened
from reputation import settings
from reputation.exchange import keys
from reputation.store.models import AuditEntry, ExchangedNode, ExchangePeer, Listing
from tests.reputation.exchange.maker import serving


class House:
    """An installation, by its commands alone."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def run(self, *words: str, code: int = 0) -> Result:
        done = CliRunner().invoke(main, ["exchange", *words, "--data", str(self.data)])
        assert done.exit_code == code, done.output
        return done

    def value(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json").stdout)


@pytest.fixture
def alpha(tmp_path: Path) -> House:
    return House(tmp_path / "alpha")


@pytest.fixture
def beta(tmp_path: Path) -> House:
    return House(tmp_path / "beta")


def report(house: House, *addresses: str) -> None:
    for address in addresses:
        words = ["report", address, "--source", "trap", "--reason", "Spam", "--data", str(house.data)]
        assert CliRunner().invoke(main, words).exit_code == 0


def test_two_installations_exchange_through_a_folder_on_a_web_server(alpha: House, beta: House, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    report(alpha, "198.51.100.7", "198.51.100.8")
    with serving(site) as url:
        alpha.run("introduce", "--name", "Alpha", "--address", f"{url}/alpha/")
        assert alpha.run("give", "networks").stdout == "Given: networks\n"
        assert alpha.run("turn").stdout == "Made batch 1 with 2 entries. Judged 0 words of peers.\n"
        alpha.run("export", str(site / "alpha"))
        found = alpha.value("key")

        added = beta.run("add", found["link"])
        assert found["fingerprint"] in added.stdout and f"come from {url}/alpha/." in added.stdout
        assert f"{url}/alpha/" in beta.run("list").stdout
        assert beta.run("turn").stdout == "Judged 0 words of peers. Took 2 entries from 1 peers.\n"
        [peer] = beta.value("list")
        assert (peer["name"], peer["nodes"], peer["problem"]) == ("Alpha", 2, "")

        wrong = f"{found['link'][:-43]}{'A' * 43}"
        assert "another key" in beta.run("add", wrong, code=1).stderr
        assert "that of a peer already" in beta.run("add", found["link"], code=1).stderr
        assert beta.run("take", "Alpha").stdout == "0 batches, 0 entries.\n"
    assert "refused the connection" in beta.run("take", "Alpha", code=1).stdout
    assert beta.run("take", "Alpha", "nothing").stdout == "Taken from Alpha: nothing\n"
    assert beta.run("remove", "Alpha").stdout == "Alpha is forgotten, with all that it has said.\n"
    assert beta.run("list").stdout.startswith("No peer yet")


@pytest.mark.parametrize("words", [("take", "Alpha"), ("turn",)])
def test_what_a_peer_tells_is_listed_at_once(alpha: House, beta: House, tmp_path: Path, words: tuple[str, ...]) -> None:
    site, told = tmp_path / "site", "203.0.113.0/24"
    site.mkdir()
    report(alpha, *[f"203.0.113.{number}" for number in range(1, 7)])
    report(beta, "198.51.100.1", "198.51.100.2")  # something is known of mail at all
    with serving(site) as url:
        alpha.run("introduce", "--name", "Alpha", "--address", f"{url}/alpha/")
        alpha.run("give", "networks")
        alpha.run("turn")
        alpha.run("export", str(site / "alpha"))
        beta.run("add", alpha.value("key")["link"])
        agrees(beta, told)
        assert told not in listed(beta)
        assert told in beta.value(*words).get("nodes", [told])

    assert told in listed(beta)


def agrees(house: House, network: str) -> None:
    """Another peer has said the same of a network, and both are believed."""
    at = int(time.time())
    with opened(settings.read({"data": str(house.data)})):
        gamma = ExchangePeer.create(key="gamma", name="Gamma", address="https://gamma.example/", added_at=at)
        ExchangePeer.update(weight=1.0, next_try_at=0).execute()
        ExchangePeer.update(next_try_at=at + 9999).where(ExchangePeer.id == gamma.id).execute()
        ExchangedNode.create(peer=gamma.id, name=network, at=at, spam=9, seen=9, newest=at)


def listed(house: House) -> set[str]:
    with opened(settings.read({"data": str(house.data)})):
        return {row.network for row in Listing.select()}


def test_an_introduction_goes_from_hand_to_hand_as_a_file(alpha: House, beta: House, tmp_path: Path) -> None:
    gamma, own, vouched = House(tmp_path / "gamma"), tmp_path / "own.json", tmp_path / "vouched.json"
    own.write_text(alpha.run("introduce", "--name", "Alpha", "--address", "https://alpha.example/exchange/").stdout)
    beta.run("introduce", "--name", "Beta", "--address", "https://beta.example/exchange/")
    beta.run("add", str(own))
    vouched.write_text(beta.run("introduce", "Alpha").stdout)
    (tmp_path / "beta.json").write_text(beta.run("introduce").stdout)

    gamma.run("add", str(tmp_path / "beta.json"))
    made = gamma.value("add", str(vouched))
    assert made["introduced_by"] == beta.value("status")["key"] == made["group"]
    assert gamma.value("vouch", "Alpha")["group"] == made["key"]
    assert "no peer" in gamma.run("vouch", "Alpha", "--introduced-by", "Delta", code=1).stderr


def test_a_revoked_key_goes_from_hand_to_hand_too(alpha: House, beta: House, tmp_path: Path) -> None:
    own, revocation = tmp_path / "own.json", tmp_path / "revocation.json"
    own.write_text(alpha.run("introduce", "--name", "Alpha", "--address", "https://alpha.example/exchange/").stdout)
    beta.run("add", str(own))
    assert "add --yes" in alpha.run("revoke", code=1).stderr
    revocation.write_text(alpha.run("revoke", "--yes").stdout)

    assert beta.run("add", str(revocation)).stdout == "Alpha has revoked its key: nothing of it counts any more.\n"
    assert "key revoked" in beta.run("list").stdout
    assert "not the fingerprint" in beta.run("accept", "Alpha", "0000", code=1).stderr
    beta.run("accept", "Alpha", alpha.value("key")["fingerprint"])
    assert beta.value("list")[0]["key"] == alpha.value("status")["key"]


def test_what_cannot_be_is_refused_with_what_to_do(alpha: House, tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    for words, said in (
        (("give", "networks"), "exchange introduce --name"),
        (("give", "everything"), "none of networks, addresses, statistics"),
        (("export", str(tmp_path / "site")), "Nothing is given yet"),
        (("introduce", "--address", "https://a.example/"), "Write a name"),
        (("introduce", "--name", "A", "--address", "a.example"), "Write the address where"),
        (("add", str(tmp_path / "nothing")), f"{tmp_path / 'nothing'} cannot be read: No such file or directory.\n"),
        (("add", str(tmp_path)), f"{tmp_path} cannot be read: Is a directory.\n"),
        (("add", str(binary)), f"{binary} cannot be read: it is no text.\n"),
        (("add", "http://127.0.0.1:1/introduction"), "could not be fetched"),
        (("remove", "Nobody"), "no peer 'Nobody'"),
        (("revoke", "--yes"), "no key yet"),
    ):
        assert said in alpha.run(*words, code=1).stderr, words
    assert alpha.run("status").stdout.startswith("Others do not know us yet.\nGiven: nothing\nNo batch yet.")
    assert alpha.run("turn").stdout == "Nothing to do.\n"


def test_a_key_that_the_command_line_makes_stands_in_the_audit_log(alpha: House) -> None:
    made = alpha.value("key")
    assert alpha.value("key")["fingerprint"] == made["fingerprint"]

    with opened(settings.read({"data": str(alpha.data)})):
        rows = [(row.what, row.after) for row in AuditEntry.select()]
    assert rows == [("Key of the exchange made", made["fingerprint"])]


def test_the_address_is_that_of_the_portal_where_none_is_given(alpha: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEPOST_PORTAL_URL", "https://rep.example.org")
    alpha.run("introduce", "--name", "Alpha")

    assert alpha.value("status")["address"] == "https://rep.example.org/exchange/"
    assert (alpha.data / keys.FILE_NAME).stat().st_mode & 0o777 == 0o600
