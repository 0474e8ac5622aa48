"""Which daily quota an organization has: the operator chooses it. reputation/counting/quotas.py says what is used."""

from __future__ import annotations

from reputation.counting import quotas
from reputation.refusal import Refused
from reputation.settings import LONGEST_NUMBER
from reputation.store import audit, db
from reputation.store.models import Organization

USUAL, NONE = "usual", "none"  # as people write that the setting counts, and that there is no quota


def read(text: str) -> int | None:
    """Read a quota as people write it: connections a day, `none` (0), or `usual` or nothing (None: the setting's).

    Raise Refused where it is none of these.
    """
    word = text.strip().lower()
    if word in ("", USUAL):
        return None
    digits = word.replace(",", "")
    if word == NONE:
        return 0
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= LONGEST_NUMBER):
        raise Refused(
            f"A daily quota is a number of connections of at most {LONGEST_NUMBER} digits, {NONE}, or {USUAL} for that "
            "of the installation."
        )
    return int(digits)


def describe(quota: int | None, usual: int) -> str:
    """Write a quota as people read it. `usual` is the installation's, 0 for none."""
    if quota is None:
        return f"as for all: {describe(usual, usual)}"
    return f"{quota:,} connections a day" if quota else NONE


def chosen(organization_id: int) -> int | None:
    """Return the organization's own quota: connections a day, 0 for none, or None for the installation's."""
    own = Organization.get_by_id(organization_id).daily_quota
    return None if own is None else int(own)


def choose(organization_id: int, quota: int | None, usual: int, now: int, who: str = audit.COMMAND_LINE) -> None:
    """Choose an organization's quota, as `read` returns it; today's connections count.

    Whose quota was used up and is no longer is answered from the next packet on.
    """
    with db.write():
        before = chosen(organization_id)
        if before == quota:
            return
        Organization.update(daily_quota=quota).where(Organization.id == organization_id).execute()
        told = (describe(before, usual), describe(quota, usual))
        audit.record(organization_id, who, "Daily quota changed", now, *told)
        quotas.follow(usual, now)
