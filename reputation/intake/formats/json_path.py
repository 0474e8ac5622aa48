"""`json:PATH`: a JSON document, or one a line, in which a path leads to the addresses.

    json:prefixes.ip_prefix                      {"prefixes": [{"ip_prefix": "192.0.2.0/24"}, ...]}
    json:prefixes.ipv4Prefix|prefixes.ipv6Prefix two paths
    json:values.properties.addressPrefixes       a list at the end of the path
    json:data.ipAddress                          AbuseIPDB
    json:Event.Attribute[type=ip-src].value      MISP: only where `type` is ip-src
    json:[scope=Ip].value                        CrowdSec's decisions, which are a list without a name
    json:*.ranges                                any name

Lists are walked through by themselves. What the path leads to and is no address is a warning; what has no such name is
counted.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from reputation.intake.formats.dates import second_of
from reputation.intake.formats.lines import PIECES, FormatError, Reading, printable

STEP = re.compile(r"([^.\[\]|]*)((?:\[[^\]=]+=[^\]]*\])*)")
CONDITION = re.compile(r"\[([^\]=]+)=([^\]]*)\]")
DEEPEST = 12  # steps of a path
# Where publishers write when a document was made.
DATES = ("createDate", "creationTime", "generatedAt", "generated_at", "timestamp", "updated", "last_updated")
EXAMPLE = "json:prefixes.ip_prefix"


class Step(NamedTuple):
    """A name (`*` is any, "" none: only the conditions), and what an object behind it must have."""

    name: str
    conditions: tuple[tuple[str, str], ...]


ANY = (Step("*", ()),)


def read_option(option: str) -> tuple[tuple[Step, ...], ...]:
    """Read the paths behind the colon. Raise FormatError, which shows how one is written."""
    paths = tuple(_path(text.strip()) for text in option.split("|"))
    if not all(paths):
        raise FormatError(f"{option!r} is not a path such as {EXAMPLE}.")
    return paths


def _path(text: str) -> tuple[Step, ...]:
    steps = []
    for part in text.split("."):
        found = STEP.fullmatch(part)
        if not found or not part:
            return ()
        steps.append(Step(found[1], tuple(CONDITION.findall(found[2]))))
    return tuple(steps[: DEEPEST + 1]) if len(steps) <= DEEPEST else ()


def read_json(lines: Iterator[str], reading: Reading, option: str) -> int:
    """Read what the paths lead to; return the number of lines.

    Raise FormatError where it is no JSON, or where no path leads to anything.
    """
    paths = read_option(option)
    text = "".join(lines)
    walk = _Walk(reading)
    for document in _documents(text):
        _note_date(document, reading)
        for path in paths:
            walk.follow(document, path)
    walk.finish(option)
    return text.count("\n") + bool(text and not text.endswith("\n"))


def _documents(text: str) -> list[Any]:
    """The document, or those of the lines where each line is one."""
    if not text.strip():
        raise FormatError("It is not JSON: it is empty.")
    try:
        return [json.loads(text)]
    except RecursionError:
        raise FormatError("The JSON is nested too deeply to be a list.") from None
    except ValueError as error:
        fault = error
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except RecursionError:
        raise FormatError("The JSON is nested too deeply to be a list.") from None
    except ValueError:
        raise FormatError(f"It is not JSON, or was cut off: {printable(str(fault), 100)}.") from None


def _note_date(document: Any, reading: Reading) -> None:
    places = [document, document.get("meta")] if isinstance(document, dict) else []
    for place in (each for each in places if isinstance(each, dict)):
        for name in DATES:
            if not reading.dated and isinstance(place.get(name), str | int):
                reading.dated = second_of(place[name])


class _Walk:
    """The way from a document along its paths to the addresses, which are numbered as they come."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._number = 0
        self._names: set[str] = set()  # those beside a name that is not there, to be told
        self._hit: set[int] = set()  # objects, by identity, that had what a path wants, and those that lacked it
        self._lacking: set[int] = set()
        self._passed_over = 0
        self._strays = 0  # what stands where an object should

    def follow(self, place: Any, path: tuple[Step, ...]) -> None:
        """Follow the rest of a path from this place."""
        if isinstance(place, list):
            for each in place:
                self.follow(each, path)
        elif not path:
            self._arrive(place)
        elif not isinstance(place, dict):
            if path == ANY:
                self._arrive(place)
            elif place is not None:
                self._strays += 1
        else:
            self._step(place, path[0], path[1:])

    def _step(self, place: dict[str, Any], step: Step, rest: tuple[Step, ...]) -> None:
        if step.name == "":
            found = [place]
        elif step.name == "*":
            found = list(place.values())
        elif step.name in place:
            found = [place[step.name]]
        else:
            self._lacking.add(id(place))
            self._names.update(list(place)[:20])
            return
        self._hit.add(id(place))
        for each in found:
            self._behind(each, step, rest)

    def _behind(self, place: Any, step: Step, rest: tuple[Step, ...]) -> None:
        """What stands behind a name: of a list only the objects that meet the conditions."""
        if not step.conditions:
            self.follow(place, rest)
            return
        for each in place if isinstance(place, list) else [place]:
            is_it = isinstance(each, dict) and all(
                str(each.get(name, "")).lower() == wanted.lower() for name, wanted in step.conditions
            )
            if is_it:
                self.follow(each, rest)
            else:
                self._passed_over += 1

    def _arrive(self, value: Any) -> None:
        self._number += 1
        text = value.strip() if isinstance(value, str) else json.dumps(value)[:200]
        if len(self._reading.pieces) < PIECES:
            self._reading.pieces.append((self._number, text))
        if isinstance(value, str):
            self._reading.sections[0].add(text, self._number)
        else:
            self._reading.fault(self._number, text, "not a text with an address")

    def finish(self, option: str) -> None:
        """Note what was left out. Raise FormatError where nothing was found."""
        if not self._number:
            names = ", ".join(printable(name, 30) for name in sorted(self._names)[:20])
            there = f"; the names that are there instead: {names}" if names else ""
            raise FormatError(f"The JSON has nothing at {printable(option)}{there}.")
        self._reading.left_out["by a condition of the path"] += self._passed_over
        self._reading.left_out["that have none of the path's names"] += len(self._lacking - self._hit) + self._strays
