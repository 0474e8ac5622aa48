"""Administration > DNS Resolver: how a resolver finds the zone: the parent's records, and the lines for each program.

The records come from reputation/delegation.py and the lines from reputation/resolvers.py, word for word what the tests
give to real resolvers. The page holds no secret: every viewer may see it.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal.app_context import current
from reputation.delegation import HERE, Way
from reputation.intake import own_addresses
from reputation.resolvers import RESOLVERS

blueprint = Blueprint("resolver", __name__, url_prefix="/administration/dns-resolver")


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the records and the lines, for the way by which the reader's resolver asks."""
    delegation = current().delegation
    ways = delegation.ways(own_addresses.of_this_machine())
    way = chosen_way(ways)
    doors = way.doors if way else ()
    return render_template(
        "resolver/show.html",
        delegation=delegation,
        ways=ways,
        way=way,
        resolvers=[(each, each.lines(delegation.zone, doors), each.trouble(doors)) for each in RESOLVERS],
    )


def chosen_way(ways: Sequence[Way]) -> Way | None:
    """Return the way that was chosen; else the one whose address led to the portal, else the most usual one."""
    wanted = request.args.get("at", "")
    host = request.host.rpartition(":")[0].strip("[]") or request.host
    # At a loopback address, somebody may sit at the other end of a tunnel.
    of_portal = (way for way in ways if way.id != HERE and any(host == each for each, _ in way.doors))
    by_choice = (way for way in ways if way.id == wanted)
    return next(by_choice, None) or next(of_portal, None) or next(iter(ways), None)
