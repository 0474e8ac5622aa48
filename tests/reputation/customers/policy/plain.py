"""A policy as docs/flow.md and the help tell it: a list of rows, and every question goes through all of them.

It knows no table and no key by which anything is found or sorted, and its addresses are those of Python's `ipaddress`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from math import inf
from typing import Any, NamedTuple

from tests.reputation.verdict.plain import network_of

MONTH = 30 * 86400


class Wanted(NamedTuple):
    """A rule as a person writes it."""

    action: str
    sender: str
    note: str = ""
    end: int | None = None


class Row(NamedTuple):
    """A rule as it is kept. Rows that were added together have the same batch."""

    action: str
    kind: str
    sender: str
    note: str
    made_at: int
    end: int | None
    made_by: str
    changed_at: int | None
    batch: str

    @property
    def key(self) -> tuple[str, str]:
        """What an organization has at most once."""
        return self.action, self.sender

    def has_ended(self, now: int) -> bool:
        return self.end is not None and self.end <= now


class Gone(NamedTuple):
    row: Row
    at: int
    by_itself: bool


@dataclass
class Policy:
    """The rules of one organization, in the order in which they were made, and those that can be brought back."""

    most: int
    rows: list[Row] = field(default_factory=list)
    gone: list[tuple[str, Gone]] = field(default_factory=list)  # with the batch in which they went

    def new(self, wanted: Sequence[Wanted]) -> list[Wanted]:
        """Those that are not there yet. Of one that is written twice the last counts."""
        once = {(one.action, sender(one.sender)[1]): one for one in wanted}
        return [one for key, one in once.items() if key not in [row.key for row in self.rows]]

    def has_room_for(self, count: int) -> bool:
        return len(self.rows) + count <= self.most

    def add(self, new: Sequence[Wanted], now: int, who: str, batch: str) -> None:
        self.rows += [row_of(one, now, who, batch) for one in new]

    def change(self, place: int, wanted: Wanted, now: int) -> None:
        before = self.rows[place]
        after = row_of(wanted, before.made_at, before.made_by, before.batch)._replace(changed_at=before.changed_at)
        self.rows[place] = before if after == before else after._replace(changed_at=now)

    def take(self, which: Callable[[Row], bool], now: int, batch: str, by_itself: bool = False) -> None:
        self.gone += [(batch, Gone(row, now, by_itself)) for row in self.rows if which(row)]
        self.rows = [row for row in self.rows if not which(row)]

    def of_batch(self, batch: str) -> list[Row]:
        return [one.row for its, one in self.gone if its == batch]

    def would_come_back(self, batch: str, now: int) -> list[Row]:
        present = [row.key for row in self.rows]
        return [row for row in self.of_batch(batch) if row.key not in present and not row.has_ended(now)]

    def bring_back(self, batch: str, now: int, made: str) -> None:
        self.rows += [row._replace(changed_at=None, batch=made) for row in self.would_come_back(batch, now)]
        self.gone = [(its, one) for its, one in self.gone if its != batch]

    def forget(self, now: int) -> None:
        self.gone = [(batch, one) for batch, one in self.gone if one.at >= now - MONTH]

    def recently_ended(self, action: str) -> list[Wanted]:
        ended = [one.row for _, one in self.gone if one.by_itself and one.row.action == action]
        return [Wanted(row.action, row.sender, row.note, row.end) for row in reversed(ended)][:20]

    def found(self, action: str, kind: str, search: str, names: dict[str, str]) -> list[Row]:
        rows = [row for row in self.rows if row.action == action and kind in ("", row.kind)]
        return [row for row in rows if is_meant(row, search, names)]


def is_meant(row: Row, search: str, names: dict[str, str]) -> bool:
    """An address or network finds what it is inside of and what is inside it, and notes; words find any text."""
    words = search.casefold()
    if not re.fullmatch(r"[\da-fA-F]*[.:][\da-fA-F.:]+(/\d+)?", search):
        return any(words in text.casefold() for text in (row.sender, row.note, row.made_by, names.get(row.sender, "")))
    if words in row.note.casefold():
        return True
    if row.kind != "network":
        return False
    one, other = network_of(row.sender), network_of(search)
    return one.version == other.version and one.overlaps(other)


def in_order(rows: Sequence[Row], sort: str, descending: bool) -> list[Row]:
    """Where two are alike the one that was made first comes first; backwards all of it is turned round."""
    keys: dict[str, Callable[[Row], Any]] = {
        "sender": order_of,
        "note": lambda row: row.note.lower(),
        "until": lambda row: inf if row.end is None else row.end,
        "by": lambda row: row.made_by.lower(),
        "added": lambda row: row.made_at,
    }
    ordered = sorted(rows, key=keys[sort])
    if not descending:
        return ordered
    return sorted(rows[::-1], key=keys[sort], reverse=True)


def order_of(row: Row) -> tuple[Any, ...]:
    """Addresses, IPv4 first, of two with the same beginning the narrower one; then countries, then ISPs by number."""
    if row.kind == "network":
        network = ip_network(row.sender)
        return 0, network.version, int(network[0]), int(network[-1])
    return (1, row.sender) if row.kind == "country" else (2, int(row.sender.removeprefix("isp:AS")))


def sender(written: str) -> tuple[str, str]:
    """Kind and usual form of a sender."""
    text = written.strip().lower()
    if text.startswith("country:"):
        return "country", f"country:{text[-2:].upper()}"
    if text.startswith(("isp:", "as")):
        return "isp", f"isp:AS{int(re.sub('[a-z:]', '', text))}"
    network = network_of(text)
    return "network", str(network[0] if network.num_addresses == 1 else network)


def row_of(wanted: Wanted, now: int, who: str, batch: str) -> Row:
    kind, value = sender(wanted.sender)
    return Row(wanted.action, kind, value, " ".join(wanted.note.split()), now, wanted.end, who, None, batch)
