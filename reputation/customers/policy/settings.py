"""Reputation Settings: which categories of the standard database count, and the level of the dynamic database."""

from __future__ import annotations

from typing import Any, NamedTuple

from reputation.refusal import Refused
from reputation.store import audit, changes, db
from reputation.store.models import Organization, ReputationSettings
from reputation.verdict.subscriptions import NOT_INCLUDED, includes
from reputation.verdict.zones import DYNAMIC, LEVEL_DEFAULT, LEVEL_HIGHEST

NO_LEVEL = f"{NOT_INCLUDED} Ask whoever runs this installation to change yours."


class Chosen(NamedTuple):
    """The settings of an organization.

    `level` is 0 to 4, and counts where the subscription includes the dynamic database.
    """

    kss: bool = True
    dul: bool = True
    etl: bool = True
    level: int = LEVEL_DEFAULT

    @property
    def categories(self) -> str:
        """Return the categories that count, as a sentence names them."""
        return ", ".join(name.upper() for name in ("kss", "dul", "etl") if getattr(self, name)) or "none"


def chosen(organization_id: int) -> Chosen:
    """Return the organization's settings, or the defaults where it has chosen nothing."""
    row = ReputationSettings.get_or_none(ReputationSettings.organization == organization_id)
    return Chosen(row.kss, row.dul, row.etl, row.level) if row else Chosen()


def choose_categories(organization_id: int, kss: bool, dul: bool, etl: bool, now: int, who: str) -> Chosen:
    """Choose which categories of the standard database count; return the settings as they were before."""
    return _choose(organization_id, {"kss": kss, "dul": dul, "etl": etl}, now, who)


def choose_level(organization_id: int, level: int, now: int, who: str) -> Chosen:
    """Choose the level of the dynamic database; return the settings as they were before.

    Raise Refused where the level is out of range or the subscription does not include the database.
    """
    if not 0 <= level <= LEVEL_HIGHEST:
        raise Refused(f"The level is a number from 0 to {LEVEL_HIGHEST}.")
    if not includes(Organization.get_by_id(organization_id).subscription, DYNAMIC):
        raise Refused(NO_LEVEL)
    return _choose(organization_id, {"level": level}, now, who)


def _choose(organization_id: int, wanted: dict[str, Any], now: int, who: str) -> Chosen:
    with db.write():
        ReputationSettings.insert(organization=organization_id).on_conflict_ignore().execute()
        before = chosen(organization_id)
        after = before._replace(**wanted)
        if after != before:
            ReputationSettings.update(**wanted).where(ReputationSettings.organization == organization_id).execute()
            audit.record(organization_id, who, "Reputation Settings changed", now, _told(before), _told(after))
            changes.record_change(changes.POLICIES, now)
    return before


def _told(one: Chosen) -> str:
    return f"categories {one.categories}; level {one.level}"
