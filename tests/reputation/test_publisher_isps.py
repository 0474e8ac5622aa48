"""ISPs that the operator has accepted: rules decide by them, and their names are told."""

from __future__ import annotations

import random

import pytest

from reputation.addresses.address import parse_address, parse_network
from reputation.customers import isps, policy
from reputation.publisher import Publisher
from reputation.publisher.isps import Own, overlaid
from reputation.verdict.decision import Decision, decide
from reputation.verdict.live import Live
from reputation.verdict.origins import EMPTY, Origin, Origins
from reputation.verdict.zones import BLOCKED_ISP, STANDARD
from tests.conftest import NOON, Cast
from tests.snapshots import origins

TABLE = {
    "192.0.2.0/24": (64500, "AT", "Example Net"),
    "198.51.100.0/24": (64501, "DE", "Other Net"),
    "2001:db8::/32": (64501, "DE", "Other Net"),
}


def own(asn: int, *networks: str, name: str = "Our Net", country: str = "CH") -> Own:
    return Own(asn, name, country, tuple(map(parse_network, networks)))


def at(table: Origins, text: str) -> Origin:
    address = parse_address(text)
    return table.origin(address.version, address.value)


@pytest.fixture
def publisher(cast: Cast) -> Publisher:
    made = Publisher(Live(), lambda: origins(TABLE), lambda _: EMPTY, "")
    made.catch_up(NOON)
    return made


def ask(publisher: Publisher, organization: int, text: str) -> Decision:
    assert publisher.live.current
    address = parse_address(text)
    return decide(publisher.live.current, STANDARD, organization, address.version, address.value, NOON)


def test_a_network_inside_another_isps_belongs_to_the_accepted_one_and_its_neighbours_stay() -> None:
    table = overlaid(origins(TABLE), [own(65001, "192.0.2.64/26", "2001:db8:5::/48")])

    assert at(table, "192.0.2.63") == (64500, "AT", "Example Net")
    assert at(table, "192.0.2.64") == at(table, "192.0.2.127") == (65001, "CH", "Our Net")
    assert at(table, "192.0.2.128") == (64500, "AT", "Example Net")
    assert at(table, "2001:db8:5:ffff::1") == (65001, "CH", "Our Net")
    assert at(table, "2001:db8:6::") == (64501, "DE", "Other Net")
    assert at(table, "203.0.113.1") == (0, "", "")


def test_an_isp_without_a_country_leaves_the_countries_of_the_table() -> None:
    table = overlaid(origins(TABLE), [own(65001, "192.0.0.0/8", country="")])

    assert at(table, "192.0.2.1") == (65001, "AT", "Our Net")
    assert at(table, "192.0.3.1") == (65001, "", "Our Net")


def test_the_accepted_name_of_an_asn_wins_over_the_tables() -> None:
    table = overlaid(origins(TABLE), [own(64501, name="Renamed")])

    assert at(table, "198.51.100.1") == (64501, "DE", "Renamed")
    assert at(table, "192.0.2.1").isp == "Example Net"


def test_the_more_specific_of_two_accepted_networks_wins() -> None:
    table = overlaid(EMPTY, [own(65001, "203.0.113.0/24"), own(65002, "203.0.113.128/25", name="Inner")])

    assert at(table, "203.0.113.127").asn == 65001
    assert at(table, "203.0.113.128").asn == 65002
    assert at(table, "203.0.114.0").asn == 0


def test_the_first_and_the_last_address_of_all_can_belong_to_somebody() -> None:
    table = overlaid(EMPTY, [own(65001, "0.0.0.0/8", "255.0.0.0/8", "ffff::/16")])

    assert [at(table, text).asn for text in ("0.0.0.0", "1.0.0.0", "254.255.255.255", "255.255.255.255")] == [
        65001, 0, 0, 65001,
    ]  # fmt: skip
    assert at(table, "ffff:ffff::1").asn == 65001


def test_laying_over_says_the_same_as_looking_in_both_by_hand() -> None:
    dice = random.Random(7)

    def network() -> str:
        prefix = dice.randrange(26, 33)
        return f"198.51.100.{dice.randrange(256) >> (32 - prefix) << (32 - prefix)}/{prefix}"

    for _ in range(60):
        below = {network(): (64500 + n, "AT", f"Net {n}") for n in range(8)}
        above = {network(): 65000 + n for n in range(4)}
        plain = origins(below)
        laid = overlaid(plain, [own(asn, text) for text, asn in above.items()])
        nets = [(parse_network(text), asn) for text, asn in above.items()]
        for last in range(256):
            value = parse_address(f"198.51.100.{last}").value
            holding = [(net.last - net.first, asn) for net, asn in nets if net.first <= value <= net.last]
            expected = min(holding)[1] if holding else plain.asn(4, value)
            assert laid.asn(4, value) == expected


def test_a_rule_for_an_accepted_isp_decides_for_its_networks(publisher: Publisher, cast: Cast) -> None:
    policy.add_rule(cast.acme.id, "blocked", "isp:AS65001", NOON)
    isps.accept([65001], "Our Net", "CH", ["192.0.2.64/26", "2001:db8:5::/48"], NOON, "olga@acme.example")
    publisher.catch_up(NOON)

    assert [ask(publisher, cast.acme.id, text).code for text in ("192.0.2.65", "2001:db8:5::9", "192.0.2.1")] == [
        BLOCKED_ISP, BLOCKED_ISP, 0,
    ]  # fmt: skip
    assert ask(publisher, cast.basic.id, "192.0.2.65").code == 0


def test_a_rule_for_the_isp_that_had_the_network_before_no_longer_decides(publisher: Publisher, cast: Cast) -> None:
    policy.add_rule(cast.acme.id, "blocked", "isp:AS64500", NOON)
    isps.accept([65001], "Our Net", "CH", ["192.0.2.64/26"], NOON, "olga@acme.example")
    publisher.catch_up(NOON)

    assert ask(publisher, cast.acme.id, "192.0.2.1").code == BLOCKED_ISP
    assert ask(publisher, cast.acme.id, "192.0.2.65").code == 0


def test_an_isp_that_is_removed_gives_its_networks_back(publisher: Publisher, cast: Cast) -> None:
    (asn,) = isps.accept([], "Nameless", "", ["192.0.2.64/26"], NOON, "olga@acme.example")
    publisher.catch_up(NOON)
    assert publisher.live.current and at(publisher.live.current.origins, "192.0.2.65") == (asn, "AT", "Nameless")

    isps.remove(asn, NOON, "olga@acme.example")
    publisher.catch_up(NOON)

    assert publisher.live.current and at(publisher.live.current.origins, "192.0.2.65").isp == "Example Net"
