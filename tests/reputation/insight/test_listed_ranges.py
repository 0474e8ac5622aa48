"""What the live lists hold of an ISP and of a country: every address once, and nothing that has ended."""

from __future__ import annotations

from functools import partial
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reputation.insight import listed_ranges
from reputation.insight.listed_ranges import MainCountry
from reputation.verdict.snapshot import Listed, Snapshot
from reputation.verdict.zones import FOREVER
from tests.conftest import NOON
from tests.executed import executed_lines
from tests.snapshots import layer, snapshot

ONE, TWO = 64500, 64501
ORIGINS = {
    "192.0.2.0/25": (ONE, "AT", "One"),
    "192.0.2.128/25": (TWO, "DE", "Two"),
    "198.51.100.0/26": (ONE, "CH", "One"),
    "203.0.113.0/24": (0, "FR", ""),
    "2001:db8::/32": (ONE, "AT", "One"),
}
ETL, KSS, DUL = (FOREVER, 0, 0, 0), (0, FOREVER, 0, 0), (0, 0, FOREVER, 0)
DYNAMIC = (NOON + 60,) * 4


def made(**lists: object) -> Snapshot:
    return snapshot(known_origins=ORIGINS, **lists)  # type: ignore[arg-type]


def test_listed_addresses_are_counted_by_isp_and_country() -> None:
    found = listed_ranges.by_isp(made(standard=[("192.0.2.64/26", KSS, ""), ("192.0.2.128/30", DUL, "")]), NOON)

    assert found.by_asn == {ONE: 64, TWO: 4}
    assert found.by_country == {"AT": 64, "DE": 4}
    assert found.total == 68


def test_a_network_that_lies_in_two_isps_counts_for_each_with_its_part() -> None:
    assert listed_ranges.by_isp(made(standard=[("192.0.2.0/24", KSS, "")]), NOON).by_asn == {ONE: 128, TWO: 128}


def test_an_address_that_both_databases_list_counts_once() -> None:
    lists = made(
        standard=[("192.0.2.0/28", KSS, "")], dynamic=[("192.0.2.8/29", DYNAMIC, ""), ("192.0.2.32/32", DYNAMIC, "")]
    )

    assert listed_ranges.by_isp(lists, NOON).by_asn == {ONE: 17}


def test_a_dynamic_listing_that_has_ended_counts_no_more() -> None:
    lists = made(dynamic=[("192.0.2.8/29", DYNAMIC, "")])

    assert listed_ranges.by_isp(lists, NOON).by_asn == {ONE: 8}
    assert listed_ranges.by_isp(lists, NOON + 3600).by_asn == {}


def test_addresses_without_an_isp_count_for_their_country_alone() -> None:
    found = listed_ranges.by_isp(made(standard=[("203.0.113.7/32", KSS, "")]), NOON)

    assert found.by_asn == {0: 1} and found.by_country == {"FR": 1}


def test_what_is_counted_once_is_kept_until_a_list_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    lists = made(standard=[("192.0.2.0/28", KSS, "")])
    first = listed_ranges.by_isp(lists, NOON)

    assert listed_ranges.by_isp(lists, NOON + 5) is first
    assert listed_ranges.by_isp(made(standard=[("192.0.2.0/29", KSS, "")]), NOON + 5).total == 8


def test_an_isp_is_at_home_where_most_of_its_addresses_are() -> None:
    assert listed_ranges.main_countries(made().origins) == {ONE: MainCountry("AT", 192), TWO: MainCountry("DE", 128)}


def test_nothing_loaded_is_nothing_listed() -> None:
    assert listed_ranges.by_isp(Snapshot(), NOON).by_asn == {}
    assert listed_ranges.main_countries(Snapshot().origins) == {}


def test_the_networks_of_an_isp_are_told_by_category_with_examples() -> None:
    lists = made(
        standard=[("192.0.2.0/28", KSS, ""), ("192.0.2.16/32", KSS, ""), ("192.0.2.130/32", KSS, "")],
        own_standard=[("192.0.2.8/29", ETL, ""), ("2001:db8:1::/48", ETL, "")],
        own_dynamic=[("198.51.100.4/32", DYNAMIC, "")],
    )

    found = listed_ranges.networks_of(lists, ONE, NOON)

    assert (found.addresses, found.ranges, found.ranges6) == (192, 2, 1)
    assert found.countries == (("AT", 128), ("CH", 64))
    assert [(one.name, one.addresses, one.ranges, one.ranges6) for one in found.listed] == [
        ("KSS", 17, 1, 0),  # the network and its neighbour are one range
        ("ETL", 8, 1, 1),
        ("dynamic", 1, 1, 0),
    ]
    assert found.listed[0].examples == (("192.0.2.0 to 192.0.2.16", "192.0.2.0"),)
    assert found.listed[1].examples == (("192.0.2.8/29", "192.0.2.8"), ("2001:db8:1::/48", "2001:db8:1::"))
    assert found.listed_addresses == 18


def test_what_has_changed_of_our_own_listings_counts_as_it_is_now() -> None:
    gone, there = (0,) * 4, DYNAMIC
    six = {"2001:db8::/64": there, "2001:db8:1::/64": there}
    own = layer([("192.0.2.0/28", there, ""), *((text, until, "") for text, until in six.items())])
    recent = layer([("192.0.2.0/29", gone, ""), ("192.0.2.64/26", there, ""), ("2001:db8::/64", gone, "")])
    dynamic = Listed(layer([("192.0.2.7/32", there, "")]), own, recent=recent)
    one = Snapshot(None, dynamic, made().origins)

    found = listed_ranges.networks_of(one, ONE, NOON)

    [category] = found.listed
    assert (category.addresses, category.ranges, category.ranges6) == (8 + 1 + 64, 2, 1)
    assert found.listed_addresses == 8 + 1 + 64


def test_a_list_that_is_wider_than_the_isp_counts_with_the_isps_part() -> None:
    found = listed_ranges.networks_of(made(standard=[("192.0.0.0/8", KSS, ""), ("2001::/16", KSS, "")]), TWO, NOON)
    six = listed_ranges.networks_of(made(standard=[("2001::/16", KSS, "")]), ONE, NOON)

    assert found.listed_addresses == found.addresses == 128
    assert [text for text, _ in six.listed[0].examples] == ["2001:db8::/32"]


def test_an_isp_that_is_not_known_has_no_networks() -> None:
    found = listed_ranges.networks_of(made(), 65000, NOON)

    assert (found.addresses, found.ranges, found.countries, found.listed) == (0, 0, (), ())


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(24, 32)), max_size=6), st.integers(0, 2))
def test_the_count_is_that_of_counting_every_address(networks: list[tuple[int, int]], in_dynamic: int) -> None:
    texts = sorted({str(ip_network((0xC0000200 | low, prefix), strict=False)) for low, prefix in networks})
    dynamic = texts[:in_dynamic]
    lists = made(
        standard=[(text, KSS, "") for text in texts[in_dynamic:]], dynamic=[(text, DYNAMIC, "") for text in dynamic]
    )
    every = {address for text in texts for address in ip_network(text)}

    found = listed_ranges.by_isp(lists, NOON).by_asn

    assert found.get(ONE, 0) == sum(address in ip_network("192.0.2.0/25") for address in every)
    assert found.get(TWO, 0) == sum(address in ip_network("192.0.2.128/25") for address in every)


def test_the_ipv6_networks_of_an_isp_end_where_those_of_others_begin() -> None:
    known = {"2001:db8::/33": (ONE, "AT", ""), "2001:db8:8000::/33": (TWO, "AT", ""), "ff00::/8": (ONE, "", "")}
    lists = snapshot(
        known_origins=known,
        standard=[("2001:db8:7fff::/48", KSS, ""), ("2001:db8:8000::/48", KSS, ""), ("ffff:ffff::/32", KSS, "")],
    )  # fmt: skip

    found = listed_ranges.networks_of(lists, ONE, NOON)

    assert found.ranges6 == 2
    assert sorted(text for text, _ in found.listed[0].examples) == ["2001:db8:7fff::/48", "ffff:ffff::/32"]


def test_the_page_of_one_isp_goes_through_no_network_of_the_others() -> None:
    costs = []
    for count in (100, 4000):
        others = {f"2001:db8:{n:x}::/48": (n + 1, "DE", "") for n in range(count)}
        lists = snapshot(known_origins={"192.0.2.0/25": (ONE, "AT", ""), "2001:db9::/32": (ONE, "AT", ""), **others})
        listed_ranges.networks_of(lists, ONE, NOON)
        costs.append(executed_lines(partial(listed_ranges.networks_of, lists, ONE, NOON)))

    assert costs[1] < 1.1 * costs[0]
