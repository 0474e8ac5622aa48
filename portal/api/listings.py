"""/listings: the installation's own listings. Everybody may read them; the operator's tokens change them."""

from __future__ import annotations

from typing import Any

from flask import g

from portal.api.operations import bearer, operation
from portal.api.schemas import CATEGORY, CONFIRM, COUNT, DATABASE, MOMENT, NETWORK, PLAIN, TEXT, fields, number, several
from portal.times import iso_or_none
from reputation.intake import listing_search, listings
from reputation.intake.listing_search import ListingFilter
from reputation.intake.listings import LONGEST_REASON, OwnListing

DAY = 86400
LISTING = fields(
    {
        "network": TEXT,
        "database": DATABASE,
        "category": TEXT,
        "reason": TEXT,
        "source": TEXT,
        "created_at": MOMENT,
        "expires_at": MOMENT,
    }
)


@operation(
    "GET",
    "/listings",
    "List the installation's own listings, without those of feeds",
    "read",
    fields({"total": COUNT, "listings": several(LISTING)}),
    query={"offset": number(0, 10_000_000, 0), "limit": number(1, 1000, 100)},
)
def list_listings(offset: int, limit: int) -> dict[str, Any]:
    """Return a page of the listings, the newest first."""
    found, total = listing_search.find(ListingFilter(), offset, limit, g.now)
    return {"total": total, "listings": [_listing(one) for one in found]}


@operation(
    "POST",
    "/listings",
    "List a network, or give a listing a new end and reason",
    "listings",
    LISTING,
    status=201,
    body=fields(
        {
            "network": NETWORK,
            "database": DATABASE,
            "category": CATEGORY,
            "duration": {"type": "integer", "minimum": 60, "maximum": 366 * DAY, "description": "Seconds."},
            "reason": {"type": "string", "pattern": PLAIN, "minLength": 1, "maxLength": LONGEST_REASON},
        },
        {"confirm": CONFIRM},
    ),
    refused=409,
)
def add_listing(network: str, database: str, category: str, duration: int, reason: str, confirm: str) -> dict[str, Any]:
    """List the network, and return the listing as it is now."""
    return _listing(listings.add(network, database, category, duration, reason, g.now, bearer().who, confirm))


@operation(
    "DELETE",
    "/listings",
    "Remove the installation's own listings of a network",
    "listings",
    None,
    status=204,
    query={"network": NETWORK, "database": DATABASE},
    required=("network", "database"),
    refused=404,
)
def remove_listing(network: str, database: str) -> None:
    """Remove the listings of the network from one database."""
    listings.remove(network, database, g.now, bearer().who)


def _listing(one: OwnListing) -> dict[str, Any]:
    plain = {name: getattr(one, name) for name in ("network", "database", "category", "reason", "source")}
    return {**plain, "created_at": iso_or_none(one.created_at), "expires_at": iso_or_none(one.expires_at)}
