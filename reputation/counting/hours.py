"""Writes counts into the hour tables.

It owns the writing of a batch; reputation/verdict/counters.py owns the counting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from reputation.counting import bots, query_log, turned_away, volumes, watched
from reputation.store import db
from reputation.store.db import add_counts
from reputation.store.models import LastAsked, Organization, OtherHour, QueryHour
from reputation.verdict.counters import HOUR, Batch, Counters
from reputation.verdict.matches import Matches
from reputation.verdict.origins import Origins
from reputation.verdict.snapshot import Snapshot

KEEP_OTHERS = 90 * 24 * HOUR


def flush(
    counters: Counters,
    origins: Origins,
    now: int,
    sample: int = 1,
    snapshot: Snapshot | None = None,
    then: Callable[[Matches], str] = lambda _: "",
) -> str:
    """Write what was counted since the last flush; return a sentence.

    Where that fails the counts are put back, and the error is raised. `sample`: one in so many of the unlisted
    connections is among what was counted. `snapshot` has the policies, for what feeds on watch would have done. `then`
    is given these connections once they are written.
    """
    batch = counters.drain(now)
    if not batch:
        return then(batch.matches) or "Nothing was asked."
    try:
        with db.write():
            write(batch, origins, sample, snapshot, now)
    except BaseException:
        counters.put_back(batch)
        raise
    said = f"Wrote {sum(batch.answers.values())} queries and {sum(batch.others.values())} other packets."
    return f"{said} {then(batch.matches)}".rstrip()


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
    """Remove the hours of other packets, turned away ones too, that are older than 90 days; return how many rows."""
    with db.write():
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
