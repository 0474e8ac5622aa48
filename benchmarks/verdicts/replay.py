"""Any stream of events through the estimate: `python -m benchmarks.verdicts replay`, JSON lines in, answers out.

DNS serves the estimate without names, since nobody has looked them up: an empty "name" is answered as DNS would, but
for networks in which no spam was ever seen, whose provider sends next to nothing but spam: DNS has no listing of these.

    {"at": seconds, "ask": address, "asn": n, "name": PTR or ""}     is answered {"levels": [false, false, true, true]}
    {"at", "report": address, "source": "trap|filter|complaint|hand", "reporter": text, "known": bool}
    {"at", "clean": address}                                         a message that a filter found clean

Each question is answered before the next line is read, so that whoever writes the lines can make them depend on the
answers. Reporters that are `known` speak for the installation; a report by anybody else lists nobody.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, TextIO

from benchmarks.verdicts.closed_loop.rules import Estimate
from benchmarks.verdicts.closed_loop.running import Rule
from reputation.addresses.address import Address, parse_address
from reputation.refusal import Refused

KINDS = ("ask", "report", "clean")
SOURCES = ("trap", "filter", "complaint", "hand")
LAST_SECOND = 1 << 40


def replay(lines: Iterable[str], answers: TextIO, rule: Rule | None = None) -> None:
    """Answer the questions among the events. Raise Refused for a line that is no event, with its number."""
    rule, now = rule or Estimate(), 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            now = _happened(rule, _read(line), now, answers)
        except (Refused, ValueError, KeyError, TypeError) as error:
            raise Refused(f"line {number}: {error}") from None


def _read(line: str) -> dict[str, Any]:
    event = json.loads(line)
    if not isinstance(event, dict) or sum(kind in event for kind in KINDS) != 1:
        raise Refused('an event is an object with "at" and one of "ask", "report" and "clean"')
    return event


def _happened(rule: Rule, event: dict[str, Any], before: int, answers: TextIO) -> int:
    """Let one event happen, and return its time; one from before the last counts as of the last."""
    at = max(_seconds(event.get("at")), before)
    if "ask" in event:
        levels = rule.ask(at, _address(event["ask"]), _asn(event.get("asn")), str(event.get("name") or ""))
        answers.write(json.dumps({"levels": list(levels)}) + "\n")
        answers.flush()
    elif "report" in event:
        source = event.get("source")
        if source not in SOURCES:
            raise Refused(f'"source" is one of {", ".join(SOURCES)}, not {source!r}')
        reporter, known = str(event.get("reporter") or ""), event.get("known", source != "complaint")
        rule.report(at, _address(event["report"]), source, reporter, bool(known))
    else:
        rule.clean(at, _address(event["clean"]))
    return at


def _seconds(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < LAST_SECOND:
        raise Refused(f'"at" is a number of seconds, not {value!r}')
    return int(value)


def _asn(value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 32:
        raise Refused(f'"asn" is a number from 0 to 4294967295, not {value!r}')
    return value


def _address(value: Any) -> Address:
    if not isinstance(value, str):
        raise Refused(f"an address is a text such as 192.0.2.1, not {value!r}")
    return parse_address(value)
