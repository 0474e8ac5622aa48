"""The daily quota: how many connections an organization may ask about on a day (UTC), under all of its codes together.

What is counted are the connections of the hour tables, of all nodes. `follow` looks at them after each flush and keeps
for each organization whether most of the day's quota is used, and whether all of it; the publisher makes the policies
from that. It ends with its day by its date, whatever the jobs do. A restart finds it where it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from peewee import fn

from reputation.counting import connections, turned_away
from reputation.store import audit, changes, db
from reputation.store.models import Organization, QueryHour, QuotaDay
from reputation.verdict.counters import HOUR, OVER_QUOTA

DAY = 24 * HOUR
NEAR = 80  # per cent of a quota from which on people are told


class Use(NamedTuple):
    """How much of its quota an organization has used on the day that ends at `ends_at` (Unix seconds), in connections.

    `over_at` is when it was used up, None where it is not: from then on nobody is listed under its codes until the end,
    and `turned_away` counts the packets that were answered so today.
    """

    used: int
    quota: int
    ends_at: int
    over_at: int | None
    turned_away: int = 0

    @property
    def is_near(self) -> bool:
        """Tell whether most of it is used."""
        return _is_most(self.used, self.quota)


class Pressed(NamedTuple):
    """An organization that has used most of today's quota, or all of it, as the operator sees it."""

    organization_id: int
    organization: str
    quota: int
    near_at: int
    over_at: int | None


def end_of_day(now: int) -> int:
    """Return the midnight, UTC, that ends the day of `now`."""
    return now - now % DAY + DAY


def of(organization_id: int, usual: int, now: int) -> Use | None:
    """Return how much of today's quota an organization has used; None where it has no quota.

    `usual` is the installation's, for organizations without one of their own; 0 for none.
    """
    own = Organization.select(Organization.daily_quota).where(Organization.id == organization_id).scalar()
    quota = usual if own is None else int(own)
    if not quota:
        return None
    state = QuotaDay.get_or_none((QuotaDay.organization == organization_id) & _today(now))
    begins, ends = end_of_day(now) - DAY, end_of_day(now)
    used, over_at = connections.total(organization_id, begins, ends).asked, state.over_at if state else None
    packets = turned_away.total(organization_id, OVER_QUOTA, begins) if over_at else 0
    return Use(used, quota, ends, over_at, packets)


def pressed(now: int) -> list[Pressed]:
    """Return the organizations that have used most of today's quota, or all: those with all first, then by name."""
    rows = QuotaDay.select(QuotaDay, Organization).join(Organization).where(_today(now)).order_by(Organization.name)
    found = [Pressed(row.organization_id, row.organization.name, row.quota, row.near_at, row.over_at) for row in rows]
    return sorted(found, key=lambda one: one.over_at is None)


def follow(usual: int, now: int) -> str:
    """Keep who has used most of today's quota, or all of it; return a sentence where that has changed, else "".

    What is served follows at the next publishing. That a quota is used up stands in the audit log, once. What was kept
    while the clock was ahead is forgotten: it would hold until a day to come.
    """
    wanted = _wanted(usual, now)
    if wanted == _states(now) and not QuotaDay.select().where(_of_later(now)).exists():
        return ""
    with db.write():
        db.lock_for_transaction("quotas")  # of two nodes one finds it, and the other nothing new
        before, wanted = _states(now), _wanted(usual, now)
        put_back = QuotaDay.delete().where(_of_later(now)).execute()
        _keep(before, wanted, now)
        begun = [number for number in wanted if _is_over(wanted, number) and not _is_over(before, number)]
        ended = [number for number in before if _is_over(before, number) and not _is_over(wanted, number)]
        for number in begun:
            _record(number, wanted[number][0], now)
        if begun or ended or put_back:
            changes.record_change(changes.POLICIES, now)
    return f"{len(begun)} organizations have used up their daily quota." if begun else ""


def _quotas(usual: int) -> dict[int, int]:
    """The quota of each organization that has one."""
    has_one = (Organization.daily_quota > 0) | (Organization.daily_quota.is_null() if usual else False)
    rows = Organization.select(Organization.id, Organization.daily_quota).where(has_one).tuples()
    return {number: usual if own is None else own for number, own in rows}


def _wanted(usual: int, now: int) -> dict[int, tuple[int, bool]]:
    """Of who has used most of its quota: the quota, and whether all of it is used."""
    quotas = _quotas(usual)
    some = (
        [number for number, asked in _questions(now).items() if _is_most(asked, quotas.get(number, 0))]
        if quotas
        else []
    )
    used = connections.by_organization(end_of_day(now) - DAY, end_of_day(now), some) if some else {}
    return {
        number: (quotas[number], counts.asked >= quotas[number])
        for number, counts in used.items()
        if _is_most(counts.asked, quotas[number])
    }


def _questions(now: int) -> dict[int, int]:
    """How often each organization has asked today: at least as often as it had connections, and sooner added up."""
    day = (QueryHour.hour >= end_of_day(now) - DAY) & (QueryHour.hour < end_of_day(now))
    # They are named, so that the index leads to the hours of each instead of to all that were ever kept.
    rows = QueryHour.select(QueryHour.organization, fn.SUM(QueryHour.queries))
    rows = rows.where(day & QueryHour.organization.in_(Organization.select(Organization.id)))
    return {number: int(asked) for number, asked in rows.group_by(QueryHour.organization).tuples()}


def _is_most(used: int, quota: int) -> bool:
    return quota > 0 and used * 100 >= quota * NEAR


def _states(now: int) -> dict[int, tuple[int, bool]]:
    """The same as it was found before."""
    return {row.organization_id: (row.quota, row.over_at is not None) for row in QuotaDay.select().where(_today(now))}


def _is_over(states: Mapping[int, tuple[int, bool]], number: int) -> bool:
    return number in states and states[number][1]


def _keep(before: Mapping[int, tuple[int, bool]], wanted: Mapping[int, tuple[int, bool]], now: int) -> None:
    QuotaDay.delete().where(_today(now) & (QuotaDay.organization << [*(before.keys() - wanted.keys())])).execute()
    for number, (quota, is_over) in wanted.items():
        if before.get(number) == (quota, is_over):
            continue
        row = {"ends_at": end_of_day(now), "quota": quota, "over_at": now if is_over else None}
        near_at = {} if number in before else {"near_at": now}
        QuotaDay.insert(organization=number, near_at=now, **row).on_conflict(
            conflict_target=[QuotaDay.organization], update={**row, **near_at}
        ).execute()


def _record(number: int, quota: int, now: int) -> None:
    name = Organization.get_by_id(number).name
    audit.record(number, audit.SELF, f"Daily quota of {quota:,} connections used up", now)
    audit.record(None, audit.SELF, f"Daily quota of {name} used up", now, after=f"{quota:,} connections")


def _today(now: int) -> Any:
    return QuotaDay.ends_at == end_of_day(now)


def _of_later(now: int) -> Any:
    """Quotas used up on a day to come; at midnight another node's clock may be a little ahead."""
    return QuotaDay.over_at.is_null(False) & (QuotaDay.ends_at > end_of_day(now + HOUR))
