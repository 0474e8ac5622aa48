"""A dry run: how the last seven days would have been answered under another policy. Changes nothing.

It asks the very function that answers DNS about each address of the query log, twice: with what is served now, and
with the same lists under the proposed policy. The log holds a sample of what was not listed, so the figures may be
estimates, and say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from peewee import Case, fn

from reputation.counting import connections
from reputation.customers import policy
from reputation.publisher import policies
from reputation.publisher.policies import RuleDraft
from reputation.store.models import QueryLogEntry, database
from reputation.verdict.decision import decide
from reputation.verdict.snapshot import Policies, Snapshot
from reputation.verdict.zones import CATEGORIES

DAYS = 7
LONGEST = 50_000  # rows that are replayed; of a longer log an even part of them stands for all
TOP = 20


class Changed(NamedTuple):
    """An address that would have been answered otherwise; a code is the last octet of 127.0.0.x, 0 for not listed.

    `address` is a network where the log is masked.
    """

    address: str
    queries: int
    code_before: int
    code_after: int
    database: int


class Effect(NamedTuple):
    """Of `of` connections since `since` (Unix seconds), `otherwise` would have been answered otherwise.

    `estimated` says that rows stood for more queries than one, or that addresses are masked. `addresses` are those
    with the most queries.
    """

    otherwise: int
    of: int
    estimated: bool
    since: int
    addresses: list[Changed]


Rule = tuple[str, str]  # approved or blocked; a network, country:XX or isp:ASn


class Log(NamedTuple):
    """The log's part that is replayed: (key, database, weight) of each address, and what each weight stands for."""

    since: int
    part: int
    estimated: bool
    asked: Sequence[tuple[str, int, int]]


def dry_run(
    snapshot: Snapshot,
    organization_id: int,
    now: int,
    add: Sequence[Rule] = (),
    remove: Sequence[Rule] = (),
    settings: Mapping[str, Any] | None = None,
) -> Effect:
    """What these rules more and less, and these settings, would have changed in the last seven days.

    `settings` are kss, dul and etl (bool) and level (0 to 4); what is not named stays. Refused where a rule cannot be
    read.
    """
    proposed = _policies(snapshot, organization_id, now, add, remove, settings or {})
    log = _log(organization_id, now)
    if proposed is None:  # the organization is not published yet: nobody has asked
        return Effect(0, 0, False, log.since, [])
    other = Snapshot(snapshot.standard, snapshot.dynamic, snapshot.origins, proposed)
    changed, total = [], 0
    for key, zone, weight in log.asked:
        if not snapshot.may_ask(organization_id, zone):  # asked under an earlier subscription
            continue
        version, value = int(key[0]), int(key[1:], 16)
        total += weight
        before = decide(snapshot, zone, organization_id, version, value, now)[0]
        after = decide(other, zone, organization_id, version, value, now)[0]
        if before != after:
            changed.append((weight * log.part, key, before, after, zone))
    changed.sort(key=lambda one: (-one[0], one[1]))
    of = connections.of_questions(total * log.part, organization_id, log.since, now)
    otherwise = min(sum(one[0] for one in changed), of)
    return Effect(otherwise, of, log.estimated, log.since, _named(organization_id, changed[:TOP]))


def _log(organization_id: int, now: int) -> Log:
    """The last seven days, grouped by the database: an address that asked a thousand times is decided once."""
    log = QueryLogEntry
    begin = now - DAYS * 86400
    mine = log.organization == organization_id
    wanted = mine & (log.asked_at >= begin)
    first = log.select(fn.MIN(log.asked_at)).where(mine).scalar()
    rows, part = log.select().where(wanted).count(), 1
    while rows > part * LONGEST:
        part *= 2
    if part > 1:
        wanted &= log.id.bin_and(part - 1) == 0
    masked = fn.MAX(Case(None, [(log.address ** "%/%", 1)], 0))
    rows = (
        log.select(log.address_key, log.database, fn.SUM(log.weight), fn.MAX(log.weight), masked)
        .where(wanted)
        .group_by(log.address_key, log.database)
    )
    # Without a row's object for each: peewee takes four times as long for them as the database for the answer.
    found = database.execute(rows).fetchall()
    estimated = part > 1 or any(heaviest > 1 or network for _, _, _, heaviest, network in found)
    return Log(max(begin, first or begin), part, estimated, [(row[0], row[1], int(row[2])) for row in found])


def _named(organization_id: int, changed: Sequence[tuple[int, str, int, int, int]]) -> list[Changed]:
    """The addresses as the log writes them."""
    log = QueryLogEntry
    keys = [key for _, key, _, _, _ in changed]
    rows = log.select(log.address_key, log.address).where(
        (log.organization == organization_id) & (log.address_key << keys)
    )
    names = dict(rows.distinct().tuples())
    return [Changed(names[key], queries, *codes) for queries, key, *codes in changed]


def _policies(
    snapshot: Snapshot,
    organization_id: int,
    now: int,
    add: Sequence[Rule],
    remove: Sequence[Rule],
    settings: Mapping[str, Any],
) -> Policies | None:
    """The organization's present policies with what is proposed; None where it has none yet."""
    gone = {(action, policy.parse_value(value)[1]) for action, value in remove}
    wishes = [
        RuleDraft(organization_id, rule.action, rule.kind, rule.value)
        for rule in policy.rules(organization_id)
        if (rule.action, rule.value) not in gone and (rule.expires_at is None or now < rule.expires_at)
    ]
    wishes += [RuleDraft(organization_id, action, *policy.parse_value(value)) for action, value in add]
    present = snapshot.policies
    if organization_id >= len(present.levels):
        return None
    enabled = present.categories[organization_id]
    for slot, name in enumerate(CATEGORIES):
        if name.lower() in settings:
            enabled = enabled & ~(1 << slot) | bool(settings[name.lower()]) << slot
    level = int(settings.get("level", present.levels[organization_id]))
    return policies.of_one(organization_id, present.databases[organization_id], enabled, level, wishes)
