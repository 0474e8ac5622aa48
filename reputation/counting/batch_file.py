"""A batch of counts as a file: versioned, checksummed, and read whole or not at all.

The first line has the version and the SHA-256 of what follows, which is JSON: the counts as rows, each with its hour,
and the remembered connections in columns of little-endian numbers. It knows no folder and no table. What is damaged is
told from what another version has written: that version can still read it.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import json
import os
import sys
from array import array
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from reputation.verdict import column_file
from reputation.verdict.counters import Batch
from reputation.verdict.matches import Matches

VERSION = 1  # to be raised with every change of what the file says
MAGIC = b"gatepost counts"
LARGEST = 256 << 20  # octets
COLUMNS = ("high", "low", "what", "at")  # of Matches
ANSWERS, LAST_ASKED = (int, int, int, int), (int,)
OTHERS, CLIENTS, TURNED_AWAY = (int, 20), (int, 50), (int, int, 20, 50)  # a number, or the longest text
HIGHEST = 1 << 62


class Unreadable(ValueError):
    """A file that is not what was written; the text says why."""


class OfAnotherVersion(Unreadable):
    """A file that another version of the program wrote, which can read it."""


class NamedBatch(NamedTuple):
    """A batch with what tells it from all others: its name, the database that it is for, and when it ended.

    `database` is "" where nobody knew it; `at` is Unix seconds.
    """

    name: str
    database: str
    at: int
    batch: Batch


def questions(batch: Batch) -> int:
    """Count the questions that were answered under a valid code."""
    return sum(batch.answers.values())


def write(path: Path, named: NamedBatch) -> int:
    """Write a batch in place of what the file was; return its octets. Raise OSError: then what was there stays."""
    text = json.dumps(_written(named), separators=(",", ":")).encode()
    head = b"%s %d %s\n" % (MAGIC, VERSION, hashlib.sha256(text).hexdigest().encode())
    column_file.replace(path, lambda file: file.write(head + text))
    return len(head) + len(text)


def read(path: Path) -> NamedBatch:
    """Read a file. Raise Unreadable, which says why not, or OSError where that is not the file's fault."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            column_file.check_owner(path, os.fstat(descriptor))
            head, content = file.readline(200), file.read(LARGEST + 1)
    except FileNotFoundError:
        raise
    except column_file.UnusableFile as error:
        raise Unreadable(str(error)) from None
    except OSError as error:  # such as of descriptors, of which there are none for a moment: the file is well
        if error.errno != errno.ELOOP:
            raise
        raise Unreadable(f"{path} cannot be read: {error.strerror}") from None
    _check(path, head, content)
    try:
        return _read(json.loads(content))
    except (LookupError, TypeError, ValueError, OverflowError, AttributeError, RecursionError) as error:
        raise Unreadable(f"{path} is damaged: {type(error).__name__}: {error}") from None


def _check(path: Path, head: bytes, content: bytes) -> None:
    magic, _, rest = head.rstrip(b"\n").rpartition(b" ")[0].rpartition(b" ")
    if magic != MAGIC:
        raise Unreadable(f"{path} is damaged, or no file of counts")
    if rest != b"%d" % VERSION:
        raise OfAnotherVersion(f"{path} was written by another version of the program, which can read it")
    if head.rpartition(b" ")[2] != hashlib.sha256(content).hexdigest().encode() + b"\n":
        raise Unreadable(f"{path} is damaged: it is not as it was written")


def _written(named: NamedBatch) -> dict[str, Any]:
    batch = named.batch
    return {
        "name": named.name,
        "database": named.database,
        "at": named.at,
        "answers": _rows(batch.answers),
        "last_asked": [list(pair) for pair in batch.last_asked.items()],
        "others": _rows(batch.others),
        "unknown_codes": _rows(batch.unknown_codes),
        "turned_away": _rows(batch.turned_away),
        "matches": dict(zip(COLUMNS, map(_packed, batch.matches.columns), strict=True)),
        "matches_lost": batch.matches_lost,
    }


def _read(found: dict[str, Any]) -> NamedBatch:
    batch = Batch(
        answers=_counter(found.pop("answers"), ANSWERS),
        last_asked={organization: at for (organization,), at in _counter(found.pop("last_asked"), LAST_ASKED).items()},
        others=_counter(found.pop("others"), OTHERS),
        unknown_codes=_counter(found.pop("unknown_codes"), CLIENTS),
        turned_away=_counter(found.pop("turned_away"), TURNED_AWAY),
        matches=_matches(found.pop("matches")),
        matches_lost=_checked(found.pop("matches_lost"), int),
    )
    named = NamedBatch(_checked(found.pop("name"), 40), _checked(found.pop("database"), 64), found.pop("at"), batch)
    if found or not named.name:
        raise ValueError(f"it has {', '.join(found) or 'no name'}")
    return named._replace(at=_checked(named.at, int))


def _rows(counts: Mapping[Any, int]) -> list[list[Any]]:
    return [[*key, count] for key, count in counts.items()]


def _counter(rows: list[list[Any]], shape: tuple[Any, ...]) -> Counter[Any]:
    """Rows of a key and a count; each part of a key is a number, or a text that is no longer than it may be."""
    found: Counter[Any] = Counter()
    for *key, count in rows:
        found[tuple(_checked(part, kind) for part, kind in zip(key, shape, strict=True))] += _checked(count, int)
    return found


def _checked(value: Any, kind: Any) -> Any:
    if kind is int and type(value) is int and 0 <= value <= HIGHEST:
        return value
    if kind is not int and type(value) is str and len(value) <= kind:
        return value
    raise ValueError(f"{str(value)[:40]!r} is not what stands there")


def _matches(columns: dict[str, str]) -> Matches:
    matches = Matches()
    matches.extend(_unpacked(columns[name], own.typecode) for name, own in zip(COLUMNS, matches.columns, strict=True))
    if len(columns) != len(COLUMNS) or len({len(column) for column in matches.columns}) > 1:
        raise ValueError("its columns differ in length")
    if not {what >> 8 & 0xFF for what in matches.what} <= {4, 6}:
        raise ValueError("an address is of no version")
    return matches


def _packed(column: array[Any]) -> str:
    return base64.b64encode(_little_endian(column).tobytes()).decode()


def _unpacked(text: str, typecode: str) -> array[Any]:
    return _little_endian(array(typecode, base64.b64decode(text, validate=True)))


def _little_endian(column: array[Any]) -> array[Any]:
    if sys.byteorder == "big":
        column = array(column.typecode, column)
        column.byteswap()
    return column
