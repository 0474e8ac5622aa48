"""/code-networks: from where the organization's activation codes may be used."""

from __future__ import annotations

from typing import Any

from flask import g

from portal.api.operations import bearer, operation
from portal.api.schemas import COUNT, MOMENT, NETWORK, NOTE, TEXT, fields, several
from portal.times import iso_or_none
from reputation.counting.turned_away import TurnedAway
from reputation.customers import code_networks
from reputation.customers.code_networks import AllowedNetwork

ALLOWED = fields({"network": TEXT, "note": TEXT, "created_at": MOMENT})
AWAY = fields({"network": TEXT, "packets": COUNT, "first_at": MOMENT, "last_at": MOMENT})


@operation(
    "GET",
    "/code-networks",
    "List the networks from which the activation codes may be used; without any, from anywhere",
    "read",
    fields({"code_networks": several(ALLOWED), "warning": TEXT, "turned_away": several(AWAY)}),
)
def list_code_networks() -> dict[str, Any]:
    """Return the networks, which valid mail servers are outside, and who was turned away in the last seven days."""
    organization = bearer().organization.id
    return {
        "code_networks": [_allowed(one) for one in code_networks.networks(organization)],
        "warning": code_networks.warning(organization),
        "turned_away": [_away(one) for one in code_networks.turned_away_lately(organization, g.now)],
    }


@operation(
    "POST",
    "/code-networks",
    "Let the activation codes be used from a network; with the first one, from nowhere else",
    "code-networks",
    ALLOWED,
    status=201,
    body=fields({"network": NETWORK}, {"note": {**NOTE, "default": ""}}),
    refused=409,
)
def add_code_network(network: str, note: str) -> dict[str, Any]:
    """Add the network, and return it as it is now."""
    return _allowed(code_networks.add(bearer().organization.id, network, g.now, bearer().who, note=note))


@operation(
    "DELETE",
    "/code-networks",
    "Take a network off the list; without the last one, the activation codes may be used from anywhere",
    "code-networks",
    None,
    status=204,
    query={"network": NETWORK},
    required=("network",),
    refused=404,
)
def remove_code_network(network: str) -> None:
    """Remove the network that is written exactly so."""
    organization = bearer().organization.id
    code_networks.remove(organization, code_networks.find(organization, network).id, g.now, bearer().who)


def _allowed(one: AllowedNetwork) -> dict[str, Any]:
    return {"network": one.network, "note": one.note, "created_at": iso_or_none(one.created_at)}


def _away(one: TurnedAway) -> dict[str, Any]:
    return {
        "network": one.network,
        "packets": one.packets,
        "first_at": iso_or_none(one.first_at),
        "last_at": iso_or_none(one.last_at),
    }
