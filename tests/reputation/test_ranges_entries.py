"""Entries of one kind take eight octets each, and give what the same entries give as columns, however they are cut."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reputation.ranges import Entries, Ranges, Stored, blobs, build, building, comparing, difference, entries, tally
from reputation.ranges import ranges as ranges_module
from reputation.ranges import stored as stored_module

MODULES = (blobs, building, comparing, ranges_module, stored_module)
TOP = 1 << 32


class Net(NamedTuple):
    """A network, as `without` takes one."""

    version: int
    first: int
    last: int


def network(width: int, place: int, is_high: bool) -> Net:
    """A network of so many addresses, at one of the ends of all addresses."""
    first = (place >> width << width) + (TOP - 256 if is_high else 0)
    return Net(4, first, first + (1 << width) - 1)


networks = st.builds(network, st.integers(0, 8), st.integers(0, 255), st.booleans())
blocks = st.builds(
    lambda low, high, is_high: Net(4, min(low, high) + is_high * (TOP - 256), max(low, high) + is_high * (TOP - 256)),
    st.integers(0, 255), st.integers(0, 255), st.booleans(),
)  # fmt: skip


def read(some: Iterable[Net], text: int = 0) -> Entries:
    made = Entries(4)
    for line, one in enumerate(some, 1):
        made.add(one.first.to_bytes(4), one.last.to_bytes(4), line, text)
    return made


def as_columns(made: Entries) -> Entries:
    made._make_columns()
    return made


def built(some: Sequence[Net], text: int = 0) -> Ranges:
    return build(read(some, text), Entries(6), ["a"])


def values(some: Iterable[Net]) -> set[int]:
    return {value for one in some for value in range(one.first, one.last + 1)}


def listed(ranges: Ranges) -> set[int]:
    return values(Net(4, int(first), int(last)) for first, last in zip(ranges.first4, ranges.last4, strict=True))


@contextmanager
def in_pieces(size: int) -> Iterator[None]:
    """So many ranges at once, as if there were millions of them."""
    before: list[tuple[ModuleType, int]] = [(module, module.PIECE) for module in MODULES]
    for module in MODULES:
        module.PIECE = size  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for module, usual in before:
            module.PIECE = usual  # type: ignore[attr-defined]


def test_networks_of_one_text_are_alike_and_nothing_else_is() -> None:
    assert read([Net(4, 0, 255), Net(4, 7, 7)], 3).is_alike and read([Net(4, 0, TOP - 1)]).is_alike
    assert not read([Net(4, 1, 2)]).is_alike and not Entries(6).is_alike
    mixed = read([Net(4, 0, 0)])
    mixed.add(bytes(4), bytes(4), 2, 1)
    assert not mixed.is_alike and list(mixed.texts) == [0, 1]
    far = Entries(4)
    far.add(bytes(4), bytes(4), entries.MOST_LINES)
    assert not far.is_alike and list(far.lines) == [entries.MOST_LINES]


@given(st.lists(networks, max_size=12), st.lists(blocks, max_size=2), st.booleans())
def test_what_was_added_is_there_in_its_order(some: list[Net], more: list[Net], excluded: bool) -> None:
    made = read(some)
    firsts, lasts = (b"".join(one[side].to_bytes(4) for one in more) for side in (1, 2))
    made.extend(firsts, lasts, range(100, 100 + len(more)), [0] * len(more), bytes([excluded]) * len(more))

    (piece,) = made.pieces() if len(made) else (None,)
    assert made.firsts == b"".join(one.first.to_bytes(4) for one in [*some, *more])
    assert made.lasts == b"".join(one.last.to_bytes(4) for one in [*some, *more])
    assert list(made.lines) == [*range(1, len(some) + 1), *range(100, 100 + len(more))]
    assert list(made.excluded) == [0] * len(some) + [excluded] * len(more) and list(made.texts) == [0] * len(made)
    if piece:
        assert piece.lines.tolist() == list(made.lines) and piece.excluded.tolist() == list(map(bool, made.excluded))
        assert [side.tolist() for side in piece[:2]] == [side.tolist() for side in made.bounds()]


@given(st.lists(networks, max_size=20), st.sampled_from([0, 1]), st.integers(1, 5))
def test_they_become_the_ranges_that_columns_become(some: list[Net], text: int, size: int) -> None:
    wanted = build(as_columns(read(some, text)), Entries(6), ["a"])

    with in_pieces(size):
        found = build(read(some, text), Entries(6), ["a"])

        assert found == wanted and found.digest() == wanted.digest() and found.addresses4 == wanted.addresses4
        assert found.to_blobs() == wanted.to_blobs()
        stored = Stored(*found.to_blobs(), found.texts)
        stored.check()
        assert stored.digest() == wanted.digest()


@given(
    st.lists(networks, max_size=12), st.lists(networks, max_size=12), st.lists(blocks, max_size=3), st.integers(1, 5)
)
def test_they_are_counted_as_columns_are(some: list[Net], before: list[Net], out: list[Net], size: int) -> None:
    fresh, live = built(some).without(out), built(before)
    wanted = tally([as_columns(read(some))], fresh, live)

    with in_pieces(size):
        assert tally([read(some)], fresh, live) == wanted
        assert tally([read(some)], fresh, Stored(*live.to_blobs(), live.texts)) == wanted


@given(st.lists(networks, max_size=12), st.lists(networks, max_size=12), st.integers(1, 5))
def test_what_differs_is_found_in_whatever_pieces(before: list[Net], after: list[Net], size: int) -> None:
    old, new = built(before), built(after)
    apart = listed(old) ^ listed(new)

    with in_pieces(size):
        found = difference(old, new)

    assert found.addresses4 == len(apart)
    assert bool(found.added) == bool(listed(new) - listed(old)) and bool(found.removed) == bool(
        listed(old) - listed(new)
    )


@given(st.lists(networks, max_size=12), st.lists(blocks, max_size=6))
def test_holes_leave_the_rest(some: list[Net], out: list[Net]) -> None:
    found = built(some).without(out)

    assert listed(found) == values(some) - values(out)
    Stored(*found.to_blobs(), found.texts).check()


def test_the_highest_and_the_lowest_address_have_neighbours_on_one_side() -> None:
    every = built([Net(4, 0, TOP - 1)])

    assert every.count == 1 and every.addresses4 == TOP
    assert listed_bounds(every.without([Net(4, 0, 0), Net(4, TOP - 1, TOP - 1)])) == [(1, TOP - 2)]
    assert difference(every, Ranges.empty()).addresses4 == TOP and difference(every, every).addresses4 == 0


def listed_bounds(ranges: Ranges) -> list[tuple[int, int]]:
    return list(zip(ranges.first4.tolist(), ranges.last4.tolist(), strict=True))


def test_entries_of_several_kinds_have_no_numbers_to_sort() -> None:
    with pytest.raises(ValueError, match="several kinds"):
        read([Net(4, 1, 2)]).sorted_keys()


def test_the_first_entry_of_a_kind_is_found_by_its_line_after_sorting() -> None:
    chance = random.Random(3)
    some = [Net(4, value, value) for value in chance.sample(range(1000), 200)]
    made = read(some)
    made.sorted_keys()

    found = [
        (int(first), int(line)) for piece in made.pieces(7) for first, line in zip(piece[0], piece[2], strict=True)
    ]
    assert sorted(found, key=lambda one: one[1]) == [(one.first, line) for line, one in enumerate(some, 1)]
    assert np.all(np.diff([first for first, _ in found]) > 0)
