"""Reads the query log: what was asked, the newest first, page by page. It changes nothing.

A page begins at the row where the page before ended, and no rows are counted, so that the last of a million rows is
found as quickly as the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from reputation.addresses.address import parse_network
from reputation.counting.connections import NOT_LISTED, is_match
from reputation.counting.query_log import key
from reputation.store.models import QueryLogEntry as Log
from reputation.store.models import SenderRule

ROWS_A_PAGE = 50
ROWS_A_PIECE = 2000  # read at once for a file
# Networks wider than this are no use as a key: the rows are read in the order of time instead.
WIDE = {4: 12, 6: 24}
NEWEST_FIRST = (Log.asked_at.desc(), Log.id.desc())
OLDEST_FIRST = (Log.asked_at, Log.id)


class LogEntry(NamedTuple):
    """One row. `code` is the last octet of 127.0.0.x, 0 for not listed; the row stands for `weight` connections."""

    id: int
    asked_at: int
    address: str
    country: str
    asn: int
    database: int
    code: int
    decided_by: str
    weight: int


class LogFilter(NamedTuple):
    """Which rows: an address or a network, and everything else that is not None.

    `matched` False means only the sample of what was not listed.
    """

    network: str = ""
    database: int | None = None
    code: int | None = None
    country: str | None = None
    asn: int | None = None
    matched: bool | None = None
    since: int | None = None
    until: int | None = None  # before this second


Place = tuple[int, int]  # asked_at and id of a row


class Page(NamedTuple):
    """Rows, newest first, and the places from which the neighbouring pages begin; None where there is none."""

    entries: list[LogEntry]
    newer: Place | None
    older: Place | None


def page(
    organization_id: int,
    wanted: LogFilter,
    before: Place | None = None,
    after: Place | None = None,
    rows: int = ROWS_A_PAGE,
) -> Page:
    """Return the newest rows, or those older than `before`, or those newer than `after`.

    Raise ValueError for a text that is no network.
    """
    condition = _condition(organization_id, wanted)
    if after:
        found = _found(condition & _newer(after), OLDEST_FIRST, rows + 1)
        return _page(found[:rows][::-1], newer=len(found) > rows, older=True)
    if before:
        condition &= _older(before)
    found = _found(condition, NEWEST_FIRST, rows + 1)
    return _page(found[:rows], newer=before is not None, older=len(found) > rows)


def all_entries(organization_id: int, wanted: LogFilter) -> Iterator[LogEntry]:
    """Yield all rows, the newest first, which are read in pieces."""
    place: Place | None = None
    while True:
        piece = page(organization_id, wanted, before=place, rows=ROWS_A_PIECE)
        yield from piece.entries
        if piece.older is None:
            return
        place = piece.older


def _condition(organization_id: int, wanted: LogFilter) -> Any:
    condition = Log.organization == organization_id
    for column, value in (
        (Log.database, wanted.database),
        (Log.code, wanted.code),
        (Log.country, wanted.country),
        (Log.asn, wanted.asn),
    ):
        if value is not None:
            condition &= column == value
    if wanted.matched is not None:
        condition &= is_match(Log.code) if wanted.matched else (Log.code == NOT_LISTED)
    if wanted.since is not None:
        condition &= Log.asked_at >= wanted.since
    if wanted.until is not None:
        condition &= Log.asked_at < wanted.until
    return condition & _within(wanted.network) if wanted.network else condition


def _within(text: str) -> Any:
    network = parse_network(text)
    first, last = key(network.version, network.first), key(network.version, network.last)
    if network.prefix < WIDE[network.version]:
        return Log.address_key.concat("").between(first, last)
    # Between, though it be one address: with "=" SQLite reads by time instead, and the whole log for a rare one.
    return Log.address_key.between(first, last)


def _older(place: Place) -> Any:
    at, number = place
    return (Log.asked_at <= at) & ((Log.asked_at < at) | (Log.id < number))


def _newer(place: Place) -> Any:
    at, number = place
    return (Log.asked_at >= at) & ((Log.asked_at > at) | (Log.id > number))


def _found(condition: Any, order: Any, rows: int) -> list[LogEntry]:
    columns = (getattr(Log, name) for name in LogEntry._fields)
    return [LogEntry(*row) for row in Log.select(*columns).where(condition).order_by(*order).limit(rows).tuples()]


def _page(entries: list[LogEntry], newer: bool, older: bool) -> Page:
    if not entries:
        return Page([], None, None)
    first, last = entries[0], entries[-1]
    return Page(entries, (first.asked_at, first.id) if newer else None, (last.asked_at, last.id) if older else None)


def rules_by_address(organization_id: int, addresses: Iterable[str], now: int) -> dict[str, str]:
    """Return which of these addresses have a rule of their own: approved or blocked, by address."""
    which = (SenderRule.organization == organization_id) & (SenderRule.value << sorted(set(addresses)))
    rows = SenderRule.select(SenderRule.action, SenderRule.value, SenderRule.expires_at).where(which).tuples()
    # Told apart here: asked for their order or their end as well, the database would go through all rules by these.
    in_force = [(action, value) for action, value, end in rows if end is None or end > now]
    return {value: action for action, value in sorted(in_force, reverse=True)}  # approved last: it wins over blocked
