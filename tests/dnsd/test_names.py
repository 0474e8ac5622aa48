"""What a name asks for, label by label."""

from __future__ import annotations

import pytest

from dnsd.names import CodeAlone, Host, Impossible, Lookup, Partial, Place, ZoneNames, labels_of
from tests.dnsd.cast import ACME_CODE as CODE

NAMES = ZoneNames("rep.example", ["ns.rep.example", "a.b.rep.example", "ns.elsewhere.example"])
CODE_BYTES = CODE.encode()


def find(name: str) -> object:
    return NAMES.find(tuple(label.encode() for label in name.split(".")) if name else ())


def below(address: str) -> object:
    return find(f"{address}.{CODE}.r.rep.example")


@pytest.mark.parametrize(
    "name", ["", "example", "rep", "rep.example.com", "xrep.example", "rep.example.", "r.rep.examples", "1.2.3.4"]
)
def test_a_name_beside_the_zone_is_outside(name: str):
    assert find(name) is Place.OUTSIDE


@pytest.mark.parametrize("name", ["rep.example", "REP.example", "rEp.ExAmPlE"])
def test_the_zone_is_the_apex_in_any_case(name: str):
    assert find(name) is Place.APEX


@pytest.mark.parametrize("name", ["r.rep.example", "Q.rep.example", "b.rep.example"])
def test_a_name_with_names_below_it_is_empty(name: str):
    assert find(name) is Place.EMPTY


@pytest.mark.parametrize("name", ["x.rep.example", "www.ns.rep.example", "rr.rep.example", "c.b.rep.example"])
def test_any_other_name_in_the_zone_is_nothing(name: str):
    assert find(name) is Place.NOTHING


def test_a_name_server_in_the_zone_is_a_host():
    assert find("NS.rep.example") == Host((b"ns", b"rep", b"example"))
    assert find("a.b.rep.example") == Host((b"a", b"b", b"rep", b"example"))


def test_the_label_below_a_database_is_a_code_whatever_it_looks_like():
    assert find("short.r.rep.example") == CodeAlone(0, b"short")
    assert find(f"{CODE.upper()}.q.rep.example") == CodeAlone(1, CODE_BYTES)


@pytest.mark.parametrize(
    ("address", "value"),
    [("2.113.0.203", 0xCB007102), ("10.0.0.0", 10), ("255.255.255.255", 0xFFFFFFFF), ("9.10.0.2", 0x02000A09)],
)
def test_four_octets_are_an_ipv4_address(address: str, value: int):
    assert below(address) == Lookup(0, CODE_BYTES, 4, value, shared=False)


@pytest.mark.parametrize(("address", "value"), [("1.0.0.2", 0x02000001), ("9.9.9.9", 0x09090909), ("0.0.0.0", 0)])
def test_four_digits_are_also_the_parent_of_ipv6_names(address: str, value: int):
    assert below(address) == Lookup(0, CODE_BYTES, 4, value, shared=True)


def test_32_nibbles_are_an_ipv6_address_in_any_case():
    nibbles = ".".join("fedcba98765432100000000f8bd01002")

    found = below(nibbles)

    assert found == Lookup(0, CODE_BYTES, 6, int(nibbles.replace(".", "")[::-1], 16), shared=False)
    assert below(nibbles.upper()) == found


def test_a_mapped_address_is_the_ipv4_address():
    nibbles = ".".join(reversed("00000000000000000000ffffcb007102"))

    assert below(nibbles) == Lookup(0, CODE_BYTES, 4, 0xCB007102, shared=False)


@pytest.mark.parametrize(
    "address",
    ["203", "0.203", "113.0.203", "8", "b", "8.b.d.0", "1.0.0.a", "0.1.2.3.4", "b.d.0.1.0.0.2", ".".join("1" * 31)],
)
def test_part_of_an_address_is_partial(address: str):
    assert below(address) == Partial(0, CODE_BYTES)


@pytest.mark.parametrize(
    "address",
    [
        "256.0.0.203",
        "256",
        "01.113.0.203",
        "00.0.0.0",
        "2.113.0.+3",
        "2.113.0. 3",
        "2.113.0.1_0",
        "2.113.0.²",
        "2.113.0.٣",
        "g",
        "g." + ".".join("1" * 31),
        "10.113.0.203.7",
        "1.2.113.0.203",
        "10.a",
        "a.113.0.203",
        "ab." + ".".join("1" * 31),
        ".".join("1" * 33),
        "x.2.113.0.203",
        "-1.0.0.1",
    ],
)
def test_what_no_address_ends_in_is_impossible(address: str):
    assert below(address) == Impossible(0, CODE_BYTES)


def test_a_dot_inside_a_label_is_no_separator():
    labels = (b"2.113", b"0", b"203", CODE_BYTES, b"r", b"rep", b"example")

    assert NAMES.find(labels) == Impossible(0, CODE_BYTES)
    assert NAMES.find((b"r.rep", b"example")) is Place.OUTSIDE
    assert NAMES.find((b"x", b"r.rep.example")) is Place.OUTSIDE


def test_letters_beyond_ascii_keep_their_case():
    kelvin = "\N{KELVIN SIGN}".encode()

    assert ZoneNames("k.example").find((kelvin, b"example")) is Place.OUTSIDE


@pytest.mark.parametrize("zone", ["", "rep..example", ".example", "a" * 64 + ".example", "zürich.example"])
def test_a_zone_that_is_no_name_is_refused(zone: str):
    with pytest.raises(ValueError, match=r"domain name|ASCII"):
        ZoneNames(zone)


def test_a_zone_that_leaves_no_room_for_an_ipv6_address_is_refused():
    longest = f"{'a' * 63}.{'b' * 63}.{'c' * 27}"

    name = (*[b"0"] * 32, CODE_BYTES, b"r", *labels_of(longest))
    assert sum(len(label) + 1 for label in name) + 1 == 255
    ZoneNames(longest)
    with pytest.raises(ValueError, match="too long"):
        ZoneNames(longest + "c")
