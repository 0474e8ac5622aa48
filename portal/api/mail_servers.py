"""/mail-servers: the addresses from which the organization sends mail itself."""

from __future__ import annotations

from typing import Any

from flask import g

from portal.api.operations import bearer, operation
from portal.api.problems import Problem
from portal.api.schemas import MOMENT, NETWORK, NOTE, TEXT, fields, several
from portal.times import iso_or_none
from reputation.addresses.address import parse_network
from reputation.customers import mail_servers
from reputation.customers.mail_servers import ValidMailServer

SERVER = fields({"network": TEXT, "note": TEXT, "created_at": MOMENT, "is_confirmed": {"type": "boolean"}})


@operation("GET", "/mail-servers", "List valid mail servers", "read", fields({"mail_servers": several(SERVER)}))
def list_mail_servers() -> dict[str, Any]:
    """Return the servers in the order of their addresses."""
    return {"mail_servers": [_server(one) for one in mail_servers.servers(bearer().organization.id)]}


@operation(
    "POST",
    "/mail-servers",
    "Add a valid mail server",
    "mail-servers",
    SERVER,
    status=201,
    body=fields({"network": NETWORK}, {"note": {**NOTE, "default": ""}}),
    refused=409,
)
def add_mail_server(network: str, note: str) -> dict[str, Any]:
    """Add the server, and return it as it is now."""
    return _server(mail_servers.add(bearer().organization.id, network, g.now, bearer().who, note=note))


@operation(
    "DELETE",
    "/mail-servers",
    "Remove a valid mail server",
    "mail-servers",
    None,
    status=204,
    query={"network": NETWORK},
    required=("network",),
    refused=404,
)
def remove_mail_server(network: str) -> None:
    """Remove the server that is written exactly so."""
    organization = bearer().organization.id
    try:
        written = str(parse_network(network))
    except ValueError as error:
        raise Problem(404, f"{error}.") from None
    found = [one for one in mail_servers.servers(organization) if one.network == written]
    if not found:
        raise Problem(404, f"{written} is not among the valid mail servers of your organization.")
    mail_servers.remove(organization, found[0].id, g.now, bearer().who)


def _server(one: ValidMailServer) -> dict[str, Any]:
    return {
        "network": one.network,
        "note": one.note,
        "created_at": iso_or_none(one.created_at),
        "is_confirmed": one.is_confirmed,
    }
