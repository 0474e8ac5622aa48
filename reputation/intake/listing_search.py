"""Searches our own listings for a page of a table: by address, network or reason. It changes nothing."""

from __future__ import annotations

from typing import Any, NamedTuple

from reputation.addresses.address import BITS, Address, parse_network
from reputation.addresses.scored_networks import around
from reputation.intake.listings import OwnListing
from reputation.store.models import Listing

SOURCES = {"hand": "By hand", "reports": "By spam reports"}
COLUMNS = ("network", "database", "category", "created", "until")
ORDERS: dict[str, Any] = {
    "network": Listing.network,
    "database": Listing.database,
    "category": Listing.category,
    "created": Listing.created_at,
    "until": Listing.expires_at,
}


class ListingFilter(NamedTuple):
    """Which listings are wanted.

    `search` is an address (finds what lists it), a network, or a part of a reason; the others are exact, or empty for
    any.
    """

    search: str = ""
    database: str = ""
    category: str = ""
    source: str = ""
    sort: str = "created"
    descending: bool = True


def find(wanted: ListingFilter, first: int, count: int, now: int) -> tuple[list[OwnListing], int]:
    """Return `count` of the listings that are served, from number `first` on, and the number of all that match."""
    which = Listing.expires_at > now
    for column in ("database", "category", "source"):
        if getattr(wanted, column):
            which &= getattr(Listing, column) == getattr(wanted, column)
    if wanted.search:
        which &= _holding(wanted.search)
    order = ORDERS[wanted.sort].desc() if wanted.descending else ORDERS[wanted.sort].asc()
    rows = Listing.select().where(which)
    page = rows.order_by(order, Listing.id.desc()).offset(first).limit(count)
    return [OwnListing.of(row) for row in page], rows.count()


def find_one(listing_id: int, now: int) -> OwnListing | None:
    """Return the listing with this id where it is served, otherwise None."""
    row = Listing.get_or_none((Listing.id == listing_id) & (Listing.expires_at > now))
    return OwnListing.of(row) if row else None


def _holding(search: str) -> Any:
    """What lists an address or all of a network; of anything else, the reasons that hold it."""
    try:
        network = parse_network(search)
    except ValueError:
        return Listing.reason.contains(search) | Listing.network.startswith(search)
    address = Address(network.version, network.first)
    wider = [str(around(address, prefix)) for prefix in range(min(network.prefix, BITS[network.version]) + 1)]
    return Listing.network << wider
