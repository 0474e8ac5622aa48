"""The same entries in every server's own form."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import numpy as np
import pytest

from benchmarks import lists
from benchmarks.data import Entries


@pytest.fixture
def listed() -> Entries:
    networks = [ipaddress.ip_network(text) for text in ("11.0.0.0/16", "11.2.4.0/23", "12.0.7.0/24", "13.1.2.3/32")]
    return Entries(
        np.array([int(network.network_address) for network in networks], np.uint32),
        np.array([network.prefixlen for network in networks], np.uint8),
        [(0x20010DB8 << 96, 48), (0x20010DB8 << 96 | 1 << 80 | 5, 128)],
    )


def test_a_feed_has_one_network_a_line(listed: Entries, tmp_path: Path) -> None:
    feed = lists.write_feed(tmp_path / "feed", listed)

    assert feed.read_text().split() == [
        "11.0.0.0/16", "11.2.4.0/23", "12.0.7.0/24", "13.1.2.3", "2001:db8::/48", "2001:db8:1::5/128",
    ]  # fmt: skip


def test_a_later_issue_of_the_feed_leaves_out_the_first_entries(listed: Entries, tmp_path: Path) -> None:
    feed = lists.write_feed(tmp_path / "feed", listed, without=2)

    assert feed.read_text().split()[0] == "12.0.7.0/24"


def test_rbldnsd_gets_the_same_lines_behind_a_head(listed: Entries, tmp_path: Path) -> None:
    four, six = lists.write_rbldnsd(tmp_path, listed)

    assert four.read_text().startswith("$SOA 60 ns.rep.example hostmaster.rep.example ")
    assert four.read_text().split("\n")[-5:-1] == ["11.0.0.0/16", "11.2.4.0/23", "12.0.7.0/24", "13.1.2.3"]
    assert six.read_text().split("\n")[-3:-1] == ["2001:db8::/48", "2001:db8:1::5/128"]


def test_a_master_file_writes_wide_networks_as_wildcards(listed: Entries, tmp_path: Path) -> None:
    lines = lists.write_master(tmp_path / "zone", listed).read_text().splitlines()

    names = [line.split()[0] for line in lines if line.endswith(" A 127.0.0.2")]
    assert names == [
        "*.0.11", "*.4.2.11", "*.5.2.11", "*.7.0.12", "3.2.1.13",
        "*.0.0.0.0.8.b.d.0.1.0.0.2", "5." + "0." * 19 + "1.0.0.0.8.b.d.0.1.0.0.2",
    ]  # fmt: skip
    assert sum(" TXT " in line for line in lines) == len(names)


def test_the_arrays_hold_both_bounds(listed: Entries, tmp_path: Path) -> None:
    arrays = np.load(lists.write_arrays(tmp_path / "arrays.npz", listed))

    assert [str(ipaddress.ip_address(int(last))) for last in arrays["last"]] == [
        "11.0.255.255", "11.2.5.255", "12.0.7.255", "13.1.2.3",
    ]  # fmt: skip
