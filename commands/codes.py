"""`code`: the activation codes under which mail servers ask, and from where they may be used."""

from __future__ import annotations

import click

from commands import as_json, command, echo, now, organization_option, table
from reputation.customers import activation_codes, code_networks, organizations


@click.group()
def code() -> None:
    """Issue and revoke activation codes, under which mail servers ask."""


@command(code, "issue")
@organization_option
@as_json
def issue(organization: str, as_json: bool) -> None:
    """Issue one more activation code; active codes stay active."""
    customer = organizations.by_name(organization)
    made = activation_codes.issue(customer.id, now())
    value = {"organization": customer.name, "activation_code": made.dashed, "label": made.label}
    echo(value, as_json, f"{customer.name}: {made.dashed}")


@command(code, "revoke")
@click.argument("activation_code", metavar="CODE")
@as_json
def revoke(activation_code: str, as_json: bool) -> None:
    """Revoke an activation code: from now on, a query under it finds nothing listed."""
    made = activation_codes.revoke(activation_code, now())
    echo({"activation_code": made.dashed, "revoked": True}, as_json, f"Revoked {made.dashed}.")


@command(code, "networks")
@organization_option
@as_json
def list_networks(organization: str, as_json: bool) -> None:
    """List the networks from which an organization's codes may be used; without any, that is from anywhere."""
    number = organizations.by_name(organization).id
    found, warning = code_networks.networks(number), code_networks.warning(number)
    away = code_networks.turned_away_lately(number, now())
    value = {
        "networks": [{"network": one.network, "note": one.note} for one in found],
        "warning": warning,
        "turned_away": [one._asdict() for one in away],
    }
    allowed = table([(one.network, one.note) for one in found], "Its codes may be used from anywhere.")
    turned = table([("turned away", one.network or "others", f"{one.packets:,} packets") for one in away], "")
    echo(value, as_json, "\n".join(part for part in (allowed, warning, turned) if part))


@command(code, "allow")
@click.argument("network")
@organization_option
@click.option("--note", default="", help="What asks from there.")
@as_json
def allow(network: str, organization: str, note: str, as_json: bool) -> None:
    """Let an organization's codes be used from NETWORK; with the first one, from nowhere else."""
    number = organizations.by_name(organization).id
    made = code_networks.add(number, network, now(), note=note)
    _allowed(number, [made.network], as_json)


@command(code, "allow-servers")
@organization_option
@as_json
def allow_servers(organization: str, as_json: bool) -> None:
    """Let an organization's codes be used from all its valid mail servers; from nowhere else without other networks."""
    number = organizations.by_name(organization).id
    _allowed(number, code_networks.add_mail_servers(number, now()), as_json)


@command(code, "disallow")
@click.argument("network")
@organization_option
@as_json
def disallow(network: str, organization: str, as_json: bool) -> None:
    """Take NETWORK off the list; without the last one, an organization's codes may be used from anywhere."""
    number = organizations.by_name(organization).id
    gone = code_networks.remove(number, code_networks.find(number, network).id, now())
    left = code_networks.how_many(number)
    said = f"Removed {gone.network}." + ("" if left else " The codes may be used from anywhere.")
    value = {"network": gone.network, "removed": True, "left": left, "warning": code_networks.warning(number)}
    echo(value, as_json, f"{said} {code_networks.warning(number)}".rstrip())


@command(code, "anywhere")
@organization_option
@as_json
def anywhere(organization: str, as_json: bool) -> None:
    """Let an organization's codes be used from anywhere again."""
    count = code_networks.remove_all(organizations.by_name(organization).id, now())
    echo({"removed": count}, as_json, f"Removed {count} networks: the codes may be used from anywhere.")


def _allowed(organization_id: int, networks: list[str], as_json: bool) -> None:
    warning = code_networks.warning(organization_id)
    said = f"The codes may be used from {', '.join(networks)}."
    echo({"networks": networks, "warning": warning}, as_json, f"{said} {warning}".rstrip())
