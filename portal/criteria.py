"""The listing criteria: how an address gets on each list and off it, for those who are listed or ask (RFC 6471 2.1.1).

The page is public. What depends on numbers is read from the tables that decide, so that the page cannot differ from
them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from portal.app_context import current
from reputation.customers import removals
from reputation.intake import agreement, escalation, estimate, feeds
from reputation.publisher.approvals import LIST
from reputation.store import health, trouble
from reputation.verdict import zones

blueprint = Blueprint("criteria", __name__, url_prefix="/criteria")


class Level(NamedTuple):
    """What a level of the dynamic database asks for, and how long it lists, in seconds after the newest spam."""

    number: int
    likely: float  # how likely the next message is spam, from which on it lists
    network_likely: float  # and from which on it lists for a network alone
    own_stay: int
    network_stay: int
    reporters: int


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the criteria."""
    served = _served()
    return render_template(
        "criteria/show.html",
        zone=current().zone,
        feeds=served,
        levels=_levels(),
        offender_stay=escalation.STAY,
        fading=(estimate.HALF_LIVES[estimate.ADDRESS], estimate.HALF_LIVES[estimate.NEAR]),
        retry=estimate.RETRY,
        answered_within=removals.ANSWERED_WITHIN,
        cached=(zones.TTL, zones.NEGATIVE_TTL),
        now=g.now,
    )


def _served() -> list[Any] | None:
    """The published lists in their order; None while the database cannot tell them: the criteria are the same."""
    try:
        found = [feed for feed in feeds.all_feeds() if feed.refreshed_at and not feed.paused and feed.purpose == LIST]
    except trouble.ERRORS as error:
        if health.tell(error, g.now) is None:
            raise
        return None
    return sorted(found, key=lambda feed: (feed.database != "standard", feed.category, feed.name.casefold()))


def _levels() -> list[Level]:
    columns = (
        estimate.THRESHOLDS,
        estimate.NETWORK_THRESHOLDS,
        estimate.OWN_STAYS,
        estimate.NETWORK_STAYS,
        agreement.in_force(),
    )
    return [Level(number, *row) for number, row in enumerate(zip(*columns, strict=True), 1)]
