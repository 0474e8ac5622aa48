"""`organization` and `user`: for whom the service answers."""

from __future__ import annotations

import sys

import click

from commands import (
    as_json,
    command,
    echo,
    fail,
    now,
    organization_option,
    table,
)
from reputation import settings
from reputation.counting import quotas as quota_use
from reputation.customers import (
    one_time_links,
    organizations,
    quotas,
    second_factor,
    users,
)
from reputation.store import audit
from reputation.verdict.subscriptions import SUBSCRIPTIONS


@click.group()
def organization() -> None:
    """Add and list organizations whose mail servers may ask."""


@command(organization, "add")
@click.argument("name")
@click.option("--subscription", type=click.Choice(SUBSCRIPTIONS), default="standard", show_default=True)
@as_json
def add_organization(name: str, subscription: str, as_json: bool) -> None:
    """Add an organization, with its first activation code."""
    customer, code = organizations.add(name, subscription, now())
    value = {
        "name": customer.name,
        "subscription": customer.subscription,
        "activation_code": code.dashed,
        "label": code.label,
    }
    echo(value, as_json, f"{customer.name} ({customer.subscription}), activation code {code.dashed}")


@command(organization, "list")
@as_json
def list_organizations(as_json: bool) -> None:
    """List all organizations."""
    found = organizations.all_organizations()
    value = [{"name": one.name, "subscription": one.subscription} for one in found]
    echo(value, as_json, table([(one.name, one.subscription) for one in found], "No organization yet."))


@command(organization, "quota", "daily_quota")
@click.argument("name")
@click.argument("quota", required=False, metavar="[NUMBER|none|usual]")
@as_json
def organization_quota(name: str, quota: str | None, as_json: bool, chosen: settings.Settings) -> None:
    """Show or choose how many connections a day (UTC) are answered for the organization NAME.

    `none` is no quota, `usual` that of the setting daily_quota.
    """
    customer, moment, usual = organizations.by_name(name), now(), chosen.daily_quota
    if quota is not None:
        quotas.choose(customer.id, quotas.read(quota), usual, moment)
    own, use = quotas.chosen(customer.id), quota_use.of(customer.id, usual, moment)
    value = {"organization": customer.name, "quota": own, "in_force": use.quota if use else None}
    value |= {"used": use.used if use else None, "over_at": use.over_at if use else None}
    used = f"; {use.used:,} used today" if use else ""
    echo(value, as_json, f"{customer.name}: {quotas.describe(own, usual)}{used}")


@click.group()
def user() -> None:
    """Add, list and reset people who log in to the portal."""


@command(user, "add")
@click.argument("email")
@organization_option
@click.option("--role", type=click.Choice(users.ROLES), default="viewer", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@as_json
def add_user(email: str, organization: str, role: str, password_stdin: bool, as_json: bool) -> None:
    """Add a person to an organization."""
    customer = organizations.by_name(organization)
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else _ask()
    user = users.add(email, customer.id, role, password, now())
    value = {"email": user.email, "organization": customer.name, "role": user.role}
    echo(value, as_json, f"{user.email}, {user.role} of {customer.name}")


@command(user, "list")
@as_json
def list_users(as_json: bool) -> None:
    """List all people, with role and organization."""
    found = users.all_users()
    value = [
        {"email": one.email, "role": one.role, "organization": one.organization.name, "active": one.active}
        for one in found
    ]
    rows = [(one.email, one.role, one.organization.name, "" if one.active else "deactivated") for one in found]
    echo(value, as_json, table(rows, "Nobody has an account yet."))


@command(user, "reset")
@click.argument("email")
@click.option("--two-step-off", is_flag=True, help="Also turn two-step login off: app and recovery codes are lost.")
@as_json
def reset_user(email: str, two_step_off: bool, as_json: bool) -> None:
    """Print a link for setting a new password, for somebody who has forgotten it. It works once, for 24 hours."""
    user = users.with_email(email)
    place = settings.read({"data": click.get_current_context().params["data"]}).public_url
    link, address = one_time_links.reset(user, now(), place)
    if two_step_off:
        second_factor.remove(user, now(), audit.COMMAND_LINE)
    echo({"email": user.email, "link": address, "expires_at": link.expires_at}, as_json, address)


def _ask() -> str:
    if not sys.stdin.isatty():
        fail("Nobody is there to type a password: pass it with --password-stdin.")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password
