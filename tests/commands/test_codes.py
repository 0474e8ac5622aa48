"""`code` and `organization quota` on the command line: what is said, and what is in the next answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app import main


class House:
    """An installation, by its commands alone."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def run(self, *words: str, code: int = 0) -> Result:
        done = CliRunner().invoke(main, [*words, "--data", str(self.data)])
        assert done.exit_code == code, done.output
        return done

    def value(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json").stdout)


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = House(tmp_path)
    made.run("organization", "add", "Acme")
    return made


ACME = ("--organization", "Acme")


def test_networks_of_a_code_are_allowed_listed_and_disallowed(house: House) -> None:
    assert "Its codes may be used from anywhere." in house.run("code", "networks", *ACME).stdout
    house.run("code", "allow", "192.0.2.53", *ACME, "--note", "resolver")
    assert house.value("code", "allow", "2001:db8::/48", *ACME) == {"networks": ["2001:db8::/48"], "warning": ""}

    assert house.value("code", "networks", *ACME) == {
        "networks": [{"network": "192.0.2.53", "note": "resolver"}, {"network": "2001:db8::/48", "note": ""}],
        "warning": "",
        "turned_away": [],
    }
    house.run("code", "disallow", "192.0.2.53", *ACME)
    assert "from anywhere" in house.run("code", "disallow", "2001:db8::/48", *ACME).stdout
    assert house.value("code", "networks", *ACME)["networks"] == []


def test_what_cannot_be_done_is_said(house: House) -> None:
    assert "leave the list empty" in house.run("code", "allow", "0.0.0.0/0", *ACME, code=1).output
    assert "no valid mail server yet" in house.run("code", "allow-servers", *ACME, code=1).output
    assert "not among the networks" in house.run("code", "disallow", "192.0.2.53", *ACME, code=1).output
    assert "anywhere already" in house.run("code", "anywhere", *ACME, code=1).output


def test_all_networks_go_at_once(house: House) -> None:
    for last in range(3):
        house.run("code", "allow", f"192.0.2.{last}", *ACME)

    assert house.value("code", "anywhere", *ACME) == {"removed": 3}


def test_a_quota_is_chosen_and_shown(house: House) -> None:
    assert "Acme: as for all: none" in house.run("organization", "quota", "Acme").stdout
    assert house.value("organization", "quota", "Acme", "1000") == {
        "organization": "Acme", "quota": 1000, "in_force": 1000, "used": 0, "over_at": None,
    }  # fmt: skip
    assert "Acme: 1,000 connections a day; 0 used today" in house.run("organization", "quota", "Acme").stdout
    assert house.value("organization", "quota", "Acme", "none")["in_force"] is None
    usual = house.value("organization", "quota", "Acme", "usual", "--daily-quota", "500")
    assert (usual["quota"], usual["in_force"]) == (None, 500)
    assert "A daily quota is a number" in house.run("organization", "quota", "Acme", "many", code=1).output
