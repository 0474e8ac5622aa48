"""Reads decisions of CrowdSec: what `cscli decisions list` prints (`-o json`, `-o raw`), its API, files for its import.

A ban of an address or a range becomes a listing with the decision's own end; the scenario is its reason.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from reputation.customers.imports.reading import LISTING, Lines, Taken, network, wrong
from reputation.refusal import Refused

RAW = {"ip", "reason", "action", "expiration"}
FOR_IMPORT = {"value", "duration"}
SCOPES = ("ip", "range")
DURATION = re.compile(
    r"(-?)(?:(\d{1,9})h)?(?:(\d{1,9})m(?!s))?(?:(\d{1,9})(?:\.\d+)?s)?(?:\d+(?:\.\d+)?(?:ms|[uµ]s|ns))?", re.ASCII
)


def is_json(sample: Lines) -> bool:
    """Tell whether it is JSON that holds decisions."""
    return sample.text.lstrip()[:1] in ("[", "{") and bool(_decisions(sample.text))


def is_csv(sample: Lines) -> bool:
    """Tell whether its heading is that of such a table."""
    heading = set(_cells(next((text for _, text in sample.filled()), "")))
    return heading >= RAW or (heading >= FOR_IMPORT and "scope" in heading)


def read_json(file: Lines) -> Iterator[Taken]:
    """Read each decision, numbered from 1 on."""
    yield from _longest([_taken(number, one, file.now) for number, one in enumerate(_decisions(file.text), 1)])


def read_csv(file: Lines) -> Iterator[Taken]:
    """Read each row."""
    yield from _longest(list(_rows(file)))


def _rows(file: Lines) -> Iterator[Taken]:
    heading: list[str] = []
    for number, line in file.filled():
        cells = _cells(line, lower=not heading)
        if not heading:
            heading = cells
            continue
        if len(cells) != len(heading):
            yield wrong(number, line, f"There are {len(cells)} cells, and the heading has {len(heading)}")
            continue
        row = dict(zip(heading, cells, strict=True))
        if "ip" in row:  # as cscli prints it: Ip:192.0.2.1
            scope, _, value = row["ip"].partition(":")
            row |= {"scope": scope, "value": value, "type": row.get("action", ""), "scenario": row.get("reason", ""),
                    "duration": row.get("expiration", "")}  # fmt: skip
        yield _taken(number, {**row, "scenario": row.get("scenario") or row.get("reason", "")}, file.now)


def _longest(found: Sequence[Taken]) -> Iterator[Taken]:
    """Of several bans of one sender the one that ends last, as CrowdSec itself acts; the others are named."""
    last: dict[str, Taken] = {}
    for one in found:
        if one.value and (one.value not in last or _ends(one) > _ends(last[one.value])):
            last[one.value] = one
    for one in found:
        if one.value and _ends(one) < _ends(last[one.value]):
            yield wrong(one.number, one.text, f"The ban of line {last[one.value].number} ends later, and counts")
        else:
            yield one


def _ends(ban: Taken) -> float:
    return math.inf if ban.expires_at is None else ban.expires_at


def _taken(number: int, decision: Mapping[str, Any], now: int) -> Taken:
    value, scope = str(decision.get("value") or ""), str(decision.get("scope") or "ip")
    kind = str(decision.get("type") or "ban")
    if str(decision.get("simulated") or "").lower() == "true":
        return wrong(number, value, "A decision in simulation: CrowdSec does not act on it")
    if scope.lower() not in SCOPES:
        return wrong(number, value, f"A decision about {scope[:20]}: only addresses and ranges can be listed")
    if kind.lower() != "ban":
        return wrong(number, value, f"A {kind[:20]} is no ban")
    try:
        where = str(network(value))
        end = _end(decision, now)
    except Refused as refusal:
        return wrong(number, value, refusal)
    if end is not None and end <= now:
        return wrong(number, value, "The decision has ended")
    reason = " ".join(str(decision.get("scenario") or "").split())[:200]
    return Taken(number, value, where, LISTING, reason and f"CrowdSec: {reason}", end)


def _end(decision: Mapping[str, Any], now: int) -> int | None:
    """When a decision ends, None where it does not say. Raise Refused where it cannot be read."""
    until, text = str(decision.get("until") or ""), str(decision.get("duration") or "").strip()
    if not text and until:
        try:
            at = datetime.fromisoformat(until)
            return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
        except (ValueError, OverflowError):
            raise Refused(f"{until[:40]!r} is no moment.") from None
    found = DURATION.fullmatch(text)
    if not found:
        raise Refused(f"{text[:40]!r} is no duration, such as 3h59m58s.")
    if not text:
        return None
    seconds = sum(int(part or 0) * size for part, size in zip(found.groups()[1:], (3600, 60, 1), strict=True))
    return now - 1 if found[1] else now + seconds


def _decisions(text: str) -> list[Mapping[str, Any]]:
    """All decisions in a document: alone, in alerts, or as the new ones of a stream."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return []
    if isinstance(document, dict):
        document = [document, *(document.get("new") or ())] if isinstance(document.get("new"), list) else [document]
    found: list[Mapping[str, Any]] = []
    for one in document if isinstance(document, list) else ():
        if not isinstance(one, dict):
            continue
        inner = one.get("decisions")
        found += [each for each in inner if isinstance(each, dict)] if isinstance(inner, list) else []
        if isinstance(one.get("value"), str) and ("duration" in one or "until" in one or "scenario" in one):
            found.append(one)
    return found


def _cells(line: str, lower: bool = True) -> list[str]:
    try:
        cells = [cell.strip() for cell in next(csv.reader([line]), [])]
    except csv.Error:
        return []
    return [cell.lower() for cell in cells] if lower else cells
