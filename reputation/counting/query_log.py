"""Writes the query log, and keeps it within its bounds. The matches come from a batch of the counters.

A flush writes a bounded number of rows: more matches are thinned out, and each row says how many connections it stands
for.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any, NamedTuple

from reputation.addresses.address import (
    BITS,
    Address,
    Network,
    parse_network,
)
from reputation.counting import match_columns
from reputation.store import db
from reputation.store.models import Organization, QueryLogEntry
from reputation.verdict.matches import Match, Matches
from reputation.verdict.origins import Origins, country_code
from reputation.verdict.zones import (
    BLOCKED_ADDRESS,
    BLOCKED_COUNTRY,
    BLOCKED_ISP,
    DUL,
    DYNAMIC,
    ETL,
    KSS,
    STANDARD,
)

DAY = 86400
ON, MASKED, OFF = "on", "masked", "off"  # what an organization wants of its log
STEP = 5000  # rows removed in one transaction, so that a flush never waits long
ROWS_A_FLUSH = 4_000
MASK = {4: 8, 6: 80}  # the last bits that a masked address loses, by version
FIELDS = (
    QueryLogEntry.organization,
    QueryLogEntry.asked_at,
    QueryLogEntry.address,
    QueryLogEntry.address_key,
    QueryLogEntry.asn,
    QueryLogEntry.country,
    QueryLogEntry.database,
    QueryLogEntry.code,
    QueryLogEntry.decided_by,
    QueryLogEntry.weight,
    QueryLogEntry.sample_level,
)
HIGHEST_LEVEL = 20  # one in a million rows
GOLDEN = 0x9E3779B9  # 2 ** 32 by the golden ratio (Knuth, TAOCP 6.4)
_NUMBERS = count(random.getrandbits(32))  # of the rows that this process writes
# What decided, by database and return code. Without a match it may have been an approved sender or nothing at all.
DECIDED_BY = {
    (STANDARD, KSS): "KSS",
    (STANDARD, DUL): "DUL",
    (STANDARD, ETL): "ETL",
    (STANDARD, BLOCKED_ADDRESS): "sender rule",
    (STANDARD, BLOCKED_ISP): "ISP rule",
    (STANDARD, BLOCKED_COUNTRY): "country rule",
    (DYNAMIC, KSS): "dynamic",
}


class LogBounds(NamedTuple):
    """How much of the log is kept for each organization: days and rows.

    `sample`: one in so many of the unlisted connections is in the log.
    """

    days: int = 30
    rows: int = 1_000_000
    sample: int = 10


def write(matches: Matches, origins: Origins, choices: Mapping[int, str], sample: int) -> int:
    """Write a batch's matches and samples for the organizations of `choices`; return how many rows.

    Call it inside a transaction.
    """
    wanted = match_columns.of_organizations(matches, [owner for owner, choice in choices.items() if choice != OFF])
    thinning = max(1, -(-len(wanted) // ROWS_A_FLUSH))
    some = map(matches.__getitem__, wanted[::thinning].tolist())
    rows = list(_rows(some, origins, choices, thinning, max(1, sample) * thinning))
    db.write_rows(FIELDS, rows)
    return len(rows)


def prune(bounds: LogBounds, now: int) -> int:
    """Remove what is beyond the bounds of each organization; return how many rows."""
    return sum(_prune(row.id, bounds, now) for row in Organization.select(Organization.id))


def sweep(condition: object) -> int:
    """Remove the rows that meet a condition, in small steps; return how many."""
    removed = 0
    while True:
        some = QueryLogEntry.select(QueryLogEntry.id).where(condition).limit(STEP)
        with db.write():
            step = int(QueryLogEntry.delete().where(QueryLogEntry.id << some).execute())
        removed += step
        if step < STEP:
            return removed


def key_of(text: str) -> str:
    """Return the sort key of an address, or of the first address of a network. Raise ValueError for another text."""
    network = parse_network(text)
    return key(network.version, network.first)


def key(version: int, value: int) -> str:
    """Return the sort key of an address: 4 or 6, and the number in hexadecimal.

    It has one length for each version, so that it sorts as addresses do.
    """
    return f"4{value:08x}" if version == 4 else f"6{value:032x}"


def sample_level(number: int) -> int:
    """Return the level of the row with this running number: one in 2**n rows has level n or a higher one.

    They are spread evenly, also over every second or third row: a mail server asks both databases in turn.
    """
    return min(HIGHEST_LEVEL, 32 - (number * GOLDEN & 0xFFFFFFFF).bit_length())


def masked(version: int, value: int) -> Network:
    """Return the network that replaces an address in a masked log: the /24 of IPv4, the /48 of IPv6."""
    bits = MASK[version]
    first = value >> bits << bits
    return Network(version, first, first | (1 << bits) - 1, BITS[version] - bits)


def _rows(
    matches: Iterable[Match], origins: Origins, choices: Mapping[int, str], weight: int, sampled: int
) -> Iterator[tuple[Any, ...]]:
    for match in matches:
        origin = origins.number(match.version, match.value)
        where: Network | Address = Address(match.version, match.value)
        value = match.value
        if choices[match.organization] == MASKED:
            where = masked(match.version, match.value)
            value = where.first
        yield (
            match.organization,
            match.at,
            str(where),
            key(match.version, value),
            origins.asn_of[origin],
            country_code(origins.country_of[origin]),
            match.database,
            match.code,
            DECIDED_BY.get((match.database, match.code), ""),
            weight if match.code else sampled,
            sample_level(next(_NUMBERS)),
        )


def _prune(organization_id: int, bounds: LogBounds, now: int) -> int:
    log = QueryLogEntry
    mine = log.organization == organization_id
    removed = sweep(mine & (log.asked_at < now - bounds.days * DAY))
    newest_first = log.select(log.asked_at, log.id).where(mine).order_by(log.asked_at.desc(), log.id.desc())
    beyond = newest_first.offset(bounds.rows).limit(1).tuples().first()
    if beyond:
        at, last = beyond
        removed += sweep(mine & ((log.asked_at < at) | ((log.asked_at == at) & (log.id <= last))))
    return removed
