"""/quota: how much of the day's quota the organization has used."""

from __future__ import annotations

from typing import Any

from flask import g

from portal.api.operations import bearer, operation
from portal.api.schemas import COUNT, MOMENT, fields, maybe
from portal.app_context import current
from portal.times import iso_or_none
from reputation.counting import quotas

QUOTA = fields(
    {
        "quota": maybe(COUNT),
        "used": maybe(COUNT),
        "ends_at": maybe(MOMENT),
        "over_at": maybe(MOMENT),
        "turned_away": COUNT,
    }
)


@operation("GET", "/quota", "Read how much of today's quota is used, in connections", "read", QUOTA)
def get_quota() -> dict[str, Any]:
    """Return today's use of the quota, which the operator chooses; null where the organization has none."""
    use = quotas.of(bearer().organization.id, current().daily_quota, g.now)
    return {
        "quota": use.quota if use else None,
        "used": use.used if use else None,
        "ends_at": iso_or_none(use.ends_at) if use else None,
        "over_at": iso_or_none(use.over_at) if use and use.over_at else None,
        "turned_away": use.turned_away if use else 0,
    }
