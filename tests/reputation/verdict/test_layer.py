"""A layer is read through its own methods alone, and these say what a listing says that is looked up by hand."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as some

from reputation.addresses.address import (
    ALL_ADDRESSES,
    Address,
    Network,
    parse_address,
    parse_network,
)
from reputation.verdict.snapshot import Layer, LayerEntry, LayerRange, Listed
from tests.conftest import ROOT
from tests.snapshots import Entry, layer

NOW = 1_800_000_000
ENDED, LATER, LATEST = NOW, NOW + 1, NOW + 3600

ends = some.tuples(*[some.sampled_from([0, ENDED, LATER, LATEST])] * 4)
places = some.sampled_from(
    ["203.0.113.0", "203.0.113.6", "203.0.113.255", "255.255.255.255", "2001:db8::", "2001:db8::7"]
)
# Single addresses, so that no entry holds another one: which of two speaks is the builder's business.
listings = some.dictionaries(places, ends, max_size=6)


def made(listed: dict[str, tuple[int, ...]]) -> Layer:
    entries: list[Entry] = [(text, expiries, f"why {text}") for text, expiries in listed.items()]
    return layer(entries)


def by_hand(listed: dict[str, tuple[int, ...]], text: str) -> tuple[LayerEntry, ...]:
    expiries = enumerate(listed.get(text, ()))
    return tuple(LayerEntry(slot, until, f"why {text}") for slot, until in expiries if until > NOW)


@given(listings, places)
def test_at_an_address_stands_what_is_listed_there_and_has_not_ended(
    listed: dict[str, tuple[int, ...]], asked: str
) -> None:
    assert made(listed).at(parse_address(asked), NOW) == by_hand(listed, asked)


@given(listings, some.sampled_from(["203.0.113.0/29", "203.0.113.0/24", "0.0.0.0/0", "2001:db8::/64", "::/0"]))
def test_inside_a_network_stand_its_listed_addresses_in_their_order(
    listed: dict[str, tuple[int, ...]], asked: str
) -> None:
    network = parse_network(asked)

    found = list(made(listed).inside(network, NOW))

    inside = sorted((parse_address(text), text) for text in listed if parse_network(text).overlaps(network))
    expected = [LayerRange(address.value, address.value, by_hand(listed, text)) for address, text in inside]
    assert found == [one for one in expected if one.entries]


def test_a_listed_network_is_cut_to_the_one_that_is_asked_about() -> None:
    listed = layer([("203.0.113.0/24", (0, LATEST, 0, 0), "wide")])

    (found,) = listed.inside(parse_network("203.0.113.64/26"), NOW)

    assert Network(4, found.first, found.last, 26) == parse_network("203.0.113.64/26")
    assert found.entries == (LayerEntry(1, LATEST, "wide"),)


def test_slots_that_are_not_asked_about_are_left_out() -> None:
    listed = layer([("203.0.113.1", (LATEST, LATER, 0, 0), "both"), ("203.0.113.2", (LATEST, 0, 0, 0), "one")])

    found = list(listed.inside(ALL_ADDRESSES[4], NOW, slots=(1,)))

    assert [(one.first, one.entries) for one in found] == [(0xCB007101, (LayerEntry(1, LATER, "both"),))]


def test_of_each_value_is_told_whether_it_lists_now() -> None:
    listed = layer([("203.0.113.1", (0, LATER, 0, 0), ""), ("203.0.113.2", (0, ENDED, 0, 0), "")])

    values = [listed.steps4.find(address) for address in (0xCB007101, 0xCB007102, 0)]

    assert [listed.listed_values(NOW)[value] for value in values] == [True, False, False]
    assert [listed.listed_values(NOW, (0,))[value] for value in values] == [False, False, False]
    assert [listed.listed_values(ENDED - 1)[value] for value in values] == [True, True, False]


def test_a_layer_without_entries_lists_nothing() -> None:
    assert Layer().at(Address(4, 1), 0) == ()
    assert not list(Layer().inside(ALL_ADDRESSES[6], 0))


@given(listings, listings, places)
def test_our_own_listings_are_what_was_built_with_what_has_changed_since(
    below: dict[str, tuple[int, ...]], above: dict[str, tuple[int, ...]], asked: str
) -> None:
    one, together = Listed(own=made(below), recent=made(above)), below | above

    assert one.own_at(parse_address(asked), NOW) == by_hand(together, asked)
    for network in (*ALL_ADDRESSES.values(), parse_network("203.0.113.0/29")):
        inside = sorted((parse_address(text), text) for text in together if parse_network(text).overlaps(network))
        expected = [LayerRange(address.value, address.value, by_hand(together, text)) for address, text in inside]
        assert list(one.own_inside(network, NOW)) == [found for found in expected if found.entries]


def readers_by_hand(source: str) -> list[str]:
    """Where a module that knows snapshots reads a layer's columns, or reckons with its slots."""
    tree = ast.parse(source)
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    knows_layers = bool(modules & {"reputation.verdict.snapshot", "reputation.verdict.live", "reputation.publisher"})
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("expiries", "reasons") and knows_layers:
            found.append(f"line {node.lineno}: .{node.attr}")
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            names = [side.id for side in (node.left, node.right) if isinstance(side, ast.Name)]
            # (0,) * SLOTS makes a column; a name times SLOTS is a place in one.
            if "SLOTS" in names and len(names) == 2:
                found.append(f"line {node.lineno}: a place by SLOTS")
    return found


@pytest.mark.parametrize("room", ["reputation", "dnsd", "portal", "commands", "serving", "benchmarks", "app.py"])
def test_nobody_but_the_verdict_reads_the_columns_of_a_layer(room: str) -> None:
    place = ROOT / room
    files = [place] if place.is_file() else sorted(place.rglob("*.py"))
    # Builders lay the columns out: the publisher, and the arrays of ranges for it.
    builders = [ROOT / "reputation" / name for name in ("verdict", "publisher", "ranges")]
    others = [file for file in files if not any(file.is_relative_to(one) for one in builders)]

    wrong = {str(file.relative_to(ROOT)): found for file in others if (found := readers_by_hand(file.read_text()))}

    assert others and not wrong


@pytest.mark.parametrize(
    "line",
    ["layer.expiries[0]", "layer.reasons[4 * value]", "place = SLOTS * value", "size = value * SLOTS"],
)
def test_a_reader_by_hand_would_be_found(line: str) -> None:
    assert readers_by_hand(f"from reputation.verdict.snapshot import Layer\n{line}\n")
