"""Origins answer for every address, from whatever they were built."""

from __future__ import annotations

from array import array

import pytest

from reputation.addresses.address import parse_address
from reputation.verdict.origins import (
    COUNTRY_NUMBERS,
    EMPTY,
    UNKNOWN,
    IspNames,
    Origin,
    Origins,
    country_code,
    country_number,
    isp_names,
)
from reputation.verdict.steps import steps4, steps6

DE, FR = country_number("DE"), country_number("FR")
EXAMPLES = Origins(
    steps4([(0, 0), (0xC0000200, 1), (0xC0000280, 2), (0xC0000300, 0)]),
    steps6([(0, 0), (0x20010DB8 << 96, 3), ((0x20010DB8 << 96) + 1, 1), (0x20010DB9 << 96, 0)]),
    array("I", [0, 64500, 64501, 0]),
    array("H", [0, DE, 0, FR]),
    isp_names([(64502, "Example Net"), (64500, "Networks of Example é"), (64503, "example net two")]),
    "2026-06-17",
    "a table",
    3,
)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.1.255", UNKNOWN),
        ("192.0.2.0", Origin(64500, "DE", "Networks of Example é")),
        ("192.0.2.127", Origin(64500, "DE", "Networks of Example é")),
        ("192.0.2.128", Origin(64501, "", "AS64501")),
        ("192.0.3.0", UNKNOWN),
        ("255.255.255.255", UNKNOWN),
        ("2001:db8::", Origin(0, "FR", "")),
        ("2001:db8::1", Origin(64500, "DE", "Networks of Example é")),
        ("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", Origin(64500, "DE", "Networks of Example é")),
        ("2001:db9::", UNKNOWN),
    ],
)
def test_an_address_has_the_origin_of_its_step(address: str, expected: Origin) -> None:
    version, value = parse_address(address)

    assert EXAMPLES.origin(version, value) == expected
    assert EXAMPLES.asn(version, value) == expected.asn
    assert country_code(EXAMPLES.country_number(version, value)) == expected.country


@pytest.mark.parametrize("address", ["0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "2001:db8::1", "ffff::"])
def test_without_data_every_origin_is_unknown(address: str) -> None:
    version, value = parse_address(address)

    assert EMPTY.origin(version, value) == UNKNOWN
    assert EMPTY.number(version, value) == 0
    assert EMPTY.country_number(version, value) == 0
    assert EMPTY.isps_named("example") == []


def test_every_country_code_has_a_number_of_its_own() -> None:
    codes = [country_code(number) for number in range(COUNTRY_NUMBERS)]

    assert codes[:3] == ["", "AA", "AB"]
    assert codes[-1] == "ZZ"
    assert [country_number(code) for code in codes] == list(range(COUNTRY_NUMBERS))


@pytest.mark.parametrize("code", ["", "D", "DEU", "1A", "D-", "ÄÖ", "ß", "ßß"])
def test_what_is_not_two_letters_is_the_unknown_country(code: str) -> None:
    assert country_number(code) == 0


def test_a_country_code_may_be_in_small_letters() -> None:
    assert country_number("de") == country_number("DE")


@pytest.mark.parametrize("number", [-1, COUNTRY_NUMBERS, 65535])
def test_a_number_that_is_no_country_has_no_code(number: int) -> None:
    assert country_code(number) == ""


def test_an_asn_without_a_name_is_called_by_its_number() -> None:
    assert EXAMPLES.isp_name(64502) == "Example Net"
    assert EXAMPLES.isp_name(64499) == "AS64499"
    assert EXAMPLES.isp_name(4294967295) == "AS4294967295"
    assert EXAMPLES.isp_name(0) == ""


def test_isps_are_found_by_a_part_of_their_name_and_those_that_begin_with_it_come_first() -> None:
    assert EXAMPLES.isps_named("EXAMPLE") == [
        (64502, "Example Net"),
        (64503, "example net two"),
        (64500, "Networks of Example é"),
    ]
    assert EXAMPLES.isps_named("example", limit=1) == [(64502, "Example Net")]
    assert EXAMPLES.isps_named("É") == [(64500, "Networks of Example é")]
    assert EXAMPLES.isps_named("  ") == []
    assert EXAMPLES.isps_named("nobody") == []


def test_names_that_do_not_fit_their_text_are_refused() -> None:
    with pytest.raises(ValueError, match="one end each"):
        IspNames(array("I", [64500]), array("I", [5]), b"four")
    with pytest.raises(ValueError, match="one end each"):
        IspNames(array("I", [64500]), array("I"), b"")
