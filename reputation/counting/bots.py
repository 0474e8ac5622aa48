"""Bots of an hour: distinct addresses on the dynamic database, or in ETL, that an organization asked about.

An address counts once for each hour and organization, however often it comes, in whichever flush and on whichever node:
the table of seen bots says which are new. insight/botnets.py reports the counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from peewee import chunked

from reputation.addresses.address import Address
from reputation.counting import match_columns
from reputation.store import db
from reputation.store.db import add_counts
from reputation.store.models import BotHour, BotSeen
from reputation.verdict.counters import HOUR
from reputation.verdict.matches import Matches
from reputation.verdict.origins import Origins
from reputation.verdict.zones import DYNAMIC, DYNAMIC_LISTING, ETL, STANDARD

ANSWERS = frozenset(((STANDARD, ETL), (DYNAMIC, DYNAMIC_LISTING)))  # database and return code of a bot
ROWS_A_STATEMENT = 200
# An hour is final once no flush can bring more of it: seconds later, or as long as a node cannot reach the database.
KEEP_SEEN = 6 * HOUR
KEEP_HOURS = 35 * 24 * HOUR

Seen = tuple[int, int, str, int]  # organization, hour, address, ASN (0: unknown)


def add_matches(matches: Matches, origins: Origins, known: Collection[int]) -> None:
    """Add the bots of a batch; `known` are the organizations that still exist. Call it inside a transaction."""
    counts: Counter[tuple[int, int, int]] = Counter()  # organization, ASN, hour
    for some in chunked(_bots(matches, origins, known), ROWS_A_STATEMENT):
        counts.update(_new(some))
    fields = (BotHour.organization, BotHour.asn, BotHour.hour, BotHour.bots)
    add_counts(fields, ((*key, count) for key, count in counts.items()))


def prune_seen(now: int) -> int:
    """Remove the addresses of hours that are final; return how many. Their counts stay."""
    with db.write():
        return int(BotSeen.delete().where(BotSeen.hour < now - now % HOUR - KEEP_SEEN).execute())


def prune(now: int) -> int:
    """Remove counts that are older than 35 days; return how many rows."""
    with db.write():
        return int(BotHour.delete().where(BotHour.hour < now - KEEP_HOURS).execute())


def _bots(matches: Matches, origins: Origins, known: Collection[int]) -> list[Seen]:
    """Each once, sorted: two nodes that write at once then never wait for each other in a circle."""
    found = {
        (match.organization, match.at - match.at % HOUR, match.version, match.value)
        for match in map(matches.__getitem__, match_columns.with_answer(matches, ANSWERS).tolist())
        if match.organization in known
    }
    return sorted(
        (organization, hour, str(Address(version, value)), origins.asn_of[origins.number(version, value)])
        for organization, hour, version, value in found
    )


def _new(some: Iterable[Seen]) -> list[tuple[int, int, int]]:
    """Write down who was seen; (organization, ASN, hour) of each that was not known before."""
    fields = [BotSeen.organization, BotSeen.hour, BotSeen.address, BotSeen.asn]
    written = BotSeen.insert_many(some, fields).on_conflict_ignore()
    return [tuple(row) for row in written.returning(BotSeen.organization, BotSeen.asn, BotSeen.hour).tuples()]
