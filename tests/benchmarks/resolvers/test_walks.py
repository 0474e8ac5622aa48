"""Walks: read from packets, kept in a file, and what they add up to."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from dnslib import DNSRecord

from benchmarks.resolvers import walks
from benchmarks.resolvers.walks import Read, Sent

ZONE = "rep.example"
COOKIE = bytes.fromhex("00002904d000008000000c000a00081122334455667788")


def asked(name: str, qtype: str = "A") -> Read:
    return walks.read(bytes(DNSRecord.question(name, qtype).pack()))


@pytest.mark.parametrize(
    ("name", "qtype", "step"),
    [
        ("rep.example", "NS", "zone NS"),
        ("R.rep.example", "NS", "r NS"),
        ("code.r.rep.example", "A", "code A"),
        ("77.code.r.rep.example", "A", "1 A"),
        ("34.12.77.code.r.rep.example", "NS", "3 NS"),
        ("56.34.12.77.code.r.rep.example", "A", "address"),
        ("56.34.12.77.code.r.rep.example", "NS", "4 NS"),
    ],
)
def test_a_question_is_a_step_by_its_labels_and_its_type(name: str, qtype: str, step: str) -> None:
    assert walks.step(asked(name, qtype), ZONE, 4) == step


def test_four_labels_are_a_part_of_an_address_of_ipv6() -> None:
    assert walks.step(asked("8.b.d.0.code.r.rep.example"), ZONE, 6) == "4 A"


def test_a_cookie_is_kept_as_zeros() -> None:
    packet = bytes(DNSRecord.question("a.rep.example").pack()) + COOKIE

    assert walks.read(packet).opt == COOKIE[:-8] + bytes(8)


def test_lookups_add_up_to_packets_and_a_share_of_partial_names() -> None:
    whole, part = asked("56.34.12.77.code.r.rep.example"), asked("77.Code.r.rep.example")

    found = walks.summed("x", 4, ZONE, [[part, part, whole], [whole]])

    assert found.walks == Counter({("1 A", "1 A", "address"): 1, ("address",): 1})
    assert (found.packets, found.share, found.capitals) == (2.0, 0.5, True)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    made = [
        Sent("Some Resolver", version, 0x0110, COOKIE, True, Counter({("1 A", "address"): 3, ("address",): 1}))
        for version in (4, 6)
    ]

    walks.write(tmp_path / "walks.toml", made, "a system")

    assert walks.kept(tmp_path / "walks.toml") == made


def test_the_kept_walks_are_of_five_resolvers_of_which_dnsmasq_alone_sends_no_part() -> None:
    kept = walks.kept()

    assert len({one.resolver for one in kept}) == 5
    assert {one.version for one in kept} == {4, 6}
    assert {one.resolver for one in kept if not one.share} == {"dnsmasq"}
