"""What the process that reads lists answers: a head as JSON and columns of octets, in frames with a bound.

The process has read what a stranger wrote, and may have been taken over by it. So nothing is unpickled, each size is
bounded before it is believed, and each value is checked before it is used.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

FRAME = struct.Struct("<4sII")  # the mark, the length of the head, the number of columns
LENGTH = struct.Struct("<Q")
MARK = b"GPA1"
LONGEST_HEAD = 4 << 20
MOST_COLUMNS = 8
LONGEST_TEXT = 4000  # characters of a sentence
HIGHEST = 1 << 53  # of a count; what is above is a mistake, and no database takes it


class BadAnswer(ValueError):
    """What came back is no answer; the text says why."""


class Answer(NamedTuple):
    """An answer: its head, and the columns that belong to it."""

    head: Mapping[str, Any]
    columns: tuple[bytes, ...]


def written(head: Mapping[str, Any], columns: Sequence[bytes] = ()) -> list[bytes]:
    """Return the octets of an answer, in pieces that are not copied. Raise ValueError where the head is too long."""
    words = json.dumps(head).encode()
    if len(words) > LONGEST_HEAD:
        raise ValueError("the head of the answer is too long")
    sizes = b"".join(LENGTH.pack(len(column)) for column in columns)
    return [FRAME.pack(MARK, len(words), len(columns)), words, sizes, *columns]


def read(content: bytes | bytearray) -> Answer:
    """Read a whole answer. Raise BadAnswer where it is none."""
    if len(content) < FRAME.size:
        raise BadAnswer("it said nothing")
    mark, length, count = FRAME.unpack_from(content)
    at = FRAME.size + length
    if mark != MARK or length > LONGEST_HEAD or count > MOST_COLUMNS or len(content) < at + count * LENGTH.size:
        raise BadAnswer("it does not begin as an answer does")
    sizes = [LENGTH.unpack_from(content, at + number * LENGTH.size)[0] for number in range(count)]
    at += count * LENGTH.size
    if at + sum(sizes) != len(content):
        raise BadAnswer("it was cut off")
    try:
        head = json.loads(bytes(content[FRAME.size : FRAME.size + length]))
    except (ValueError, RecursionError):
        raise BadAnswer("its head cannot be read") from None
    if not isinstance(head, dict):
        raise BadAnswer("its head has no names")
    columns = []
    for size in sizes:
        columns.append(bytes(memoryview(content)[at : at + size]))
        at += size
    return Answer(head, tuple(columns))


def count(head: Mapping[str, Any], name: str) -> int:
    """Return a count of a head. Raise BadAnswer where it is none."""
    value = head.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < HIGHEST:
        raise BadAnswer(f"{name} is no count")
    return value


def text(head: Mapping[str, Any], name: str) -> str:
    """Return a sentence of a head. Raise BadAnswer where it is none."""
    value = head.get(name)
    if not is_text(value):
        raise BadAnswer(f"{name} is no sentence")
    return str(value)


def texts(head: Mapping[str, Any], name: str, most: int) -> tuple[str, ...]:
    """Return at most so many sentences of a head. Raise BadAnswer."""
    values = rows(head, name, most)
    if not all(map(is_text, values)):
        raise BadAnswer(f"{name} are no sentences")
    return tuple(values)


def rows(head: Mapping[str, Any], name: str, most: int) -> list[Any]:
    """Return at most so many values of a head, whatever each is. Raise BadAnswer."""
    values = head.get(name)
    if not isinstance(values, list) or len(values) > most:
        raise BadAnswer(f"{name} are too many, or none")
    return values


def is_text(value: object) -> bool:
    """Tell whether a value is a sentence that a screen can show."""
    return isinstance(value, str) and len(value) <= LONGEST_TEXT
