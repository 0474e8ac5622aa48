"""Many rules as text: pasted lines, or a table as CSV. It reads them and adds nothing.

Each line that is not empty gets a result: its rule, that the rule exists already, or what is wrong with it. A table
that the portal wrote is read back unchanged.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from reputation.addresses.address import networks_between
from reputation.customers.policy.action_words import action_of, contradiction
from reputation.customers.policy.sender_rules import NewRule
from reputation.customers.policy.values import ACTIONS, check_action, check_end, check_note, parse_value
from reputation.customers.policy.written_lines import DAY, TableRow, control_character, lines_of, senders_of
from reputation.intake.feeds import parse_duration
from reputation.refusal import Refused

MOST_LINES = 10_000
MOST_SENDERS = 50_000  # on them: several may stand on a line, and a range is several networks
LONGEST_SHOWN = 80

NEW, EXISTS, DUPLICATE, WRONG = "new", "stands", "twice", "wrong"

# What a column is called in the first line, in any case, without what stands in brackets.
COLUMNS = {
    "action": "action", "list": "action",
    "sender": "value", "value": "value", "address": "value", "network": "value", "ip": "value", "cidr": "value",
    "note": "note", "comment": "note", "reason": "note",
    "until": "until", "end": "until", "expires": "until", "expiry": "until", "expires at": "until",
}  # fmt: skip
NO_END = ("", "-", "never", "no end", "none")
SEPARATORS = (",", ";", "\t")
LONGEST_ROW = 20  # lines of a row with a text in quotation marks
CLOSE_IT = "close the quotation mark"
# Columns that are not read, and would make another sender of the one beside them.
PART_OF_SENDER = re.compile(r"(sub)?net.?mask|mask|prefix(.?len(gth)?)?|bits|last( address)?|to", re.IGNORECASE)
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
    lines = lines_of(text)
    if sum(1 for line in lines if line.strip()) > MOST_LINES + 1:
        raise Refused(f"At most {MOST_LINES:,} lines at once: split the text.")
    found: list[Line] = []
    seen: set[tuple[str, str]] = set()
    for row in _rows(lines, check_action(action)):
        for line in _lines(row, action, now):
            if line.rule:
                key = (line.rule.action, line.rule.value)
                state = EXISTS if key in existing else DUPLICATE if key in seen else NEW
                seen.add(key)
                line = line._replace(state=state)
            found.append(line)
        if len(found) > MOST_SENDERS:
            raise Refused(f"At most {MOST_SENDERS:,} senders at once: split the text.")
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


def _lines(cells: TableRow, action: str, now: int) -> list[Line]:
    """The rule of a row, or several where its sender is a range: a rule for each network of it."""
    shown = cells.value.strip()[:LONGEST_SHOWN]
    if cells.problem:
        return [Line(cells.number, shown, WRONG, cells.problem)]
    try:
        said = _action(cells.action) or action
        values = _values(QUOTED_FORMULA.sub("", cells.value.strip(), count=1))
        note = check_note(QUOTED_FORMULA.sub("", cells.note.strip(), count=1))
        end = check_end(parse_end(cells.until, now), now)
    except Refused as refusal:
        return [Line(cells.number, shown, WRONG, str(refusal))]
    texts = values if len(values) > 1 else [shown]
    return [
        Line(cells.number, text, NEW, rule=NewRule(said, value, note, end))
        for text, value in zip(texts, values, strict=True)
    ]


def _action(text: str) -> str:
    """The action that a table says, also in the words of other programs; "" for none."""
    named = text.strip()
    said = action_of(named)
    return check_action(said if said in ACTIONS else named.casefold()) if named else ""


def _values(text: str) -> list[str]:
    try:
        between = networks_between(text)
    except ValueError as error:
        raise Refused(f"{error}.") from None
    return [str(network) for network in between] or [parse_value(text)[1]]


def _rows(lines: Sequence[str], action: str) -> Iterator[TableRow]:
    first = next((place for place, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return iter(())
    for separator in SEPARATORS:
        written, _ = _cells(lines[first : first + 1], separator)
        if "value" in map(_column, written):
            return _of_table(lines[first + 1 :], written, separator, action, first + 2)
    return (row for number, line in enumerate(lines, 1) for row in _of_line(line, number, action))


def _of_line(line: str, number: int, action: str) -> list[TableRow]:
    odd = control_character(line)
    return [_odd(number, line, odd)] if odd else senders_of(line, number, action)


def _odd(number: int, line: str, odd: str) -> TableRow:
    return TableRow(number, line, problem=f"There is a character in it that is no text ({odd}): write the line again.")


def _column(heading: str) -> str:
    return COLUMNS.get(heading.partition("(")[0].strip().casefold(), "")


def _cells(lines: Sequence[str], separator: str) -> tuple[list[str], str]:
    """The cells of a line, or of several where a text in quotation marks has some; or what is wrong with it."""
    try:
        return next(csv.reader([f"{line}\n" for line in lines], delimiter=separator, strict=True), []), ""
    except csv.Error as error:
        hint = CLOSE_IT if "end of data" in str(error) else "put it in the form of the others"
        return [], f"This line cannot be read ({error}): {hint}."


def _record(lines: Sequence[str], at: int, separator: str, place: int) -> tuple[list[str], str, int]:
    """The cells of the row that begins at a line, what is wrong with it, and how many lines it has.

    A text in quotation marks may have several lines. An open quotation mark must not take the lines behind it with it:
    none that has a sender in the same `place` is a part of the row.
    """
    cells, problem = _cells(lines[at : at + 1], separator)
    for end in range(at + 1, min(at + LONGEST_ROW, len(lines))):
        if CLOSE_IT not in problem or _has_sender(lines[end], separator, place):
            break
        joined, wrong = _cells(lines[at : end + 1], separator)
        if not wrong:
            return joined, "", end - at + 1
        if CLOSE_IT not in wrong:
            break
    return cells, problem, 1


def _has_sender(line: str, separator: str, place: int) -> bool:
    cells = line.split(separator)
    try:
        return len(cells) > place and bool(_values(cells[place].strip(" \"'")))
    except Refused:
        return False


def _of_table(
    lines: Sequence[str], written: Sequence[str], separator: str, action: str, begins: int
) -> Iterator[TableRow]:
    """A table with headings. Columns that it does not know are left aside, unless one says the opposite of a row."""
    headings = [_column(heading) for heading in written]
    for name in set(filter(None, headings)):
        if headings.count(name) > 1:
            which = ", ".join(text.strip() for text, heading in zip(written, headings, strict=True) if heading == name)
            raise Refused(f"Several columns say the same of a sender ({which}): leave one of them.")
    at = 0
    while at < len(lines):
        cells, problem, taken = _record(lines, at, separator, headings.index("value"))
        odd = next(filter(None, map(control_character, lines[at : at + taken])), "")
        if odd or problem:
            yield _odd(begins + at, lines[at], odd) if odd else TableRow(begins + at, lines[at], problem=problem)
        elif any(cell.strip() for cell in cells):
            yield _of_cells(cells, begins + at, written, headings, action)
        at += taken


def _of_cells(
    cells: Sequence[str], number: int, written: Sequence[str], headings: Sequence[str], action: str
) -> TableRow:
    """A row by its headings; none of its cells is dropped that has none."""
    named = {heading: cell for heading, cell in zip(headings, cells, strict=False) if heading}
    value = named.pop("value", "")
    if any(cell.strip() for cell in cells[len(headings) :]):
        too_many = f"This line has {len(cells)} cells, and the headings are {len(headings)}"
        return TableRow(number, value, problem=f"{too_many}: put texts in quotation marks.")
    other = zip(written, headings, cells, strict=False)
    unread = [(name, cell) for name, heading, cell in other if not heading]
    problem = _unread_part(unread) or _unread_action(unread, named, action)
    return TableRow(number, value, **named, problem=problem)


def _unread_part(unread: Iterable[tuple[str, str]]) -> str:
    """That a column which is not read says how far the sender reaches; "" where none does."""
    for heading, cell in unread:
        if cell.strip() and PART_OF_SENDER.fullmatch(heading.partition("(")[0].strip()):
            return f"The column {heading.strip()[:40]} is not read: write the sender as one, as in 192.0.2.0/24."
    return ""


def _unread_action(unread: Iterable[tuple[str, str]], named: Mapping[str, str], action: str) -> str:
    """That a column which is not read says the opposite of what would be done; "" where none does."""
    said = action_of(named.get("action", "").strip()) or action
    for heading, cell in unread:
        if action_of(cell.strip()) and contradiction(cell.strip(), said):
            return f"The column {heading.strip()[:40]} says {cell.strip()[:20]}, and is not read: name it Action."
    return ""
