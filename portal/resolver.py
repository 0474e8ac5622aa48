"""Administration > DNS Resolver: how a resolver finds the zone: the parent's records, and the lines for each program.

The records come from reputation/delegation.py and the lines from reputation/resolvers.py, word for word what the tests
give to real resolvers. The page holds no secret: every viewer may see it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal.app_context import current
from portal.auth import signed_in_user
from reputation.delegation import HERE, Delegation, Way
from reputation.intake import own_addresses
from reputation.resolvers import RESOLVERS

blueprint = Blueprint("resolver", __name__, url_prefix="/administration/dns-resolver")


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the records and the lines, for the way by which the reader's resolver asks."""
    delegation = current().delegation
    ways = ways_of_reader(delegation)
    way = chosen_way(ways)
    doors = way.doors if way else ()
    return render_template(
        "resolver/show.html",
        delegation=delegation,
        ways=ways,
        way=way,
        resolvers=[(each, each.lines(delegation.zone, doors), each.trouble(doors)) for each in RESOLVERS],
        is_operator=signed_in_user().is_operator,
    )


def ways_of_reader(delegation: Delegation) -> list[Way]:
    """Return the ways that the reader may take: customers are not told the inner addresses of this machine."""
    own = own_addresses.of_this_machine()
    if signed_in_user().is_operator:
        return delegation.ways(own)
    host = _host()
    known = [each for each in own if each == host or ipaddress.ip_address(each).is_global]
    return [way for way in delegation.ways(known) if way.id != HERE or delegation.is_for_this_machine]


def chosen_way(ways: Sequence[Way]) -> Way | None:
    """Return the way that was chosen; else the one whose address led to the portal, else the most usual one."""
    wanted, host = request.args.get("at", ""), _host()
    # At a loopback address, somebody may sit at the other end of a tunnel.
    of_portal = (way for way in ways if way.id != HERE and any(host == each for each, _ in way.doors))
    by_choice = (way for way in ways if way.id == wanted)
    return next(by_choice, None) or next(of_portal, None) or next(iter(ways), None)


def _host() -> str:
    """The host under which the portal was asked, an IPv6 address without its brackets."""
    return (request.host.rpartition(":")[0] or request.host).strip("[]")
