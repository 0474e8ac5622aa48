"""Ranges against a slow reference that keeps one entry for every address of a small part of the address space."""

import contextlib
import itertools
import tracemalloc
import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reputation.ranges import (
    Entries,
    Overlay,
    OverlayPart,
    Ranges,
    Stored,
    blobs,
    build,
    difference,
    disjoint,
    join,
    overlay,
    tally,
)
from reputation.ranges import overlaying as overlaying_module
from reputation.ranges.disjoint import disjoint_steps
from reputation.verdict.iterate import Starts
from reputation.verdict.steps import Steps4

SIZE = 48
# the bottom and the top of both spaces, and where an address passes from its low half into its high one
PLACES = [
    (4, 0),
    (4, (10 << 24) - 20),
    (4, (192 << 24) + 512),
    (4, (1 << 32) - SIZE),
    (6, 0),
    (6, (1 << 64) - 20),
    (6, (1 << 128) - SIZE),
]
TEXTS = ["a", "b"]
FOREVER = (1 << 32) - 1


class Written(NamedTuple):
    first: int
    last: int
    text: str = ""
    excluded: bool = False


class Net(NamedTuple):
    version: int
    first: int
    last: int


bounds = st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)).map(sorted)
written = st.builds(
    lambda pair, text, excluded: Written(pair[0], pair[1], text, excluded),
    bounds,
    st.sampled_from(["", "a", "b"]),
    st.integers(0, 3).map(lambda chance: chance == 0),
)
listed_only = bounds.map(lambda pair: Written(pair[0], pair[1]))
places = st.sampled_from(PLACES)


def made(version: int, base: int, entries: Sequence[Written]) -> Ranges:
    both = read(version, base, entries)
    return build(both[4], both[6], TEXTS)


def read(version: int, base: int, entries: Sequence[Written]) -> dict[int, Entries]:
    both = {4: Entries(4), 6: Entries(6)}
    width = 4 if version == 4 else 16
    for line, entry in enumerate(entries, 1):
        first, last = ((base + value).to_bytes(width) for value in (entry.first, entry.last))
        number = TEXTS.index(entry.text) + 1 if entry.text else 0
        both[version].add(first, last, line, number, entry.excluded)
    return both


def spread(ranges: Ranges, version: int, base: int) -> dict[int, str]:
    """Every address that is listed, counted from `base`, with its text."""
    found: dict[int, str] = {}
    for first, last, number in zip(*ranges.of(version), strict=True):
        low, high = (int(value) if version == 4 else int(value[0]) << 64 | int(value[1]) for value in (first, last))
        for value in range(low, high + 1):
            assert value - base not in found, "ranges overlap"
            found[value - base] = ranges.texts[number - 1] if number else ""
    return found


def expected(entries: Sequence[Written]) -> dict[int, str]:
    found = {}
    for value in range(SIZE):
        holding = [entry for entry in entries if entry.first <= value <= entry.last]
        if holding:
            # the first of the smallest ones; of equally small ones an exclusion
            winner = min(holding, key=lambda entry: (entry.last - entry.first, not entry.excluded))
            if not winner.excluded:
                found[value] = winner.text
    return found


def net(version: int, base: int, entry: Written) -> Net:
    return Net(version, base + entry.first, base + entry.last)


@given(places, st.lists(written, max_size=12))
def test_the_most_specific_entry_wins_for_every_address(place: tuple[int, int], entries: list[Written]) -> None:
    ranges = made(*place, entries)

    assert expected(entries) == spread(ranges, *place)


@given(places, st.lists(written, max_size=12))
def test_ranges_are_sorted_and_as_few_as_possible(place: tuple[int, int], entries: list[Written]) -> None:
    listed = spread(made(*place, entries), *place)
    runs = sum(1 for value in listed if listed.get(value - 1) != listed[value])

    assert list(listed) == sorted(listed)
    assert runs == made(*place, entries).count


@given(places, st.lists(written, max_size=12))
def test_blobs_give_back_the_same_ranges(place: tuple[int, int], entries: list[Written]) -> None:
    ranges = made(*place, entries)

    assert ranges == Stored(*ranges.to_blobs(), ranges.texts).ranges


@given(places, st.lists(written, max_size=8), st.lists(listed_only, max_size=4))
def test_what_is_cut_out_is_gone_and_the_rest_stays(
    place: tuple[int, int], entries: list[Written], out: list[Written]
) -> None:
    rest = {
        value: text
        for value, text in expected(entries).items()
        if not any(entry.first <= value <= entry.last for entry in out)
    }

    assert rest == spread(made(*place, entries).without([net(*place, entry) for entry in out]), *place)
    assert rest == spread(made(*place, entries).less(made(*place, out)), *place)


@given(places, st.lists(listed_only, max_size=8), bounds)
def test_a_network_is_touched_where_one_of_its_addresses_is_listed(
    place: tuple[int, int], entries: list[Written], asked: list[int]
) -> None:
    listed = expected(entries).keys() & set(range(asked[0], asked[1] + 1))

    assert bool(listed) == made(*place, entries).touches(net(*place, Written(*asked)))


@given(places, st.lists(listed_only, max_size=12), bounds)
def test_a_network_is_covered_where_each_of_its_addresses_is_listed(
    place: tuple[int, int], entries: list[Written], asked: list[int]
) -> None:
    whole = set(range(asked[0], asked[1] + 1))

    assert (whole <= expected(entries).keys()) == made(*place, entries).covers(net(*place, Written(*asked)))


@given(places, st.lists(written, max_size=8), st.lists(written, max_size=8))
def test_joined_lists_hold_what_any_of_them_holds(
    place: tuple[int, int], some: list[Written], others: list[Written]
) -> None:
    joined = join([made(*place, some), made(*place, others)])

    assert expected(some).keys() | expected(others).keys() == spread(joined, *place).keys()


@given(places, st.lists(listed_only, max_size=8), st.lists(listed_only, max_size=8))
def test_difference_counts_ranges_that_came_and_went(
    place: tuple[int, int], before: list[Written], after: list[Written]
) -> None:
    old, new = expected(before).keys(), expected(after).keys()

    found = difference(made(*place, before), made(*place, after))

    assert _runs_not_within(new, old) == found.added
    assert _runs_not_within(old, new) == found.removed
    assert found.addresses4 == (len(old ^ new) if place[0] == 4 else 0)


@given(places, st.lists(written, max_size=8), st.lists(listed_only, max_size=8))
def test_a_tally_counts_entries_that_are_listed_and_those_that_are_new(
    place: tuple[int, int], entries: list[Written], before: list[Written]
) -> None:
    listed, was = expected(entries).keys(), expected(before).keys()
    blocks = {(entry.first, entry.last) for entry in entries if not entry.excluded}
    spans = [set(range(first, last + 1)) for first, last in blocks]

    counted = tally(list(read(*place, entries).values()), made(*place, entries), made(*place, before))

    assert sum(1 for span in spans if span & listed) == counted.entries
    assert sum(1 for span in spans if span & listed and span - was) == counted.added


def _runs_not_within(values: set[int], others: set[int]) -> int:
    """Runs of neighbouring values of which at least one is not among the others."""
    runs: list[list[int]] = []
    for value in sorted(values):
        if runs and runs[-1][-1] == value - 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    return sum(1 for run in runs if not set(run) <= others)


# ---- overlay

expiries = st.tuples(*[st.sampled_from([0, 100, 200, FOREVER])] * 4)
lists = st.lists(st.tuples(st.lists(written, max_size=6), expiries, st.sampled_from(["one", "two"])), max_size=5)


@given(places, lists)
def test_an_overlay_says_the_longest_until_and_its_reason_in_every_slot(
    place: tuple[int, int], content: list[tuple[list[Written], tuple[int, int, int, int], str]]
) -> None:
    version, base = place
    laid = overlay([OverlayPart(made(*place, entries), ends, reason) for entries, ends, reason in content])

    for value in range(SIZE):
        best = [(0, "")] * 4
        for entries, ends, reason in content:
            text = expected(entries).get(value)
            if text is not None:
                words = f"{reason}: {text}" if text else reason
                best = [(end, words) if end > kept[0] else kept for end, kept in zip(ends, best, strict=True)]
        assert best == meaning_at(laid, version, base + value)


@given(places, lists)
def test_an_overlay_has_the_shape_of_a_layer(
    place: tuple[int, int], content: list[tuple[list[Written], tuple[int, int, int, int], str]]
) -> None:
    laid = overlay([OverlayPart(made(*place, entries), ends, reason) for entries, ends, reason in content])
    starts6 = [high << 64 | low for high, low in zip(laid.high6, laid.low6, strict=True)]

    for starts, values in ((starts4(laid), laid.values4), (starts6, laid.values6)):
        assert starts[0] == 0
        assert starts == sorted(set(starts))
        assert all(one != next_one for one, next_one in itertools.pairwise(values))
    assert [0] * 4 == list(laid.expiries[:4])
    assert len(laid.expiries) == len(laid.reasons) == 4 * (1 + max(*laid.values4, *laid.values6))


def starts4(laid: Overlay) -> list[int]:
    return list(Starts(Steps4(laid.lows4, laid.values4, laid.index4)))


def meaning_at(laid: Overlay, version: int, address: int) -> list[tuple[int, str]]:
    if version == 4:
        starts = starts4(laid)
    else:
        starts = [high << 64 | low for high, low in zip(laid.high6, laid.low6, strict=True)]
    step = max(index for index, start in enumerate(starts) if start <= address)
    number = (laid.values4 if version == 4 else laid.values6)[step]
    return list(zip(laid.expiries[4 * number : 4 * number + 4], laid.reasons[4 * number : 4 * number + 4], strict=True))


def part(ranges: Ranges | Stored, reason: str = "a list") -> OverlayPart:
    return OverlayPart(ranges, (0, 9, 0, 0), reason)


@given(places, lists)
def test_a_stored_list_lies_over_the_others_as_its_ranges_do(
    place: tuple[int, int], content: list[tuple[list[Written], tuple[int, int, int, int], str]]
) -> None:
    lists = [(made(*place, entries), ends, reason) for entries, ends, reason in content]
    stored = [(Stored(*ranges.to_blobs(), ranges.texts), ends, reason) for ranges, ends, reason in lists]

    assert overlay([OverlayPart(*one) for one in stored]) == overlay([OverlayPart(*one) for one in lists])


def ranges_of(*bounds: tuple[int, int]) -> Ranges:
    """IPv4 ranges as they are given, which nobody has joined."""
    firsts, lasts = (np.array([pair[at] for pair in bounds], np.uint32) for at in (0, 1))
    texts = np.zeros(len(bounds), np.uint16)
    return Ranges(firsts, lasts, texts, *Ranges.empty().of(6))


@pytest.mark.parametrize(
    ("ranges", "is_simple"),
    [
        ([(0x0A000001, 0x0A000001), (0x0A000003, 0x0A000003)], True),
        ([(0x0A00FFFF, 0x0A00FFFF), (0x0A010001, 0x0A010001)], True),  # the last address of a bucket
        ([(0x0A00FF00, 0x0A00FFFF), (0x0A020000, 0x0A02FFFF), (0x0A040000, 0x0A07FFFF)], True),
        ([(0x0A000000, 0x0A00FFFF), (0x0A020000, 0x0A0200FF)], True),  # the same last half, in another bucket
        ([(0x0A00FF00, 0x0A0100FF), (0x0A02FFFF, 0x0A030000)], True),  # as many as a network has, over such a border
        ([(0x0A000005, 0x0A04FFF3), (0x0A04FFF5, 0xFFFFFFFE)], True),  # no networks
        ([(0x40000000, 0x7FFFFFFF)], True),
        ([(0x00000001, 0xFFFFFFFE)], True),
        ([(0x0A000001, 0x0A000001), (0x0A000002, 0x0A000002)], False),  # they touch
        ([(0x0A000000, 0x0A00FFFF), (0x0A010000, 0x0A0100FF)], False),  # and so, at the border of a bucket
        ([(0x0A000001, 0x0A010004), (0x0A010005, 0x0A010005)], False),
        ([(0, 0), (2, 2)], False),  # a step begins there anyway
        ([(0xFFFFFFFE, 0xFFFFFFFF)], False),  # and behind the highest address none does
        ([(0xFFFF0000, 0xFFFFFFFF)], False),
        ([(0x80000000, 0xFFFFFFFF)], False),
        ([], False),
    ],
)
@pytest.mark.parametrize("piece", [1, 2, disjoint.PIECE])
def test_ranges_that_lie_apart_are_steps_as_they_are_stored(
    ranges: list[tuple[int, int]], is_simple: bool, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disjoint, "PIECE", piece)
    monkeypatch.setattr(blobs, "PIECE", piece)
    plain = ranges_of(*ranges)
    stored = Stored(*plain.to_blobs(), ())

    assert (disjoint_steps(stored.four) is not None) is is_simple
    assert overlay([part(stored)]) == overlay([part(plain)])


def test_no_list_at_all_means_nothing_everywhere() -> None:
    laid = overlay([])

    assert ([0], [0], [0]) == (starts4(laid), list(laid.values4), list(laid.values6))
    assert ("", "", "", "") == laid.reasons


def test_a_text_with_a_blank_is_a_reason_of_its_own() -> None:
    ranges = made(4, 0, [Written(1, 1, "a"), Written(2, 2, "b"), Written(3, 3)])
    ranges = Stored(*ranges.to_blobs(), ["Open relay, see https://bl.example/$", "SBL1"]).ranges

    laid = overlay([OverlayPart(ranges, (FOREVER, 0, 0, 0), "Example DROP")])

    reasons = [meaning_at(laid, 4, value)[0][1] for value in (1, 2, 3)]
    assert ["Open relay, see https://bl.example/$", "Example DROP: SBL1", "Example DROP"] == reasons


def test_too_many_different_texts_in_an_overlay_leave_the_reasons_of_the_lists() -> None:
    count = 40_000
    parts = [
        OverlayPart(numbered(count, "x"), (FOREVER, 0, 0, 0), "p"),
        OverlayPart(numbered(count, "y"), (0, FOREVER, 0, 0), "q"),
    ]
    # the second list is moved by half: 20,000 texts of each stand alone and 20,000 meet, which makes 60,000 meanings
    laid = overlay([parts[0], parts[1]._replace(ranges=numbered(count, "y", first=count // 2))])

    assert [(FOREVER, "p: x3"), (0, ""), (0, ""), (0, "")] == meaning_at(laid, 4, 3)

    laid = overlay([*parts, OverlayPart(numbered(30_000, "z", first=100_000), (0, 0, 9, 0), "r")])

    assert [(FOREVER, "p"), (FOREVER, "q"), (0, ""), (0, "")] == meaning_at(laid, 4, 3)
    assert (9, "r") == meaning_at(laid, 4, 100_000)[2]


def numbered(count: int, prefix: str, first: int = 0) -> Ranges:
    """That many addresses that follow each other, each with a text of its own."""
    entries = Entries(4)
    for value in range(count):
        packed = (first + value).to_bytes(4)
        entries.add(packed, packed, value + 1, value + 1)
    return build(entries, Entries(6), [f"{prefix}{value}" for value in range(count)])


def test_lists_that_combine_in_too_many_ways_are_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlaying_module, "MOST_MEANINGS", 2)
    parts = [OverlayPart(made(4, 0, [Written(at, at)]), (100 + at, 0, 0, 0), "one") for at in range(3)]

    with pytest.raises(ValueError, match="3 lists overlap in more than 1 ways"):
        overlay(parts)


def test_more_texts_than_can_be_numbered_are_counted_and_left_out() -> None:
    ranges = numbered(70_000, "t")

    assert 70_000 - 65_535 == ranges.untexted
    assert 65_535 == len(ranges.texts)
    assert "t65534" == spread(ranges, 4, 0)[65_534]
    assert "" == spread(ranges, 4, 0)[65_535]


# ---- stored form


def test_a_damaged_blob_is_refused_with_a_sentence() -> None:
    four, six = made(4, 0, [Written(1, 5, "a"), Written(9, 9)]).to_blobs()

    for blob, words in [
        (b"", "does not begin as a stored list does"),
        (b"PK\3\4" + four[4:], "does not begin as a stored list does"),
        (four[:-1], "checksum"),
        (four[:-1] + bytes([four[-1] ^ 1]), "checksum"),
        (four[:3] + b"\x63" + four[4:], "layout 99; this version reads layout 3: refresh the feed"),
        (four[:3] + b"\x02" + four[4:], "layout 2; this version reads layout 3: refresh the feed"),
        (six, "IPv6 addresses where IPv4 is expected"),
        (four[:8] + b"\xff\xff\xff\x7f" + four[12:], "does not hold the 2147483647 ranges"),
    ]:
        with pytest.raises(ValueError, match=words):
            Stored(blob, six, ["a", "b"])


def test_a_blob_whose_buckets_hold_more_than_it_names_is_refused() -> None:
    blob, six = made(4, 0, [Written(1, 5), Written(9, 9)]).to_blobs()
    body = blob[16:22] + b"\3" + blob[23:]  # one bucket; 3 in place of the 2 ranges in it
    damaged = blob[:12] + zlib.crc32(body).to_bytes(4, "little") + body

    with pytest.raises(ValueError, match="does not hold the 2 ranges"):
        Stored(damaged, six, ())


def test_a_blob_that_names_a_missing_text_is_refused() -> None:
    ranges = made(4, 0, [Written(1, 5, "b")])

    with pytest.raises(ValueError, match="names text 2, but only 1 texts"):
        Stored(*ranges.to_blobs(), ["a"])


def stored_as(blob: bytes, texts: Sequence[str] = ()) -> Stored:
    return Stored(blob, Ranges.empty().to_blobs()[1], texts)


def third(count: int, body: bytes) -> bytes:
    """A blob of layout 3 with its checksum."""
    return b"GPR\x03\x04\x00\x00\x00" + count.to_bytes(4, "little") + zlib.crc32(body).to_bytes(4, "little") + body


def test_the_third_layout_stays_as_it_is() -> None:
    """Two buckets, 0A00 and C000, which they are, one and two ranges in them; where these begin; widths; the last
    address of the one that is no network; texts of one octet."""
    body = (
        b"\2\0\0\0" + b"\x00\x0a\x00\xc0" + b"\1\0\0\0\2\0\0\0" + b"\x01\x00\x00\x02\xfd\xff" + b"\0\x08\xff"
        b"\xfe\xff\x01\xc0" + b"\1" + b"\1\0\2"
    )

    stored = stored_as(third(3, body), ["one", "two"])

    assert [0x0A000001, 0xC0000200, 0xC000FFFD] == stored.ranges.first4.tolist()
    assert [0x0A000001, 0xC00002FF, 0xC001FFFE] == stored.ranges.last4.tolist()
    assert [1, 0, 2] == stored.ranges.text4.tolist()
    assert third(3, body) == stored.ranges.to_blobs()[0]


@pytest.mark.parametrize(
    ("buckets", "counts", "lows", "widths", "words"),
    [
        ([0x0A00], [1], [0], [33], "wider than all addresses"),
        ([0x0A00], [1], [0], [60], "wider than all addresses"),
        ([0x0A00], [1], [0], [254], "wider than all addresses"),
        ([0x0A00, 0x0A00], [1, 1], [0, 2], [0, 0], "not in order"),
        ([0x0A01, 0x0A00], [1, 1], [0, 2], [0, 0], "not in order"),
        ([0x0A00, 0x0A01], [2, 0], [0, 2], [0, 0], "not in order"),
        ([0x0A00, 0x0A01], [0xFFFFFFFF, 3], [0, 2], [0, 0], "does not hold the 2 ranges"),
    ],
)
def test_a_blob_that_is_whole_and_says_nonsense_is_refused(
    buckets: list[int], counts: list[int], lows: list[int], widths: list[int], words: str
) -> None:
    columns = ([len(buckets)], "<u4"), (buckets, "<u2"), (counts, "<u4"), (lows, "<u2"), (widths, "u1"), ([0], "u1")
    body = b"".join(np.array(column, kind).tobytes() for column, kind in columns)

    with pytest.raises(ValueError, match=words):
        stored_as(third(len(lows), body))


@pytest.mark.parametrize(("low", "width"), [(0, 32), (0xFFFF, 20), (0xFFFF, 32)])
def test_a_network_beyond_the_highest_address_takes_nothing_else_away(low: int, width: int) -> None:
    """No list has one; a blob that does is answered from somehow, and the other lists are published."""
    body = b"\1\0\0\0" + b"\xff\xff" + b"\1\0\0\0" + low.to_bytes(2, "little") + bytes([width]) + b"\0"
    stored = stored_as(third(1, body))

    assert disjoint_steps(stored.four) is None
    assert 1 == stored.count_of(4)
    overlay([part(stored)])


@pytest.mark.parametrize("count", [254, 255, 256])
def test_values_are_as_wide_as_the_meanings_need(count: int) -> None:
    laid = overlay([part(numbered(count, "t"))])

    assert laid.values4.itemsize == (1 if count <= 255 else 2)
    assert meaning_at(laid, 4, int(numbered(count, "t").first4[-1]))[1] == (9, f"a list: t{count - 1}")


@pytest.mark.parametrize("texts", [1, 300])
def test_a_list_whose_ipv4_lies_apart_may_have_texts_in_ipv6(texts: int) -> None:
    four = ranges_of((0x0A000001, 0x0A000001), (0x0A000005, 0x0A000009))
    highs = np.array([(0x20010DB8 << 32, 2 * at) for at in range(texts)], np.uint64)
    names = [f"t{at}" for at in range(texts)]
    both = Ranges(
        four.first4, four.last4, four.text4, highs, highs, np.arange(1, texts + 1, dtype=np.uint16), tuple(names)
    )
    other6 = Ranges(*Ranges.empty().of(4), highs[:1], highs[:1], np.zeros(1, np.uint16))
    stored = Stored(*both.to_blobs(), names)
    silent = OverlayPart(Stored(*four.to_blobs(), ()), (0, 0, 0, 0), "says nothing")

    assert disjoint_steps(stored.four)
    for before in ([], [part(other6, "another")], [silent]):
        laid = overlay([*before, part(stored)])
        assert laid == overlay([*before, part(both)])
        assert meaning_at(laid, 4, 0x0A000007)[1] == (9, "a list")
        assert meaning_at(laid, 6, 0x20010DB8 << 96 | 2 * texts - 2)[1][0] == 9


@given(places, st.lists(written, max_size=12))
def test_a_blob_is_damaged_wherever_an_octet_of_it_is(place: tuple[int, int], entries: list[Written]) -> None:
    ranges = made(*place, entries)
    blobs = ranges.to_blobs()
    for which, blob in enumerate(blobs):
        for at in {0, 5, 9, len(blob) // 2, len(blob) - 1}:
            damaged = list(blobs)
            damaged[which] = blob[:at] + bytes([blob[at] ^ 0x40]) + blob[at + 1 :]
            with contextlib.suppress(ValueError):
                # Three octets of the header mean nothing yet.
                assert Stored(*damaged, ranges.texts).ranges == ranges and 5 <= at <= 7


def test_ranges_cannot_be_changed() -> None:
    ranges = made(4, 0, [Written(1, 5)])

    with pytest.raises(ValueError, match="read-only"):
        ranges.first4[0] = 7


def test_a_million_entries_are_stored_in_a_few_bytes_each_and_loaded_in_bounded_memory() -> None:
    random = np.random.default_rng(1)
    entries = Entries(4)
    packed = random.integers(1 << 24, 224 << 24, 1_000_000, np.uint32).astype(">u4").tobytes()
    entries.extend(packed, packed, range(1, 1_000_001), bytes(1_000_000), bytes(1_000_000))
    ranges = build(entries, Entries(6))
    blobs = ranges.to_blobs()

    tracemalloc.start()
    again = Stored(*blobs, ()).ranges
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert again == ranges
    assert len(blobs[0]) < 3.5 * ranges.count
    assert peak < 32 << 20
