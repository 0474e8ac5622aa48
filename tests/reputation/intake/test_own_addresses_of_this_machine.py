"""The addresses of this machine: no report lists one, nor a network with one in it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from reputation.addresses.address import parse_network
from reputation.intake.own_addresses import OwnAddresses
from reputation.store.db import SQLITE_NAME
from tests import own_network


@pytest.fixture(scope="module")
def told(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the program says that adds addresses to a machine: in a network of its own, so that they are known."""
    database = shutil.copy(migrated / "empty" / SQLITE_NAME, tmp_path_factory.mktemp("own"))
    found: dict[str, Any] = json.loads(own_network.run("tests.reputation.intake.added_addresses", str(database)))
    return found


def test_the_loopback_address_is_this_machine_everywhere() -> None:
    assert OwnAddresses().inside(parse_network("127.0.0.1"))
    assert OwnAddresses().inside(parse_network("127.0.0.0/24"))
    assert not OwnAddresses().inside(parse_network("127.0.0.2"))


def test_a_network_holds_an_address_of_this_machine_or_it_does_not(told: dict[str, Any]) -> None:
    assert told["inside"] == [
        "203.0.113.7", "203.0.113.0/24", "203.0.113.0/29", "127.0.0.1", "2001:db8:1:2::5", "2001:db8:1:2::/64",
    ]  # fmt: skip


def test_no_report_lists_this_machine_nor_the_64_it_is_in(told: dict[str, Any]) -> None:
    assert told["refused"] == [
        f"{sender} is an address of this installation: reports never list it."
        for sender in ("203.0.113.7", "2001:db8:1:2::9")
    ]
    assert told["kept"] is False


def test_spam_from_all_over_its_network_does_not_list_the_network(told: dict[str, Any]) -> None:
    assert told["listed"] == []
    assert told["listed alone"] == 30


def test_an_address_that_comes_later_is_known_after_a_while(told: dict[str, Any]) -> None:
    assert told["a while later"] == [False, True]
