"""Many rules as text: pasted lines, or a table as CSV. It reads them and adds nothing.

Each line that is not empty gets a result: its rule, that the rule exists already, or what is wrong with it. A table
that the portal wrote is read back unchanged.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from reputation.customers.policy.sender_rules import NewRule
from reputation.customers.policy.values import check_action, check_end, check_note, parse_value
from reputation.intake.feeds import parse_duration
from reputation.refusal import Refused

MOST_LINES = 10_000
LONGEST_SHOWN = 80

NEW, EXISTS, DUPLICATE, WRONG = "new", "stands", "twice", "wrong"

# What a column is called in the first line, in any case, without what stands in brackets.
COLUMNS = {
    "action": "action", "list": "action",
    "sender": "value", "value": "value", "address": "value", "network": "value", "ip": "value", "cidr": "value",
    "note": "note", "comment": "note", "reason": "note",
    "until": "until", "end": "until", "expires": "until", "expiry": "until", "expires at": "until",
}  # fmt: skip
ACTION_WORDS = {"approve": "approved", "allow": "approved", "block": "blocked", "deny": "blocked"}
NO_END = ("", "-", "never", "no end", "none")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
LOOKS_LIKE_ADDRESS = re.compile(r"[\da-f]*[.:][\da-f]*[.:][\da-f.:]*(/\S*)?", re.IGNORECASE)
QUOTED_FORMULA = re.compile(r"\A'(?=[=+\-@\t\r])")  # how a table keeps a spreadsheet from running what a cell says


class Line(NamedTuple):
    """One line, or one sender of a line, with its rule.

    `state` is new, stands (the rule exists already), twice (a line before has the same rule) or wrong, and `said`
    explains what is wrong.
    """

    number: int
    text: str
    state: str
    said: str = ""
    rule: NewRule | None = None


class TableRow(NamedTuple):
    """The parts of a line, before anything is checked."""

    number: int
    value: str
    note: str = ""
    until: str = ""
    action: str = ""
    problem: str = ""


def decode(content: bytes) -> str:
    """Decode a file as spreadsheets and editors write it. Raise Refused where it is not text."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    if b"\0" in content:
        raise Refused("This is no text: save the table as CSV and choose that file.")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def read(text: str, action: str, now: int, existing: Collection[tuple[str, str]]) -> list[Line]:
    """Read every line that is not empty.

    `action` is for lines that name none; `existing` are the rules that there are already, as (action, value). Raise
    Refused where the text has too many lines.
    """
    lines = text.replace("\0", "").splitlines()
    if sum(1 for line in lines if line.strip()) > MOST_LINES + 1:
        raise Refused(f"At most {MOST_LINES:,} lines at once: split the text.")
    found: list[Line] = []
    seen: set[tuple[str, str]] = set()
    for cells in _cells(lines):
        line = _line(cells, check_action(action), now)
        if line.rule:
            key = (line.rule.action, line.rule.value)
            state = EXISTS if key in existing else DUPLICATE if key in seen else NEW
            seen.add(key)
            line = line._replace(state=state)
        found.append(line)
    return found


def parse_end(text: str, now: int) -> int | None:
    """Read `2026-12-31` (the end of that day), `2026-12-31 18:00` or `7d` as Unix seconds; return None for no end.

    Times without a zone are UTC. Raise Refused where the text cannot be read.
    """
    text = text.strip()
    if text.casefold() in NO_END:
        return None
    try:
        if DAY.fullmatch(text):
            return int((datetime.fromisoformat(text).replace(tzinfo=UTC) + timedelta(days=1)).timestamp())
        if text[:4].isdecimal() and "-" in text:
            at = datetime.fromisoformat(text.removesuffix(" UTC"))
            return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
        return now + parse_duration(text)
    except (ValueError, OverflowError):
        hint = "write 2026-12-31, 2026-12-31 18:00 or 7d, or nothing"
        raise Refused(f"{text[:LONGEST_SHOWN]!r} is no end of a rule: {hint}.") from None


def _line(cells: TableRow, action: str, now: int) -> Line:
    shown = cells.value.strip()[:LONGEST_SHOWN]
    if cells.problem:
        return Line(cells.number, shown, WRONG, cells.problem)
    try:
        named = cells.action.strip().casefold()
        said = check_action(ACTION_WORDS.get(named, named) or action)
        _, value = parse_value(QUOTED_FORMULA.sub("", cells.value.strip(), count=1))
        note = check_note(QUOTED_FORMULA.sub("", cells.note.strip(), count=1))
        end = check_end(parse_end(cells.until, now), now)
    except Refused as refusal:
        return Line(cells.number, shown, WRONG, str(refusal))
    return Line(cells.number, shown, NEW, rule=NewRule(said, value, note, end))


def _cells(lines: Sequence[str]) -> Iterator[TableRow]:
    first = next((place for place, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return iter(())
    for separator in (",", ";", "\t"):
        headings = [_column(heading) for heading in next(csv.reader([lines[first]], delimiter=separator), [])]
        if "value" in headings:
            return _of_table(lines[first + 1 :], headings, separator, first + 2)
    return (cells for number, line in enumerate(lines, 1) for cells in _of_line(line, number))


def _column(heading: str) -> str:
    return COLUMNS.get(heading.partition("(")[0].strip().casefold(), "")


def _of_table(lines: Iterable[str], headings: Sequence[str], separator: str, begins: int) -> Iterator[TableRow]:
    """A table with headings: columns that it does not know are left aside."""
    rows = csv.reader((line + "\n" for line in lines), delimiter=separator)
    while True:
        number = rows.line_num + begins
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield TableRow(number, "", problem=f"This line cannot be read ({error}): put it in the form of the others.")
            continue
        if row is None:
            return
        named = {heading: cell for heading, cell in zip(headings, row, strict=False) if heading}
        if any(cell.strip() for cell in row):
            yield TableRow(number, named.pop("value", ""), **named)


def _of_line(line: str, number: int) -> Iterator[TableRow]:
    """A line that somebody wrote: a sender with a note behind it, or several senders. What follows # is a note."""
    said, _, note = line.partition("#")
    said = said.strip().strip(",;")
    words = [word for word in re.split(r"[\s,;]+", said) if word]
    if not words:
        return iter(())
    if len(words) > 1 and not (LOOKS_LIKE_ADDRESS.fullmatch(words[1]) or all(map(_is_sender, words))):
        words, rest = words[:1], said[len(words[0]) :].strip(" \t,;")
        rest, until = _end_of(rest)
        return iter([TableRow(number, words[0], " ".join(filter(None, (rest, note.strip()))), until)])
    return (TableRow(number, word, note) for word in words)


def _end_of(note: str) -> tuple[str, str]:
    """A note without the day that stands behind its last comma, and that day."""
    rest, comma, last = re.sub("[;\t]", ",", note).rpartition(",")
    return (rest.strip(), last.strip()) if comma and DAY.match(last.strip()) else (note, "")


def _is_sender(word: str) -> bool:
    try:
        parse_value(word)
    except Refused:
        return False
    return True
