"""asn and address-port."""

import pytest

from reputation.intake.formats import FormatError, parse
from tests.reputation.intake.lists import listed, read, sample


def test_an_as_number_stands_for_the_networks_of_its_as() -> None:
    parsed = read(sample("asns.txt"), "asn")

    assert listed(parsed.ranges) == [
        "192.0.2.0/25 AS64496 EXAMPLE-ONE",
        "198.51.100.0/24 AS64496 EXAMPLE-ONE",
        "203.0.113.0/26 AS64497 Example Two",
        "2001:db8:1::/48 AS64497 Example Two",
        "2001:db8:2::/48 AS64498 EXAMPLE-THREE",
    ]


def test_an_as_without_known_networks_is_counted() -> None:
    parsed = read("AS64496\nAS64511\n", "asn")

    assert parsed.left_out == {"because no network of their AS is known": 1}


@pytest.mark.parametrize(
    "line",
    [
        "AS0",
        "AS4294967296",
        "ASX",
        "192.0.2.1",
        '{"asn":"64496"}',
        '{"asn":true}',
        "{",
        "AS-1",
        "2026 edition",
        "16 lists",
    ],
)
def test_what_is_no_as_number_is_a_warning(line: str) -> None:
    tail = '{"type":"metadata","records":1}\n' if line.startswith("{") else ""

    parsed = read(f"AS64496\n{line}\n{tail}", "asn")

    assert parsed.warnings == (f"line 2: not an AS number such as AS64496: {line}",)


def test_the_trailer_of_asn_drop_is_no_entry() -> None:
    body = '{"asn":64496,"asname":"A$"}\n{"type":"metadata","timestamp":1775145079,"records":1}\n'

    parsed = read(body, "asn")

    assert parsed.warnings == () and parsed.ranges.texts == ("AS64496 A$$",)


OBJECT = '{"asn":64496,"asname":"A"}\n'
TRAILER = '{"type":"metadata","timestamp":1775145079,"records":2}\n'


@pytest.mark.parametrize("body,says", [
    (OBJECT * 2, "no trailer"),
    (OBJECT + TRAILER, "announces 2 records, but 1 are there"),
    (OBJECT * 3 + TRAILER, "announces 2 records, but 3 are there"),
])  # fmt: skip
def test_an_asn_drop_that_is_not_whole_is_refused(body: str, says: str) -> None:
    with pytest.raises(FormatError, match=says):
        read(body, "asn")


def test_the_age_of_asn_drop_is_that_of_its_trailer() -> None:
    assert read(OBJECT * 2 + TRAILER, "asn").dated == 1775145079


def test_as_numbers_without_a_table_of_origins_are_refused() -> None:
    with pytest.raises(FormatError, match="need the table of origins"):
        parse(b"AS64496\n", "asn")


def test_an_address_is_read_without_its_port() -> None:
    assert listed(read(sample("proxies.txt"), "address-port").ranges) == ["192.0.2.1", "198.51.100.7", "2001:db8::1"]


@pytest.mark.parametrize("line", [
    "192.0.2.3", "192.0.2.3:", "192.0.2.3:65536", "192.0.2.3:25:25", "2001:db8::1:25", "192.0.2.0/24:25", "[192.0.2:25",
    "192.0.2.3:25 192.0.2.4:25",
])  # fmt: skip
def test_what_is_no_address_with_a_port_is_a_warning(line: str) -> None:
    parsed = read(f"192.0.2.1:25 # a comment\n{line}\n", "address-port")

    assert listed(parsed.ranges) == ["192.0.2.1"]
    assert parsed.warnings == (f"line 2: not an address and a port, such as 192.0.2.1:25 or [2001:db8::1]:25: {line}",)


def test_each_as_is_taken_once() -> None:
    """A line of six octets may stand for thousands of networks: repeated, it would fill the memory."""
    parsed = read("AS64496\n" * 2000 + "64496 ; again\nAS64497\n", "asn")

    assert parsed.entries == 4 and parsed.left_out == {"because their AS stands there before": 2000}
