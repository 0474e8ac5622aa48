"""Reads tables of senders with headings, as consoles export them: Trend Micro's, and our own.

A column names addresses, networks or countries. Whether they are approved or blocked is said by a column, by a heading
such as "Blocked IP Address", or by the person. The rows are read as Many Senders reads them (policy/importing.py).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence

from reputation.countries import COUNTRIES
from reputation.customers.imports.reading import APPROVED, BLOCKED, Lines, Taken, wrong
from reputation.customers.policy import importing
from reputation.refusal import Refused

SENDER = re.compile(
    r"((approved|blocked)\s+)?(senders?|values?|networks?|ip|cidr|ip/cidr|cidr blocks?|(ip\s*)?address(es)?"
    r"|ip address(es)?\s*/\s*cidr( blocks?)?)",
    re.IGNORECASE,
)
PLACE = re.compile(
    r"((approved|blocked)\s+)?(country|countries|region|country/region|countries/regions)", re.IGNORECASE
)
NOTE = re.compile(r"note|description|comment|reason|remarks?", re.IGNORECASE)
ACTION = re.compile(r"action|list", re.IGNORECASE)
UNTIL = re.compile(r"until|end|expires|expiry|expires at", re.IGNORECASE)
SEPARATORS = (",", ";", "\t")
BY_NAME = {name.casefold(): code for code, name in COUNTRIES.items()}


def is_table(sample: Lines) -> bool:
    """Tell whether the first line is a heading with a column of senders, and no sender itself."""
    return bool(_heading(sample))


def says_action(sample: Lines) -> bool:
    """Tell whether the table says itself what is approved and what blocked."""
    heading, _, _ = _heading(sample) or ([], "", 0)
    return any(ACTION.fullmatch(name) or _word(name) for name in heading)


def read(file: Lines) -> Iterator[Taken]:
    """Read each row. Raise Refused where two columns name a sender."""
    found = _heading(file)
    assert found
    heading, separator, at = found
    by_heading = next(filter(None, map(_word, heading)), "")
    rows = _rewritten(file.lines[at:], heading, separator)
    text = "\n" * (at - 1) + rows
    has_action = any(ACTION.fullmatch(name) for name in heading)
    for line in importing.read(text, by_heading or APPROVED, file.now, ()):
        if line.rule is None:
            yield wrong(line.number, line.text, line.said)
            continue
        rule = line.rule
        becomes = rule.action if has_action else by_heading
        yield Taken(line.number, line.text, rule.value, becomes, rule.note, rule.expires_at)


def _heading(file: Lines) -> tuple[list[str], str, int] | None:
    """The cells of the heading, what stands between them, and the number of its line; None where it is none."""
    number, text = next(file.filled(), (0, ""))
    for separator in SEPARATORS:
        cells = [cell.partition("(")[0].strip() for cell in _cells(text, separator)]
        if any(SENDER.fullmatch(cell) or PLACE.fullmatch(cell) for cell in cells):
            return cells, separator, number
    return None


def _rewritten(lines: Sequence[str], heading: Sequence[str], separator: str) -> str:
    """The table with our own headings; a row whose sender is a country by its name has its code."""
    senders = [place for place, name in enumerate(heading) if SENDER.fullmatch(name)]
    places = [place for place, name in enumerate(heading) if PLACE.fullmatch(name)]
    if len(senders) > 1 or len(places) > 1:
        raise Refused("Several columns of the table name senders: leave one of them, or make a file of each.")
    names = [_ours(name, place in senders or (not senders and place in places)) for place, name in enumerate(heading)]
    if not places:
        return "\n".join([_line(names, separator), *lines])
    rows = [_line(names, separator)]
    for line in lines:
        cells = _cells(line, separator)
        rows.append(_line(_with_country(cells, senders, places[0]), separator) if cells else line)
    return "\n".join(rows)


def _with_country(cells: list[str], senders: Sequence[int], place: int) -> list[str]:
    """The row with the country as its sender, where it has no other one."""
    into = senders[0] if senders else place
    if len(cells) > max(into, place) and cells[place].strip() and (into == place or not cells[into].strip()):
        cells = list(cells)
        named = cells[place].strip()
        code = BY_NAME.get(named.casefold(), named)
        cells[into] = code if code.lower().startswith("country:") else f"country:{code}"
    return cells


def _ours(name: str, is_sender: bool) -> str:
    if is_sender:
        return "Sender"
    known: Mapping[str, re.Pattern[str]] = {"Note": NOTE, "Action": ACTION, "Until": UNTIL}
    return next((ours for ours, words in known.items() if words.fullmatch(name)), f"{name} (not read)")


def _word(name: str) -> str:
    """What a heading says of all its senders: `Blocked IP Address` blocks them."""
    said = name.casefold()
    if not (SENDER.fullmatch(name) or PLACE.fullmatch(name)):
        return ""
    return APPROVED if said.startswith(APPROVED) else BLOCKED if said.startswith(BLOCKED) else ""


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line.removeprefix("\ufeff")], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:
        return []


def _line(cells: Sequence[str], separator: str) -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=separator, lineterminator="").writerow(cells)
    return stream.getvalue()
