"""What the process answers is not believed: whatever it says is an answer that fits, or refused."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reputation.intake.bounds import FeedBounds
from reputation.intake.importing import answers
from reputation.intake.importing.answers import FRAME, MARK, Answer, BadAnswer
from reputation.intake.importing.lists import ListOrder, checked, read_here
from reputation.ranges import Ranges, blobs
from tests.conftest import NOON

ORDER = ListOrder("plain", FeedBounds(), NOON)
TRIAL = ORDER._replace(is_trial=True)


class Octets:
    """A part of a spool that is in memory."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __len__(self) -> int:
        return len(self.content)

    def __getitem__(self, part: slice) -> bytes:
        return self.content[part]


def answered(order: ListOrder = ORDER, content: bytes = b"192.0.2.1\n192.0.2.9\nbad\n") -> Answer:
    made = read_here(order.words(), {"list": Octets(content)})  # type: ignore[dict-item]
    return answers.read(b"".join(answers.written(*made)))


def test_an_answer_comes_back_as_it_was_written() -> None:
    made = Answer({"a": [1, "ä"]}, (b"", b"\0\1", b"x" * 1000))

    assert answers.read(b"".join(answers.written(*made))) == made


@given(st.binary(max_size=60), st.booleans())
def test_any_octets_are_an_answer_or_refused(content: bytes, is_marked: bool) -> None:
    try:
        answers.read(MARK + content if is_marked else content)
    except BadAnswer:
        pass


@pytest.mark.parametrize(
    "content,why",
    [
        (b"", "said nothing"),
        (FRAME.pack(b"GPA0", 2, 0) + b"{}", "does not begin"),
        (FRAME.pack(MARK, 1 << 31, 0) + b"{}", "does not begin"),
        (FRAME.pack(MARK, 2, 1 << 31) + b"{}", "does not begin"),
        (FRAME.pack(MARK, 2, 1) + b"{}" + struct.pack("<Q", 9) + b"12345678", "cut off"),
        (FRAME.pack(MARK, 2, 0) + b"{}x", "cut off"),
        (FRAME.pack(MARK, 2, 0) + b"[]", "no names"),
        (FRAME.pack(MARK, 2, 0) + b"{!", "cannot be read"),
        (FRAME.pack(MARK, 100_000, 0) + b"[" * 100_000, "cannot be read"),
    ],
    ids=["nothing", "another mark", "a long head", "many columns", "cut", "more", "a list", "no JSON", "nested"],
)
def test_an_answer_that_does_not_fit_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(BadAnswer, match=why):
        answers.read(content)


def test_what_a_list_gives_is_taken() -> None:
    found = checked(answered(), ORDER)

    assert (found.entries, found.bad, found.change.entries) == (2, 1, 2)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 70), 1 << 70) | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)


@given(st.data(), st.booleans())
def test_whatever_stands_in_place_of_a_value_is_taken_or_refused(data: st.DataObject, is_trial: bool) -> None:
    order = TRIAL if is_trial else ORDER
    made = answered(order)
    name = data.draw(st.sampled_from(sorted(made.head)))
    head = json.loads(json.dumps({**made.head, name: data.draw(ANY_JSON)}))

    try:
        found = checked(made._replace(head=head), order)
    except BadAnswer:
        return
    assert all(isinstance(one, str) for one in (*found.warnings, found.refusal, found.held, *found.trial.examples))
    assert all(isinstance(one, int) and one >= 0 for one in (found.entries, found.bad, found.dated, *found.change))


@pytest.mark.parametrize("name", ["entries", "warnings", "refusal", "change", "held_because"])
def test_an_answer_without_a_value_is_refused(name: str) -> None:
    made = answered()

    with pytest.raises(BadAnswer):
        checked(made._replace(head={key: value for key, value in made.head.items() if key != name}), ORDER)


def ranges4(*bounds: tuple[int, int], texts: tuple[int, ...] = ()) -> bytes:
    firsts, lasts = (np.array([one[side] for one in bounds], np.uint32) for side in (0, 1))
    numbers = np.array(texts or [0] * len(bounds), np.uint16)
    return blobs.pack4(blobs.packed4(firsts, lasts, numbers))


def ranges6(*bounds: tuple[int, int]) -> bytes:
    firsts, lasts = (np.array([divmod(one[side], 1 << 64) for one in bounds], np.uint64) for side in (0, 1))
    return blobs.pack6(firsts, lasts, np.zeros(len(bounds), np.uint16))


NONE4, NONE6 = Ranges.empty().to_blobs()


@pytest.mark.parametrize("columns,why", [
    ((), "no ranges"),
    ((b"GPR", NONE6, b"[]"), "does not begin"),
    ((ranges4((1, 5), (3, 9)), NONE6, b"[]"), "not in order"),
    ((ranges4((1, 5), (6, 9)), NONE6, b"[]"), "not in order"),
    ((ranges4((70_000, 70_001), (70_000, 70_001)), NONE6, b"[]"), "not in order"),
    ((ranges4((1, 5), texts=(3,)), NONE6, b'["a"]'), "names text 3"),
    ((ranges4((1, 5)), NONE6, b'[1]'), "texts are none"),
    ((ranges4((1, 5)), NONE6, b'{"a": 1}'), "texts are none"),
    ((ranges4((1, 5)), NONE6, b"["), "texts are none"),
    ((NONE4, ranges6((9, 12), (3, 4)), b"[]"), "not in order"),
    ((NONE4, ranges6((3, 4), (5, 9)), b"[]"), "not in order"),
    ((NONE4, ranges6((9, 3)), b"[]"), "not in order"),
], ids=["none", "no blob", "overlapping", "touching", "twice", "an unknown text", "a number as text", "no list",
        "no JSON", "IPv6 backwards", "IPv6 touching", "IPv6 inside out"])  # fmt: skip
def test_ranges_that_are_not_in_order_are_refused(columns: tuple[bytes, ...], why: str) -> None:
    with pytest.raises(BadAnswer, match=why):
        checked(answered()._replace(columns=columns), ORDER)


def test_ranges_that_touch_with_another_text_are_in_order() -> None:
    columns = (ranges4((1, 5), (6, 9), texts=(1, 2)), ranges6((0, (1 << 64) - 1), (1 << 65, 1 << 66)), b'["a", "b"]')

    assert checked(answered()._replace(columns=columns), ORDER).stored.count_of(4) == 2


def test_the_order_of_ranges_is_looked_at_beyond_the_first_piece() -> None:
    many = [(3 * number, 3 * number) for number in range(blobs.PIECE)]
    good, bad = ranges4(*many, (3 * blobs.PIECE, 3 * blobs.PIECE)), ranges4(*many, many[-1])

    assert checked(answered()._replace(columns=(good, NONE6, b"[]")), ORDER).stored.count_of(4) == blobs.PIECE + 1
    with pytest.raises(BadAnswer, match="not in order"):
        checked(answered()._replace(columns=(bad, NONE6, b"[]")), ORDER)


def fits(head: dict[str, Any]) -> bool:
    return len(json.dumps(head)) < answers.LONGEST_HEAD


def test_the_longest_that_a_list_can_make_it_say_fits_into_an_answer() -> None:
    """Warnings of a zone with many data sets of unknown types, and values that are all different."""
    zone = "".join(f"$DATASET kind{number}{'ü' * 60} @\n192.0.2.1\n" for number in range(2000))
    values = "".join(f"192.0.2.{number % 256} :127.{number >> 8}.{number % 256}.2:\n" for number in range(5000))

    found = answered(TRIAL._replace(format="rbldnsd:without=127.0.0.9"), (values + zone).encode())

    assert fits(dict(found.head)) and len(checked(found, TRIAL).warnings) == 101
