"""`server` and `protect`: whom no evidence lists, by an organization's confirmed word or the operator's."""

from __future__ import annotations

from typing import Any

import click

from commands import as_json, command, echo, format_time, now, organization_option, table
from reputation.customers import mail_servers, server_proof
from reputation.customers.mail_servers import ClaimedServer
from reputation.customers.reverse_names import ReverseNames, ask_confirmed
from reputation.customers.server_proof import ServerProof
from reputation.intake import origins, protected_senders
from reputation.intake.protected_senders import Protected
from reputation.intake.txt_records import TxtRecords
from reputation.publisher import Publisher
from reputation.verdict.live import Live

ALL = 10_000  # more than are read by anybody
PATIENCE = 5.0  # seconds for the names of all servers
SHOWN = 12  # networks of a protected sender


@click.group()
def server() -> None:
    """List valid mail servers of organizations, and confirm that they are."""


@command(server, "list")
@click.option("--confirmed", is_flag=True, help="Those that are confirmed, instead of those that wait.")
@as_json
def list_servers(confirmed: bool, as_json: bool) -> None:
    """List the valid mail servers that wait to be confirmed, with what is known of each."""
    found, _ = mail_servers.claimed(confirmed, 0, ALL)
    live = Live()
    Publisher(live, origins.seed, origins.unpack, "").catch_up(now())
    assert live.current is not None
    known = server_proof.proofs(found, live.current.origins, now())
    addresses = [address for one in known.values() for address in one.addresses]
    names, led_back = (ReverseNames(*ask).find(addresses, PATIENCE) if found else {} for ask in ((), (ask_confirmed,)))
    told = [(one, known[one.server.id], _names(known[one.server.id], names, led_back)) for one in found]
    rows = [
        (one.server.network, one.organization, _seen(proof), name or "no name", one.server.note)
        for one, proof, name in told
    ]
    none = "No mail server is confirmed." if confirmed else "No mail server waits to be confirmed."
    echo([_json(*one) for one in told], as_json, table(rows, none))


@command(server, "confirm")
@organization_option
@click.argument("network")
@as_json
def confirm(organization: str, network: str, as_json: bool) -> None:
    """Confirm that NETWORK is the organization's: feeds and others' reports leave it out from now on."""
    one = mail_servers.find_claimed(organization, network).server
    _told(mail_servers.confirm(one.id, one.network, now()), as_json, "is confirmed")


@command(server, "withdraw")
@organization_option
@click.argument("network")
@as_json
def withdraw(organization: str, network: str, as_json: bool) -> None:
    """Withdraw the confirmation of NETWORK: its own organization's reports alone leave it out."""
    one = mail_servers.find_claimed(organization, network).server
    _told(mail_servers.withdraw_confirmation(one.id, one.network, now()), as_json, "is no longer confirmed")


@click.group()
def protect() -> None:
    """Protect senders, such as great mail providers, from being listed by evidence."""


@command(protect, "add")
@click.argument("sender", metavar="DOMAIN|NETWORK")
@as_json
def add(sender: str, as_json: bool) -> None:
    """Protect a network, or a mail provider by its domain, whose SPF record is looked up at once and then daily."""
    made = protected_senders.add(sender, now())
    if made.kind == protected_senders.DOMAIN:
        made = protected_senders.refresh(made.name, now(), TxtRecords())
    echo(_protected(made), as_json, f"{made.name} is protected: {_networks(made)}")


@command(protect, "list")
@as_json
def list_protected(as_json: bool) -> None:
    """List the protected senders."""
    found = protected_senders.all_protected()
    rows = [(one.name, _networks(one)) for one in found]
    echo([_protected(one) for one in found], as_json, table(rows, "No sender is protected: see `protect add --help`."))


@command(protect, "remove")
@click.argument("sender", metavar="DOMAIN|NETWORK")
@as_json
def remove(sender: str, as_json: bool) -> None:
    """Protect a sender no longer."""
    gone = protected_senders.remove(sender, now())
    echo({"name": gone.name, "removed": True}, as_json, f"{gone.name} is no longer protected.")


@command(protect, "refresh")
@click.argument("domains", metavar="[DOMAIN]...", nargs=-1)
@as_json
def refresh(domains: tuple[str, ...], as_json: bool) -> None:
    """Look the networks of DOMAIN up now; without one, those of all protected domains."""
    records = TxtRecords()
    if domains:
        done = [protected_senders.refresh(domain, now(), records) for domain in domains]
    else:
        named = [one.name for one in protected_senders.all_protected() if one.kind == protected_senders.DOMAIN]
        done = protected_senders.refresh_each(named, now(), records)
    rows = [(one.name, _networks(one)) for one in done]
    echo([_protected(one) for one in done], as_json, table(rows, "No domain is protected."))


def _told(one: ClaimedServer, as_json: bool, what: str) -> None:
    value = {
        "organization": one.organization,
        "network": one.server.network,
        "confirmed_at": one.server.confirmed_at,
        "confirmed_by": one.confirmed_by,
    }
    echo(value, as_json, f"{one.server.network} of {one.organization} {what}.")


def _names(proof: ServerProof, names: dict[str, str], led_back: dict[str, str]) -> str:
    """The names of a server's addresses, each with whether it leads back."""
    return ", ".join(
        f"{names[address]} ({'leads back' if led_back.get(address) else 'does not lead back'})"
        for address in proof.addresses
        if names.get(address)
    )


def _seen(proof: ServerProof) -> str:
    isp = f"AS{proof.asn} {proof.isp}" if proof.asn else "ISP unknown"
    return f"{isp}; asked about {proof.connections}, delivered {proof.delivered}, reported {proof.reports}"


def _json(one: ClaimedServer, proof: ServerProof, names: str) -> dict[str, Any]:
    return {
        "organization": one.organization,
        "network": one.server.network,
        "note": one.server.note,
        "confirmed_at": one.server.confirmed_at,
        "confirmed_by": one.confirmed_by,
        "names": names,
        **proof._asdict(),
    }


def _networks(one: Protected) -> str:
    """The networks of a protected sender, how old they are, and what is wrong with them."""
    if one.kind == protected_senders.NETWORK:
        return "a network"
    more = f" and {len(one.networks) - SHOWN} more" if len(one.networks) > SHOWN else ""
    shown = ", ".join(one.networks[:SHOWN]) or "no network yet"
    at = f", of {format_time(one.refreshed_at)}" if one.refreshed_at else ""
    return f"{shown}{more}{at}{f'. {one.problem}' if one.problem else ''}"


def _protected(one: Protected) -> dict[str, Any]:
    return one._asdict() | {"networks": list(one.networks)}
