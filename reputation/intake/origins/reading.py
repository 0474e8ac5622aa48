"""A table of origins, read by the process for it: the order, what the process does, and what its answer says.

The process opens the files, reads and combines them, and packs the table. What it packed is unpacked here, within
bounds, before it is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from reputation.intake.importing import answers, reader
from reputation.intake.importing.answers import Answer, BadAnswer
from reputation.intake.importing.reader import NotRead
from reputation.intake.importing.spool import Part
from reputation.intake.origins.combining import Before, Combined, Origin, combine
from reputation.intake.origins.forms import File, read_files
from reputation.intake.origins.packed import pack, unpack
from reputation.refusal import Refused

LARGEST = 256 << 20  # octets of a packed table; the published ones take two to four millions
PIECE = 1 << 20
MOST_SENTENCES = 20
SHOWN = 3  # warnings


class TableFile(NamedTuple):
    """A file of a table: its name, where it is from in words, its day, and what brings its content piece by piece."""

    name: str
    source: str
    dated: str
    content: Callable[[], Iterable[bytes]]


class InUse(NamedTuple):
    """The table in use: as it is packed, and where its parts are from."""

    content: bytes
    parts: Mapping[str, Origin]


class ReadTable(NamedTuple):
    """The table that came of some files, packed; with what is said of it and of its parts (origins/combining.py)."""

    content: bytes
    dated: str
    source: str
    rows: int
    bad: int
    warnings: tuple[str, ...]
    parts: dict[str, Origin]
    lacks: tuple[str, ...]


def read_tables(files: Sequence[TableFile], in_use: InUse | None) -> ReadTable:
    """Read a table from files in a process of its own; what they lack is kept from the one `in_use`.

    Raise Refused where it cannot be used, or was not read.
    """
    order = {
        "work": "origins",
        "imports": ["maxminddb", "maxminddb.reader"],
        "files": [[file.name, file.source, file.dated] for file in files],
        "parts_in_use": None if in_use is None else {name: list(one) for name, one in in_use.parts.items()},
    }

    def parts() -> dict[str, bytes | Iterable[bytes]]:
        brought = {f"file{number}": file.content() for number, file in enumerate(files)}
        return {**brought, **({"in use": in_use.content} if in_use else {})}

    try:
        with reader.put_aside(b"") as spool:
            return _checked(reader.run(spool, order, parts, LARGEST))
    except BadAnswer as error:
        raise Refused(f"The process that read the table gave no answer that can be used: {error}.") from None
    except NotRead as error:
        raise Refused(str(error)) from None


def pieces_of(place: Path, most: int) -> Iterator[bytes]:
    """Yield a file in pieces, at most so many octets and one piece more. Raise OSError where it cannot be read."""
    with place.open("rb") as file:
        while most >= 0 and (piece := file.read(PIECE)):
            yield piece
            most -= len(piece)


def read_here(order: Mapping[str, Any], parts: Mapping[str, Part]) -> Answer:
    """Read the files of an order, in this process; return an answer with the packed table."""
    try:
        files = [
            File(name, source, dated, parts[f"file{number}"].whole())  # opening.py wants all of it
            for number, (name, source, dated) in enumerate(order["files"])
        ]
        made = combine(read_files(files), _before(order["parts_in_use"], parts))
    except Refused as error:
        return Answer({"refused": str(error)[: answers.LONGEST_TEXT]}, ())
    table = _dressed(made)
    head = {
        "dated": table.dated,
        "source": table.source,
        "rows": table.rows,
        "bad": table.bad,
        "warnings": [warning[: answers.LONGEST_TEXT // 4] for warning in table.warnings[:SHOWN]],
        "parts": [[name, *one] for name, one in made.parts.items()],
        "lacks": made.lacks[:MOST_SENTENCES],
    }
    return Answer(head, (pack(table),))


def _before(parts_in_use: Mapping[str, Sequence[str]] | None, parts: Mapping[str, Part]) -> Before | None:
    if parts_in_use is None or not len(parts["in use"]):
        return None
    try:
        origins = unpack(parts["in use"].whole())
    except ValueError:  # it is damaged, so nothing of it can be kept
        return None
    return Before(origins, {name: Origin(*one) for name, one in parts_in_use.items()})


def _dressed(made: Combined) -> Any:
    """The table with a source that names all whose data it has, also of what it keeps from the one before."""
    named = made.table.source
    kept = [one.source for one in made.parts.values() if one.source not in named]
    made.table.source = "; ".join(dict.fromkeys([named, *kept]))
    return made.table


def _checked(answer: Answer) -> ReadTable:
    head = answer.head
    if "refused" in head:
        raise Refused(answers.text(head, "refused"))
    if len(answer.columns) != 1:
        raise BadAnswer("it has no table")
    try:
        unpack(answer.columns[0])
    except ValueError as error:
        raise BadAnswer(str(error)) from None
    parts = [answers.texts({"part": one}, "part", 3) for one in answers.rows(head, "parts", 8)]
    return ReadTable(
        answer.columns[0],
        answers.text(head, "dated"),
        answers.text(head, "source"),
        answers.count(head, "rows"),
        answers.count(head, "bad"),
        answers.texts(head, "warnings", SHOWN),
        {name: Origin(*one) for name, *one in parts if len(one) == len(Origin._fields)},
        answers.texts(head, "lacks", MOST_SENTENCES),
    )
