"""Organizations: the customers, with their subscriptions. It owns no people and no policy."""

from __future__ import annotations

from typing import NamedTuple

from peewee import IntegrityError, fn

from reputation.customers import activation_codes
from reputation.refusal import Refused
from reputation.store import audit, changes, db
from reputation.store.models import ActivationCode, Organization, QueryLogEntry, ReputationSettings, User
from reputation.store.search import containing
from reputation.verdict.subscriptions import SUBSCRIPTIONS, includes
from reputation.verdict.zones import DYNAMIC

ROWS_AT_ONCE = 20_000  # of a query log, removed in one transaction


class Customer(NamedTuple):
    """One organization. `id` is its number in a snapshot, too."""

    id: int
    name: str
    subscription: str
    created_at: int

    @property
    def includes_dynamic(self) -> bool:
        """Tell whether the subscription includes the dynamic database."""
        return includes(self.subscription, DYNAMIC)


def add(
    name: str, subscription: str, now: int, who: str = audit.COMMAND_LINE
) -> tuple[Customer, activation_codes.Code]:
    """Add an organization with its first activation code. Raise Refused where the name is taken or empty."""
    name = _checked_name(name)
    _check_subscription(subscription)
    try:
        with db.write():
            row = Organization.create(name=name, subscription=subscription, created_at=now)
            ReputationSettings.create(organization=row)
            audit.record(row.id, who, f"Organization {name} added", now, after=subscription)
            code = activation_codes.issue(row.id, now, who)
    except IntegrityError:
        raise Refused(f"There is already an organization named {name!r}: choose another name.") from None
    return _customer(row), code


def by_name(name: str) -> Customer:
    """Return the organization with this name. Raise Refused where there is none."""
    row = Organization.get_or_none(Organization.name == " ".join(name.split()))
    if row is None:
        known = ", ".join(some_names(10)) or "none yet: add one with `organization add`"
        raise Refused(f"There is no organization named {name!r}. Known: {known}.")
    return _customer(row)


def all_organizations() -> list[Customer]:
    """Return all organizations, sorted by name."""
    return [_customer(row) for row in Organization.select().order_by(Organization.name)]


def some_names(count: int, words: str = "") -> list[str]:
    """Return the names of at most `count` organizations, sorted; with `words`, of those whose names contain them."""
    rows = Organization.select(Organization.name).order_by(fn.LOWER(Organization.name), Organization.id).limit(count)
    if words:
        rows = rows.where(containing(words, Organization.name))
    return [name for (name,) in rows.tuples()]


def change_subscription(organization_id: int, subscription: str, now: int, who: str) -> None:
    """Change the subscription to standard or advanced, from the next packet on. Raise Refused."""
    _check_subscription(subscription)
    with db.write():
        before = Organization.get_by_id(organization_id).subscription
        Organization.update(subscription=subscription).where(Organization.id == organization_id).execute()
        audit.record(organization_id, who, "Subscription changed", now, before, subscription)
        changes.record_change(changes.POLICIES, now)


def by_id(organization_id: int) -> Customer | None:
    """Return the organization with this id, or None."""
    row = Organization.get_or_none(Organization.id == organization_id)
    return _customer(row) if row else None


def rename(organization_id: int, name: str, now: int, who: str) -> Customer:
    """Rename an organization. Raise Refused where the name is taken or empty."""
    name = _checked_name(name)
    try:
        with db.write():
            row = Organization.get_by_id(organization_id)
            before, row.name = row.name, name
            row.save()
            audit.record(organization_id, who, "Organization renamed", now, before, name)
    except IntegrityError:
        raise Refused(f"There is already an organization named {name!r}: choose another name.") from None
    return _customer(row)


def remove(organization_id: int, typed: str, now: int, who: str) -> Customer:
    """Remove an organization with everything that it owns; its codes are unknown from the next packet on.

    Raise Refused where `typed` is not its exact name, or where no operator of the installation would be left.
    """
    # With all of what comes in: who only looks an organization up does not wait for it.
    from reputation.intake import feeds, sender_scores

    row = Organization.get_by_id(organization_id)
    if " ".join(typed.split()) != row.name:
        raise Refused(f"Type the name {row.name} as it is, so that no other organization is removed by mistake.")
    operators = (User.role == "operator") & User.active & (User.organization != organization_id)
    if not User.select().where(operators).exists():
        raise Refused(f"Everybody who runs this installation belongs to {row.name}: it cannot be removed.")
    # A million rows in one go would keep every other writer waiting for seconds; nobody asks under its codes meanwhile.
    with db.write():
        ActivationCode.delete().where(ActivationCode.organization == organization_id).execute()
        audit.record(None, who, f"Organization {row.name}: activation codes removed", now)
        changes.record_change(changes.POLICIES, now)
    while _some_rows_of_its_log(organization_id):
        pass
    with db.write():
        db.lock_for_transaction(sender_scores.TURN)  # its own reports go with it
        row.delete_instance()
        feeds.read_anew()  # with the organization goes what the operator has confirmed of it
        audit.record(None, who, f"Organization {row.name} removed", now, before=row.subscription)
        changes.record_change(changes.POLICIES, now)
        changes.record_change(changes.LISTINGS, now)  # another one may get its number
    return _customer(row)


def _some_rows_of_its_log(organization_id: int) -> int:
    log = QueryLogEntry
    some = log.select(log.id).where(log.organization == organization_id).limit(ROWS_AT_ONCE)
    with db.write():
        return int(log.delete().where(log.id << some).execute())


def _check_subscription(name: str) -> None:
    if name not in SUBSCRIPTIONS:
        raise Refused(f"There is no subscription {name!r}: choose {' or '.join(SUBSCRIPTIONS)}.")


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= 200:
        raise Refused("An organization needs a name of at most 200 characters.")
    return name


def _customer(row: Organization) -> Customer:
    return Customer(row.id, row.name, row.subscription, row.created_at)
