"""A batch is read from its file as it was written, or not at all."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reputation.counting import batch_file
from reputation.counting.batch_file import NamedBatch, OfAnotherVersion, Unreadable
from reputation.verdict.counters import ELSEWHERE, Batch
from reputation.verdict.matches import Match, Matches
from reputation.verdict.zones import DYNAMIC, KSS, STANDARD
from tests.conftest import NOON

WHOLE = Batch(
    answers=Counter({(NOON, 3, STANDARD, 0): 7, (NOON, 3, DYNAMIC, KSS): 2}),
    last_asked={3: NOON + 59},
    others=Counter({(NOON, "txt"): 4, (NOON, ELSEWHERE): 1}),
    unknown_codes=Counter({(NOON, "2001:db8::/56"): 5}),
    turned_away=Counter({(NOON, 3, ELSEWHERE, "192.0.2.0/24"): 1}),
    matches=Matches(
        [
            Match(NOON, 3, DYNAMIC, KSS, 4, 0xC0000207),
            Match(NOON + 1, 3, STANDARD, 0, 6, 0x20010DB8 << 96 | 1),
        ]
    ),
    matches_lost=11,
)
NAMED = NamedBatch("0123456789abcdef-12", "ab" * 16, NOON + 60, WHOLE)

numbers = st.integers(0, (1 << 62) - 1)
hours = st.integers(0, 1 << 40)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    octets = batch_file.write(tmp_path / "a", NAMED)

    assert batch_file.read(tmp_path / "a") == NAMED
    assert octets == (tmp_path / "a").stat().st_size
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@given(
    answers=st.dictionaries(st.tuples(hours, numbers, st.integers(0, 1), st.integers(0, 255)), numbers),
    others=st.dictionaries(st.tuples(hours, st.text(max_size=20)), numbers),
    matches=st.lists(
        st.builds(
            Match,
            st.integers(0, (1 << 32) - 1), st.integers(0, (1 << 32) - 1), st.integers(0, 1), st.integers(0, 255),
            st.sampled_from([4, 6]), st.integers(0, (1 << 128) - 1),
        )
    ),
)  # fmt: skip
def test_every_batch_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    answers: dict[tuple[int, int, int, int], int],
    others: dict[tuple[int, str], int],
    matches: list[Match],
) -> None:
    path = tmp_path_factory.mktemp("any") / "batch"
    named = NAMED._replace(batch=Batch(Counter(answers), others=Counter(others), matches=Matches(matches)))

    batch_file.write(path, named)

    assert batch_file.read(path) == named


def rewritten(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """The same with another content, and a checksum that fits it."""
    head, _, text = path.read_bytes().partition(b"\n")
    content = json.loads(text)
    change(content)
    made = json.dumps(content).encode()
    path.write_bytes(head.rpartition(b" ")[0] + b" " + hashlib.sha256(made).hexdigest().encode() + b"\n" + made)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a flipped bit": flip,
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:-3]),
    "empty": lambda path: path.write_bytes(b""),
    "more behind it": lambda path: path.write_bytes(path.read_bytes() + b" "),
    "something else": lambda path: path.write_bytes(b"\0" * 5000),
    "one line": lambda path: path.write_bytes(b"gatepost counts 1"),
    "a list": lambda path: path.write_bytes(with_sum(b"[]")),
    "nested": lambda path: path.write_bytes(with_sum(b"[" * 100_000)),
    "a count below zero": lambda path: rewritten(path, lambda found: found.update(answers=[[1, 1, 0, 0, -1]])),
    "a count too many": lambda path: rewritten(path, lambda found: found.update(answers=[[1, 1, 0, 0, 1 << 63]])),
    "a count that is none": lambda path: rewritten(path, lambda found: found.update(others=[[1, "txt", True]])),
    "a long text": lambda path: rewritten(path, lambda found: found.update(others=[[1, "t" * 21, 1]])),
    "a short row": lambda path: rewritten(path, lambda found: found.update(others=[[1, 1]])),
    "an unknown field": lambda path: rewritten(path, lambda found: found.update(more=1)),
    "a field that is missing": lambda path: rewritten(path, lambda found: found.pop("answers")),
    "no name": lambda path: rewritten(path, lambda found: found.update(name="")),
    "columns of other lengths": lambda path: rewritten(path, lambda found: found["matches"].update(at="")),
    "a link": link,
    "writable by others": lambda path: path.chmod(0o666),
}


def with_sum(text: bytes) -> bytes:
    return b"gatepost counts 1 " + hashlib.sha256(text).hexdigest().encode() + b"\n" + text


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_not_as_it_was_written_is_not_read(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "batch"
    batch_file.write(path, NAMED)

    DAMAGES[damage](path)

    with pytest.raises(Unreadable) as told:
        batch_file.read(path)
    assert str(path) in str(told.value) and not isinstance(told.value, OfAnotherVersion)


def test_a_file_of_another_version_is_told_from_a_damaged_one(tmp_path: Path) -> None:
    path = tmp_path / "batch"
    batch_file.write(path, NAMED)
    path.write_bytes(path.read_bytes().replace(b"gatepost counts 1 ", b"gatepost counts 2 ", 1))

    with pytest.raises(OfAnotherVersion, match="was written by another version of the program, which can read it"):
        batch_file.read(path)


def test_a_disk_that_takes_nothing_keeps_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "batch"
    batch_file.write(path, NAMED)
    before = path.read_bytes()
    (tmp_path / "batch.new").mkdir()  # nothing can be written beside it

    with pytest.raises(OSError):
        batch_file.write(path, NAMED._replace(at=1))

    assert path.read_bytes() == before


def test_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        batch_file.read(tmp_path / "nothing")
    assert os.listdir(tmp_path) == []
