"""This machine's own addresses: they are found, read anew after a minute, and never listed by a report."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from reputation.addresses.address import parse_network
from reputation.intake import exemptions, own_addresses, spam_reports
from reputation.intake.own_addresses import OwnAddresses
from reputation.intake.spam_reports import Incoming
from reputation.refusal import Refused
from reputation.store.db import Store
from reputation.store.models import Listing
from tests.conftest import NOON
from tests.neighbour import others

OURS4, OURS6 = "198.51.100.25", "2001:db8:25::25"
# As Linux 6.1 wrote it of a machine with the loopback and one address in a /24; a /32 that is no LOCAL one is a route.
TRIE = f"""Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
        +-- 127.0.0.0/31 1 0 0
           |-- 127.0.0.0
              /8 host LOCAL
           |-- 127.0.0.1
              /32 host LOCAL
        |-- 127.255.255.255
           /32 link BROADCAST
     +-- 198.51.100.0/24 2 0 2
        |-- 198.51.100.1
           /32 link UNICAST
        |-- {OURS4}
           /32 host LOCAL
        |-- 198.51.100.255
           /32 link BROADCAST
"""
IF_INET6 = """00000000000000000000000000000001 01 80 10 80       lo
20010db8002500000000000000000025 02 40 00 80     eth0
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the two files in which Linux tells its addresses; the program reads them there."""
    for name, place, text in (("ROUTES4", "fib_trie", TRIE), ("ADDRESSES6", "if_inet6", IF_INET6)):
        (tmp_path / place).write_text(text)
        monkeypatch.setattr(own_addresses, name, tmp_path / place)
    monkeypatch.setattr(exemptions, "OWN", OwnAddresses())
    return tmp_path


@pytest.mark.parametrize("network", [OURS4, "198.51.100.0/24", "0.0.0.0/0", OURS6, "2001:db8:25::/64", "127.0.0.1"])
def test_a_network_that_holds_an_address_of_ours_is_told(machine: Path, network: str) -> None:
    assert OwnAddresses().inside(parse_network(network))


@pytest.mark.parametrize(
    "network",
    ["198.51.100.24", "198.51.100.26", "198.51.100.1", "198.51.100.255", "198.51.100.128/25", "2001:db8:25::24",
     "2001:db8:25::26", "2001:db8:26::/64", "::c633:6419"],
)  # fmt: skip
def test_what_lies_beside_them_is_not_ours(machine: Path, network: str) -> None:
    assert not OwnAddresses().inside(parse_network(network))


def test_they_are_read_again_after_a_minute_and_not_for_each_report(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = OwnAddresses()
    assert own.inside(parse_network(OURS4))
    (machine / "fib_trie").write_text(TRIE.replace(OURS4, "198.51.100.77"))

    assert own.inside(parse_network(OURS4)), "what was read is fresh for a minute"
    monkeypatch.setattr(own_addresses, "FRESH_FOR", 0)
    assert own.inside(parse_network("198.51.100.77")) and not own.inside(parse_network(OURS4))


def test_where_linux_tells_nothing_nothing_is_ours(machine: Path) -> None:
    for file in machine.iterdir():
        file.unlink()

    assert not OwnAddresses().inside(parse_network("0.0.0.0/0"))


def test_the_address_that_this_machine_really_has_is_found() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        here = probe.getsockname()[0]

    assert OwnAddresses().inside(parse_network(here))


@pytest.mark.parametrize("address", [OURS4, OURS6, "2001:db8:25::99"])
def test_a_report_never_lists_this_installation_nor_its_64(store: Store, machine: Path, address: str) -> None:
    with pytest.raises(Refused, match="is an address of this installation: reports never list it"):
        spam_reports.accept(address, "trap", NOON)

    assert not others(Listing).exists()


def test_nor_is_the_network_around_it_listed_however_many_of_it_are(store: Store, machine: Path) -> None:
    reports = [Incoming(f"198.51.100.{number}", "trap") for number in range(100, 160)]

    assert spam_reports.accept_many(reports, NOON).accepted == 60
    assert [row.network for row in others(Listing) if "/" in row.network] == []
