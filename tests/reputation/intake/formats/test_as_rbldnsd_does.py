"""The same zone in Debian's rbldnsd and in our reader: an address is listed by both, or by neither."""

from __future__ import annotations

import ipaddress
from random import Random
from typing import NamedTuple

import pytest

from reputation.addresses.address import Network
from reputation.intake.formats import FormatError, parse
from tests.conftest import NOON
from tests.reputation.rbldnsd_server import ZONE, answers, rbldnsd, readable_folder, reversed_name

ZONES = 6
IP4 = int(ipaddress.IPv4Address("198.51.96.0"))
IP6 = int(ipaddress.IPv6Address("2001:db8::"))
VALUES = ("", "", ":2:", ":127.0.0.4:text $", ":9", "a text alone", ":127.0.0.10:x", "# a comment", "; another")


class Zone(NamedTuple):
    kind: str
    text: str


def entry4(chance: Random, kind: str) -> str:
    value = IP4 + chance.getrandbits(11)
    form = chance.randrange(6 if kind == "ip4set" else 3)
    prefix = chance.choice((21, 22, 23, 24, 25, 26, 28, 30, 31, 32, 32))
    network = ipaddress.ip_network((value, prefix), strict=False)
    if form == 0:
        return str(ipaddress.IPv4Address(value))
    if form == 1:
        return str(network)
    if form == 2:
        return ".".join(str(ipaddress.IPv4Address(value)).split(".")[:3])
    upto = min(value + chance.choice((0, 1, 7, 40, 255, 300, 700)), IP4 + 2047)
    if form == 3:
        return f"{ipaddress.IPv4Address(value)}-{ipaddress.IPv4Address(upto)}"
    octet = value & 255
    if form == 4:
        return f"{ipaddress.IPv4Address(value)}-{chance.randint(octet, 255)}"
    third = value >> 8 & 255
    return f"198.51.{third}-{chance.randint(third, 103)}"


def entry6(chance: Random) -> str:
    value = IP6 | chance.getrandbits(6) << 64 | chance.getrandbits(3)
    prefix = chance.choice((58, 60, 62, 63, 64, 64, 126, 127, 128, 128))
    network = ipaddress.ip_network((value, prefix), strict=False)
    words = network.network_address.exploded.split(":")
    if prefix == 64 and chance.random() < 0.5:
        return ":".join(words[:4])
    return str(network) if prefix < 128 or chance.random() < 0.5 else str(network.network_address)


def lines(chance: Random, kind: str, count: int) -> list[str]:
    found = []
    for _ in range(count):
        draw = chance.random()
        if draw < 0.08:
            found.append(f":{chance.choice((2, 3, '127.0.0.4', '127.0.0.10'))}:Listed $")
            continue
        entry = entry6(chance) if kind == "ip6trie" else entry4(chance, kind)
        sign = "!" if draw < 0.3 else ""
        found.append(f"{sign}{entry} {'' if sign else chance.choice(VALUES)}".rstrip())
    return found


def zone(kind: str, seed: int) -> Zone:
    chance = Random(f"{kind} {seed}")
    if kind != "combined":
        return Zone(kind, "\n".join(lines(chance, kind, 60)) + "\n")
    parts = ["$TTL 300"]
    for part in ("ip4set", "ip4trie", "ip6trie", "ip4set:again"):
        parts.append(f"$DATASET {part} @")
        parts.extend(lines(chance, part.partition(":")[0], 25))
    return Zone(kind, "\n".join(parts) + "\n")


def option(kind: str, choice: str) -> str:
    """The format: the kind of a file that is no combined one is told by a head that we add."""
    return f"rbldnsd:{choice}".rstrip(":")


def ours(given: Zone, choice: str, asked: list[object]) -> list[bool]:
    head = "" if given.kind == "combined" else f"$DATASET {given.kind} @\n"
    ranges = parse((head + given.text).encode(), option(given.kind, choice)).ranges
    return [
        ranges.touches(Network(value.version, int(value), int(value), value.max_prefixlen))  # type: ignore[attr-defined]
        for value in asked
    ]


def addresses(seed: int) -> list[object]:
    chance = Random(f"asked {seed}")
    four = [ipaddress.IPv4Address(IP4 - 256 + chance.randrange(2560)) for _ in range(300)]
    six = [ipaddress.IPv6Address(IP6 | chance.getrandbits(6) << 64 | chance.getrandbits(3)) for _ in range(150)]
    return [*four, *six]


@pytest.mark.parametrize("kind", ["ip4set", "ip4trie", "ip6trie", "combined"])
def test_a_zone_lists_what_a_real_rbldnsd_lists(kind: str) -> None:
    zones = [zone(kind, seed) for seed in range(ZONES)]
    asked = addresses(1)
    listed = 0
    for given in zones:
        with readable_folder() as folder:
            file = folder / "zone"
            file.write_text(given.text)
            file.chmod(0o644)
            with rbldnsd(f"{ZONE}:{kind}:{file}") as port:
                theirs = answers(port, [reversed_name(value) for value in asked])

        assert ours(given, "", asked) == [bool(values) for values in theirs], given.text
        listed += sum(map(bool, theirs))
    assert listed > 50, "hardly anything was listed: the zones test nothing"


@pytest.mark.parametrize("kind", ["ip4set", "ip4trie", "ip6trie", "combined"])
@pytest.mark.parametrize("choice,wanted", [
    ("only=127.0.0.4", {"127.0.0.4"}),
    ("without=127.0.0.2-127.0.0.4", {"127.0.0.9", "127.0.0.10"}),
])  # fmt: skip
def test_chosen_values_are_those_that_a_real_rbldnsd_answers(kind: str, choice: str, wanted: set[str]) -> None:
    given, asked = zone(kind, 99), addresses(2)
    with readable_folder() as folder:
        file = folder / "zone"
        file.write_text(given.text)
        file.chmod(0o644)
        with rbldnsd(f"{ZONE}:{kind}:{file}") as port:
            theirs = answers(port, [reversed_name(value) for value in asked])

    assert ours(given, choice, asked) == [bool(wanted & set(values)) for values in theirs], given.text


@pytest.mark.parametrize("stamp,is_served", [
    ("2020:01:01", True),
    ("0", True),
    ("- -", True),
    ("2020:01:01 0", True),
    ("2020-01-01-12-30 +1000w", True),
    ("20200101 +1d", False),
    ("2020:01:01:00:00:00 2021:01:01", False),
    ("2020:01:01 +3650d", True),
    ("0 2020:01:01", False),
    ("2035:01:01", False),
])  # fmt: skip
def test_a_zone_past_its_timestamp_is_served_by_neither(stamp: str, is_served: bool) -> None:
    text = f"$TIMESTAMP {stamp}\n198.51.100.7\n"
    with readable_folder() as folder:
        file = folder / "zone"
        file.write_text(text)
        file.chmod(0o644)
        with rbldnsd(f"{ZONE}:ip4set:{file}") as port:
            (values,) = answers(port, ["7.100.51.198"])
    try:
        ours = parse(text.encode(), "rbldnsd", now=NOON).entries > 0
    except FormatError:
        ours = False

    assert (values == ["127.0.0.2"], ours) == (is_served, is_served)
