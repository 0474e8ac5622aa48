"""Writes counts into the hour tables.

It owns what is written of a batch; reputation/verdict/counters.py owns the counting, and delivery.py that each batch is
written once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from reputation.counting import bots, delivery, query_log, turned_away, volumes, watched
from reputation.counting.delivery import Delivery
from reputation.store import db
from reputation.store.db import add_counts, connected
from reputation.store.models import LastAsked, Organization, OtherHour, QueryHour
from reputation.verdict.counters import HOUR, Batch
from reputation.verdict.matches import Matches
from reputation.verdict.origins import Origins
from reputation.verdict.snapshot import Snapshot

KEEP_OTHERS = 90 * 24 * HOUR


def flush(
    counts: Delivery,
    origins: Origins,
    now: int,
    sample: int = 1,
    snapshot: Snapshot | None = None,
    then: Callable[[Matches], str] = lambda _: "",
    waits: float = 0.0,
) -> str:
    """Write what was counted since the last flush, and what waits from before; return a sentence.

    Where that fails the counts are kept, and the error is raised. `sample`: one in so many of the unlisted connections
    is among what was counted. `snapshot` has the policies, for what feeds on watch would have done. `then` is given
    these connections in the transaction that writes them, so that both are done or neither is. Another flush is waited
    for at most `waits` seconds.
    """

    def add(batch: Batch) -> str:
        said = then(batch.matches)  # at first: it waits for its turn, and must hold no row of an hour meanwhile
        write(batch, origins, sample, snapshot, now)
        return said

    flushed = counts.flush(add, now, waits)
    if flushed is None:
        return "The flush before is not over yet."
    if not flushed.batches:
        with connected():
            return then(Matches()) or "Nothing was asked."
    late = f"{flushed.late} of the queries had waited on disk." if flushed.late else ""
    said = f"Wrote {flushed.questions} queries and {flushed.others} other packets."
    return " ".join(filter(None, (said, late, flushed.said)))


def write(batch: Batch, origins: Origins, sample: int = 1, snapshot: Snapshot | None = None, now: int = 0) -> None:
    """Add a batch to the hour tables and the query log.

    Queries of an organization that was removed meanwhile are dropped.
    """
    known = dict(Organization.select(Organization.id, Organization.query_log).tuples())
    answers = {key: count for key, count in batch.answers.items() if key[1] in known}
    add_counts(
        (QueryHour.hour, QueryHour.organization, QueryHour.database, QueryHour.code, QueryHour.queries),
        ((*key, count) for key, count in answers.items()),
    )
    volumes.add_matches(batch.matches, origins)
    bots.add_matches(batch.matches, origins, known)
    query_log.write(batch.matches, origins, known, sample)
    watched.add(batch, snapshot, known, sample, now)
    turned_away.add(batch, known)
    add_counts((OtherHour.hour, OtherHour.kind, OtherHour.network, OtherHour.packets), _others(batch))
    _touch({organization: at for organization, at in batch.last_asked.items() if organization in known})


def prune(now: int) -> int:
    """Remove the hours of other packets, turned away ones too, that are older than 90 days; return how many rows.

    The names of batches that were delivered so long ago go with them.
    """
    with db.write():
        delivery.prune(now)
        return int(OtherHour.delete().where(OtherHour.hour < now - KEEP_OTHERS).execute()) + turned_away.prune(now)


def _others(batch: Batch) -> Iterable[tuple[int, str, str, int]]:
    """By kind; the networks that used an unknown code have rows of their own beside the sum."""
    for (hour, kind), count in batch.others.items():
        yield hour, kind, "", count
    for (hour, network), count in batch.unknown_codes.items():
        yield hour, "unknown code", network, count
    if batch.matches_lost:
        hours = [key[0] for key in batch.answers] + [key[0] for key in batch.others]
        yield max(hours, default=0), "matches lost", "", batch.matches_lost


def _touch(times: dict[int, int]) -> None:
    for organization, at in sorted(times.items()):
        LastAsked.insert(organization=organization, first_at=at, last_at=at).on_conflict(
            conflict_target=[LastAsked.organization], update={LastAsked.last_at: at}, where=LastAsked.last_at < at
        ).execute()
