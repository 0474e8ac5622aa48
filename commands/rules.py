"""`rule` and `listing`: what an organization decides for itself, and what is listed by hand."""

from __future__ import annotations

import click

from commands import (
    Duration,
    as_json,
    command,
    confirm_option,
    echo,
    format_time,
    now,
    organization_option,
    table,
)
from reputation.customers import organizations, policy
from reputation.intake import listings, protected_senders
from reputation.verdict.zones import CATEGORIES, DATABASE_NAMES

database_option = click.option("--database", "which", type=click.Choice(DATABASE_NAMES), required=True)


@click.group()
def rule() -> None:
    """Add, list and remove approved and blocked senders of an organization."""


@command(rule, "add")
@organization_option
@click.option("--note", default="", help="Why, for whoever reads the rule later.")
@click.option("--for", "duration", type=Duration(), help="How long, such as 12h or 7d; without it the rule has no end.")
@confirm_option
@click.argument("action", type=click.Choice(policy.ACTIONS))
@click.argument("value")
@as_json
def add_rule(
    organization: str, note: str, duration: int | None, confirm: str, action: str, value: str, as_json: bool
) -> None:
    """Approve or block VALUE: an address, a CIDR, country:XX or isp:AS64500."""
    began = now()
    end = None if duration is None else began + duration
    customer = organizations.by_name(organization).id
    made = policy.add_rule(customer, action, value, began, note=note, expires_at=end, confirm=confirm)
    told = {"action": made.action, "value": made.value, "expires_at": made.expires_at}
    echo(told, as_json, f"{made.action} {made.value}{until(made.expires_at)}")


@command(rule, "remove")
@organization_option
@click.argument("action", type=click.Choice(policy.ACTIONS))
@click.argument("value")
@as_json
def remove_rule(organization: str, action: str, value: str, as_json: bool) -> None:
    """Remove a rule."""
    gone = policy.remove_rule(organizations.by_name(organization).id, action, value, now())
    echo({"action": gone.action, "value": gone.value, "removed": True}, as_json, f"Removed {gone.action} {gone.value}.")


@command(rule, "list")
@organization_option
@as_json
def list_rules(organization: str, as_json: bool) -> None:
    """List the rules of an organization."""
    found = policy.rules(organizations.by_name(organization).id)
    value = [
        {"action": one.action, "value": one.value, "note": one.note, "expires_at": one.expires_at} for one in found
    ]
    rows = [(one.action, one.value, until(one.expires_at).strip() or "no end", one.note) for one in found]
    echo(value, as_json, table(rows, "No rule yet."))


@click.group()
def listing() -> None:
    """Add, list and remove this installation's own listings, made by hand."""


@command(listing, "add")
@click.argument("network")
@database_option
@click.option("--category", type=click.Choice(CATEGORIES, case_sensitive=False), default="KSS", show_default=True)
@click.option(
    "--for", "duration", type=Duration(), default="12h", show_default=True, help="How long, such as 30m or 12h."
)
@click.option("--reason", required=True, help="Why; the refused sender reads it.")
@confirm_option
@as_json
def add_listing(
    network: str, which: str, category: str, duration: int, reason: str, confirm: str, as_json: bool
) -> None:
    """List a network for a time."""
    made = listings.add(network, which, category, duration, reason, now(), confirm=confirm)
    echo(
        made._asdict(),
        as_json,
        f"{made.network} is listed in the {made.database} database until {format_time(made.expires_at)}. "
        f"{protected_senders.warning(made.network)}".rstrip(),
    )


@command(listing, "remove")
@click.argument("network")
@database_option
@as_json
def remove_listing(network: str, which: str, as_json: bool) -> None:
    """Remove the installation's own listings of a network from a database."""
    removed = listings.remove(network, which, now())
    echo({"network": network, "removed": removed}, as_json, f"Removed {network} from the {which} database.")


@command(listing, "list")
@as_json
def list_listings(as_json: bool) -> None:
    """List the installation's own listings that are served."""
    found = listings.all_listings(now())
    rows = [(one.network, one.database, one.category, format_time(one.expires_at), one.reason) for one in found]
    echo([one._asdict() for one in found], as_json, table(rows, "No own listing."))


def until(end: int | None) -> str:
    """Write the end of a rule as it follows what the rule says; "" for none."""
    return "" if end is None else f" until {format_time(end)}"
