"""The mixes: packets as resolvers send them, with the shares that were recorded."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from dnslib import QTYPE, DNSRecord

from benchmarks import dnsperf, mixes, plan
from benchmarks.data import Question
from benchmarks.mixes import Mix
from benchmarks.resolvers.walks import Sent, kept
from benchmarks.workshop import DATABASE, Material

CODE = "c" * 31
FOUR = Question(4, 0x4D0C2238, False, False)  # 77.12.34.56
SIX = Question(6, 0x2A01_0DB8_1234_5678_0000_0000_0000_0001, True, True)
LOOKUPS = 2_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Mix]:
    data = Material(tmp_path_factory.mktemp("mixes") / "data", plan.QUICK, 1_000)
    return {mix.name: mix for mix in mixes.mixes(data, LOOKUPS)}


def sent(*walk: str, version: int = 4, capitals: bool = False, opt: bytes = b"") -> Sent:
    return Sent("some resolver", version, 0x0010, opt, capitals, Counter({walk: 1}))


def names(question: Question, by: Sent) -> list[tuple[str, str]]:
    """The names and types of a lookup."""
    found = [DNSRecord.parse(packet).q for packet, _ in mixes.walked(random.Random(1), question, by, CODE)]
    return [(str(one.qname).removesuffix(f"{CODE}.{DATABASE}."), QTYPE[one.qtype]) for one in found]


def test_a_walk_asks_for_the_names_on_the_way_in_its_order() -> None:
    assert names(FOUR, sent("1 A", "3 NS", "address")) == [("77.", "A"), ("34.12.77.", "NS"), ("56.34.12.77.", "A")]


def test_the_names_above_an_address_are_asked_whole() -> None:
    walk = sent("zone NS", "r NS", "code A")

    assert names(FOUR, walk) == [("rep.example.", "NS"), (f"{DATABASE}.", "NS"), ("", "A")]


def test_the_whole_name_has_the_type_of_the_question() -> None:
    assert names(SIX, sent("2 A", "address", version=6))[-1][1] == "TXT"


def test_a_partial_name_is_expected_to_have_no_data_and_the_whole_one_its_answer() -> None:
    expected = [answer for _, answer in mixes.walked(random.Random(1), SIX, sent("2 A", "address", version=6), CODE)]

    assert expected == [bytes((0, 0, 0)), bytes((0, 0, 1))]


def test_flags_opt_record_and_capitals_are_those_of_the_resolver() -> None:
    by = sent("address", capitals=True, opt=bytes.fromhex("00002904d000008000000c000a00080000000000000000"))
    ((packet, _),) = mixes.walked(random.Random(1), FOUR, by, CODE)

    read = DNSRecord.parse(packet)

    assert (packet[2:4].hex(), read.ar[0].edns_len, [option.code for option in read.ar[0].rdata]) == (
        "0010",
        1232,
        [10],
    )
    name = str(read.q.qname)
    assert name.lower() == f"56.34.12.77.{CODE}.{DATABASE}." and name != name.lower() != name.upper()


def test_every_recorded_resolver_has_a_mix_with_its_own_share_of_partial_names(made: dict[str, Mix]) -> None:
    for one in kept():
        mix = made[f"{one.resolver}, IPv{one.version}"]
        assert abs(mix.share - one.share) < 0.03, mix.name
    assert 0.5 < made[mixes.TOGETHER].share < 0.8


def test_a_mix_has_an_answer_for_each_of_its_packets(made: dict[str, Mix]) -> None:
    for mix in made.values():
        packets = [*dnsperf.packets(mix.questions)]
        assert len(packets) == mix.count == Path(mix.expected).stat().st_size // 3 > 0
