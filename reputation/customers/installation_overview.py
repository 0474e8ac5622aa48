"""All organizations side by side, for the operator: their people, codes and queries. It changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from peewee import Asc, Desc, fn

from reputation.counting import connections
from reputation.counting.connections import Counts
from reputation.customers import activation_codes
from reputation.insight.day_summary import span
from reputation.store.models import (
    ActivationCode,
    LastAsked,
    MailServer,
    Organization,
    SenderRule,
    User,
)
from reputation.store.search import containing

STATES = ("active", "replaced", "ended", "revoked")
COLUMNS = ("name", "subscription", "people", "codes", "queries", "asked")


class Overview(NamedTuple):
    """One organization.

    `codes` counts those that are answered now; `queries` are those of the last 24 hours, as on General.
    """

    id: int
    name: str
    subscription: str
    created_at: int
    people: int
    codes: int
    queries: int
    last_asked_at: int | None


class Owns(NamedTuple):
    """How many rules and mail servers one organization has."""

    rules: int
    mail_servers: int


class CodeState(NamedTuple):
    """A code as the operator sees it: never the whole code.

    `state` is active, replaced (it is still answered), ended or revoked. The last query is that of the organization,
    under any of its codes.
    """

    id: int
    organization_id: int
    organization: str
    masked: str
    state: str
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    last_asked_at: int | None


class OrganizationFilter(NamedTuple):
    """Which organizations, and in which order: `search` is a part of a name, `sort` is one of COLUMNS."""

    search: str = ""
    sort: str = "name"
    descending: bool = False


def page(wanted: OrganizationFilter, first: int, count: int, now: int) -> tuple[list[Overview], int]:
    """Return `count` matching organizations from number `first` on, and the number of all that match."""
    which = containing(wanted.search, Organization.name) if wanted.search else Organization.id.is_null(False)
    if wanted.sort == "queries":
        some, names = Organization.select(Organization.id).where(which), [fn.LOWER(Organization.name)]
        queries = connections.in_order(*span(now), some, names, first, count, wanted.descending)
    else:
        numbers = [number for (number,) in _sorted(wanted, which, now).offset(first).limit(count).tuples()]
        counts = connections.by_organization(*span(now), numbers)
        queries = {number: counts.get(number, Counts()).asked for number in numbers}
    found = {row.id: row for row in _overviews(queries, now)}
    return [found[number] for number in queries], Organization.select().where(which).count()


def _sorted(wanted: OrganizationFilter, which: Any, now: int) -> Any:
    """The numbers of organizations, in order of what stands in tables; then of their names."""
    people = User.select(fn.COUNT(User.id)).where((User.organization == Organization.id) & User.active)
    codes = ActivationCode.select(fn.COUNT(ActivationCode.id))
    codes = codes.where((ActivationCode.organization == Organization.id) & _answered(now))
    asked = LastAsked.select(LastAsked.last_at).where(LastAsked.organization == Organization.id)
    columns: dict[str, list[Any]] = {
        "name": [],
        "subscription": [Organization.subscription],
        "people": [people],
        "codes": [codes],
        "asked": [fn.COALESCE(asked, 0)],
    }
    rows = Organization.select(Organization.id).where(which)
    order = [*columns[wanted.sort], fn.LOWER(Organization.name), Organization.id]
    return rows.order_by(*map(Desc if wanted.descending else Asc, order))


def _overviews(queries: Mapping[int, int], now: int) -> list[Overview]:
    """Of these organizations alone, whose queries are known."""
    numbers = list(queries)
    people = _counted(User, User.active & (User.organization << numbers))
    codes = _counted(ActivationCode, _answered(now) & (ActivationCode.organization << numbers))
    asked = dict(
        LastAsked.select(LastAsked.organization, LastAsked.last_at).where(LastAsked.organization << numbers).tuples()
    )
    return [
        Overview(
            row.id, row.name, row.subscription, row.created_at, people.get(row.id, 0), codes.get(row.id, 0),
            queries[row.id], asked.get(row.id),
        )
        for row in Organization.select().where(Organization.id << numbers)
    ]  # fmt: skip


def owns(organization_id: int) -> Owns:
    """Count what the organization has made."""
    return Owns(
        SenderRule.select().where(SenderRule.organization == organization_id).count(),
        MailServer.select().where(MailServer.organization == organization_id).count(),
    )


def codes(now: int, organization_id: int | None = None) -> list[CodeState]:
    """Return all codes, grouped by organization, the newest of each first."""
    asked = dict(LastAsked.select(LastAsked.organization, LastAsked.last_at).tuples())
    rows = ActivationCode.select(ActivationCode, Organization).join(Organization)
    if organization_id is not None:
        rows = rows.where(ActivationCode.organization == organization_id)
    ordered = rows.order_by(fn.LOWER(Organization.name), ActivationCode.id.desc())
    return [_seen(row, asked.get(row.organization_id), now) for row in ordered]


def codes_page(
    first: int,
    count: int,
    now: int,
    organization_id: int | None = None,
    state: str = "",
    order: str = "organization",
    search: str = "",
) -> tuple[list[CodeState], int]:
    """Return `count` codes from number `first` on, and the number of all that match.

    They are those of one organization or of all, in one state or in any; `search` is a part of the organization's name.
    `order` is `organization` or `created`; a `-` before it reverses the order.
    """
    which = ActivationCode.id.is_null(False)
    if organization_id is not None:
        which &= ActivationCode.organization == organization_id
    if state:
        which &= _in_state(now)[state]
    if search:
        which &= containing(search, Organization.name)
    rows = ActivationCode.select(ActivationCode, Organization).join(Organization).where(which)
    name, newest = fn.LOWER(Organization.name), ActivationCode.id.desc()
    orders: dict[str, list[Any]] = {
        "organization": [name.asc(), newest],
        "-organization": [name.desc(), newest],
        "created": [ActivationCode.created_at.asc(), ActivationCode.id.asc()],
        "-created": [ActivationCode.created_at.desc(), newest],
    }
    found = list(rows.order_by(*orders[order]).offset(first).limit(count))
    owners = sorted({row.organization_id for row in found})
    asked = dict(
        LastAsked.select(LastAsked.organization, LastAsked.last_at).where(LastAsked.organization << owners).tuples()
    )
    return [_seen(row, asked.get(row.organization_id), now) for row in found], rows.count()


def code(code_id: int, now: int) -> CodeState | None:
    """Return one code, or None."""
    rows = ActivationCode.select(ActivationCode, Organization).join(Organization)
    row = rows.where(ActivationCode.id == code_id).first()
    if row is None:
        return None
    asked = LastAsked.get_or_none(LastAsked.organization == row.organization_id)
    return _seen(row, asked.last_at if asked else None, now)


def _seen(row: ActivationCode, last_asked_at: int | None, now: int) -> CodeState:
    return CodeState(
        row.id, row.organization_id, row.organization.name, activation_codes.masked(row.label), _state(row, now),
        row.created_at, row.expires_at, row.revoked_at, last_asked_at,
    )  # fmt: skip


def _answered(now: int) -> Any:
    goes_on = ActivationCode.expires_at.is_null() | (ActivationCode.expires_at > now)
    return ActivationCode.revoked_at.is_null() & goes_on


def _in_state(now: int) -> dict[str, Any]:
    """For each of STATES the rows that are in it, as `_state` tells of one."""
    is_replaced = ActivationCode.replaced_at.is_null(False)
    return {
        "active": _answered(now) & ~is_replaced,
        "replaced": _answered(now) & is_replaced,
        "ended": ActivationCode.revoked_at.is_null() & (ActivationCode.expires_at <= now),
        "revoked": ActivationCode.revoked_at.is_null(False),
    }


def _state(row: ActivationCode, now: int) -> str:
    if row.revoked_at is not None:
        return "revoked"
    if row.expires_at is not None and row.expires_at <= now:
        return "ended"
    return "active" if row.replaced_at is None else "replaced"


def _counted(table: Any, which: Any) -> dict[int, int]:
    rows = table.select(table.organization, fn.COUNT(table.id)).where(which).group_by(table.organization)
    return dict(rows.tuples())
