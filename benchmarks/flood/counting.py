"""What the program made of a flood, by its own tables and log, and not by what the senders were told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from peewee import fn

from benchmarks.flood import evidence
from benchmarks.flood.evidence import API, LOG, TRAP
from benchmarks.servers.gatepost import Installation
from reputation.store.models import LogPlace, SpamReport

NOT_COUNTED = re.compile(r"^.* gatepost\.trap INFO A message from \S+ is not counted: \S.*$", re.MULTILINE)
LATER = {API: ("429",), TRAP: ("421", "450", "451", "452"), LOG: ()}  # a door's words for "not now"


class Kept(NamedTuple):
    """The reports of one door that are in the tables: senders of good ones, and rows beside one of each of those."""

    good: int
    beside: int


class Door(NamedTuple):
    """What became of the reports of one door.

    `refused`: how many, with a reason (None: the door has nobody to tell one); `later`: how often a sender was told to
    come again; `failed`: how often it got no answer that a door should give.
    """

    name: str
    reports: int
    kept: Kept
    refused: int | None
    later: int
    failed: int

    @property
    def good(self) -> int:
        """Return how many of its reports were good; as many were malformed."""
        return self.reports // 2

    @property
    def lost(self) -> int:
        """Return how many of its good reports are not in the tables."""
        return self.good - self.kept.good


def rows(made: Installation) -> dict[str, int]:
    """Count the reports in the tables, by door: what was there before a flood is none of it."""
    with made.store():
        found = SpamReport.select(SpamReport.source, fn.COUNT(SpamReport.id)).group_by(SpamReport.source)
        counts = dict(found.tuples())
    return {door: counts.get(source, 0) for door, source in evidence.SOURCES.items()}


def kept(made: Installation, good: Mapping[str, list[str]], before: Mapping[str, int]) -> dict[str, Kept]:
    """Count the reports of a flood in the tables, by door; `before` are the rows that were there."""
    found = {}
    with made.store():
        for door, source in evidence.SOURCES.items():
            rows = [row[0] for row in SpamReport.select(SpamReport.address).where(SpamReport.source == source).tuples()]
            wanted = len(set(rows) & set(good[door]))
            found[door] = Kept(wanted, len(rows) - wanted - before[door])
    return found


def last_at(made: Installation) -> int:
    """Return when the last report came in, in Unix seconds; 0 where there is none."""
    with made.store():
        return SpamReport.select(fn.MAX(SpamReport.reported_at)).scalar() or 0


def follows_log(made: Installation) -> bool:
    """Tell whether the program has looked into its mail log: what was there before is not read."""
    with made.store():
        return bool(LogPlace.select().exists())


def doors(
    reports: Mapping[str, int], stored: Mapping[str, Kept], told: Mapping[str, Mapping[str, int]], log: str
) -> list[Door]:
    """Return the doors in their order; `log` is what the program has logged."""
    refused = {API: told[API].get("400 with a reason", 0), TRAP: len(NOT_COUNTED.findall(log)), LOG: None}
    return [
        Door(name, number, stored[name], refused[name], later(told[name], name), failed(told[name]))
        for name, number in reports.items()
    ]


def later(told: Mapping[str, int], door: str) -> int:
    """Count the answers that say to come again."""
    return sum(count for what, count in told.items() if what.split()[0] in LATER[door])


def failed(told: Mapping[str, int]) -> int:
    """Count the answers of a door that cannot go on, and connections that broke."""
    known = ("201 without", "400 with ", "429 ", "250", *LATER[TRAP], "written")
    return sum(count for what, count in told.items() if not what.startswith(known))
