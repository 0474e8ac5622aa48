"""What this installation's databases hold about an address, without any policy: what a sender may ask about itself.

The decision is `decide`, the same that DNS answers with, asked for one category or level at a time; the tables add who
lists the address and since when. Which trap was hit and who reported is not told: it would help spammers to avoid them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from reputation.addresses.address import (
    BITS,
    Address,
    Network,
    parse_network,
)
from reputation.addresses.scored_networks import around
from reputation.intake.feeds.catalogue import BY_SOURCE
from reputation.publisher.approvals import LIST, approved
from reputation.publisher.damaged_lists import readable
from reputation.publisher.live_lists import LiveList, live_lists
from reputation.publisher.stored_lists import METADATA
from reputation.store.models import Feed, FeedRevision, Listing
from reputation.verdict.decision import decide
from reputation.verdict.rules import OriginRules, Rules
from reputation.verdict.snapshot import Layer, Policies, Snapshot, expanded
from reputation.verdict.subscriptions import database_bits
from reputation.verdict.zones import CATEGORIES, DATABASE_NAMES, DYNAMIC, FOREVER, SLOTS, STANDARD

OURSELVES = ""  # the name of who lists where it is no published list

# Four who ask, none with a rule: each has one category enabled (the last one none) and one level of 1 to 4.
NOBODY = Policies(
    databases=(database_bits("advanced"),) * SLOTS,
    categories=(1, 2, 4, 0),
    levels=(1, 2, 3, 4),
    rules=Rules(from4=(0,) * (SLOTS + 1), from6=(0,) * (SLOTS + 1)),
    origin_rules=OriginRules(from_asn=(0,) * (SLOTS + 1)),
    has_origin_rules=(0,) * SLOTS,
)


class ListedBy(NamedTuple):
    """Who lists an address: the name of a published list, or OURSELVES; times are Unix seconds.

    `is_exact` is False where it may have been listed before the time that is remembered; `until` is None without an
    end. `reason` is that of our own listing; the reason of a published list is in `Found`. `publisher` and `page` say
    whom to ask and where, for a list of the catalogue; of others only the operator knows.
    """

    name: str
    since: int
    is_exact: bool
    until: int | None
    reason: str = ""
    publisher: str = ""
    page: str = ""


class LookupResult(NamedTuple):
    """One database or category that lists the address.

    `level` is the lowest level that does so in the dynamic database.
    """

    database: str
    category: str
    level: int
    code: str
    reason: str
    until: int | None
    holders: tuple[ListedBy, ...]


class CoveringListing(NamedTuple):
    """One of our own listings that covers the address."""

    network: str
    database: str
    category: str
    reason: str
    created_at: int
    expires_at: int


def look_up(snapshot: Snapshot, address: Address, now: int) -> list[LookupResult]:
    """Return everything that lists the address now, the most serious first; empty for an unlisted or a test address."""
    own = own_listings(address, now)
    listed = served(snapshot, address, now)
    return [found._replace(holders=_held_by(snapshot, found, address, own, now)) for found in listed]


def served(snapshot: Snapshot, address: Address, now: int) -> list[LookupResult]:
    """Return the same without who lists it and since when. It reads no table."""
    standard = (_category(snapshot, slot, address, now) for slot in range(len(CATEGORIES)))
    return [found for found in (*standard, _dynamic(snapshot, address, now)) if found]


def is_for_publishers(holders: Iterable[ListedBy]) -> bool:
    """Tell whether the publishers of lists alone can remove an address, and a sender can be led to each of them."""
    found = list(holders)
    return bool(found) and all(one.page for one in found)


def is_listed(snapshot: Snapshot, address: Address, now: int) -> bool:
    """Tell whether anything lists the address now. It reads no table."""
    seen = _seen_by_nobody(snapshot)
    asked = ((database, organization) for database in (STANDARD, DYNAMIC) for organization in range(SLOTS))
    return not is_test(address) and any(decide(seen, *one, *address, now).code for one in asked)


def is_test(address: Address) -> bool:
    """Tell whether the address is in 127/8, whose answers are always the same and mean no sender."""
    return address.version == 4 and address.value >> 24 == 127


def own_listings(address: Address, now: int) -> list[CoveringListing]:
    """Return our own listings that cover the address and are served now, the smallest network first."""
    rows = Listing.select().where((Listing.network << _networks_around(address)) & (Listing.expires_at > now))
    found = [
        CoveringListing(row.network, row.database, row.category, row.reason, row.created_at, row.expires_at)
        for row in rows.order_by(Listing.id)
    ]
    return sorted(found, key=lambda own: -parse_network(own.network).prefix)


def published_lists(address: Address, database: str, now: int, category: str = "") -> list[ListedBy]:
    """Return the feeds that list the address now: none where a list of good senders covers it, or its list has ended.

    It unpacks those that may list it: of the standard database those whose live list does, of the dynamic one all,
    since what an older fetch held is served until its stay has ended.
    """
    network = parse_network(str(address))
    if approved().touches(network):
        return []
    chosen = (Feed.database == database) & (Feed.purpose == LIST) & ~Feed.paused
    if category:
        chosen &= Feed.category == category
    if database == DATABASE_NAMES[STANDARD]:
        chosen &= Feed.id << [one.feed for one in live_lists(now, (LIST,)) if _holds(one, address)]
    rows = Feed.select().where(chosen).order_by(Feed.name)
    return [holder for feed in rows if (holder := _holder(feed, network, now))]


def _holds(one: LiveList, address: Address) -> bool:
    return one.database == DATABASE_NAMES[STANDARD] and bool(one.members.holds(address.version, [address.value])[0])


def _category(snapshot: Snapshot, slot: int, address: Address, now: int) -> LookupResult | None:
    made = decide(_seen_by_nobody(snapshot), STANDARD, slot, *address, now)
    if not made.code or is_test(address):
        return None
    reason = expanded(made.reason, address)
    return LookupResult("standard", CATEGORIES[slot], 0, f"127.0.0.{made.code}", reason, _end(made.until), ())


def _dynamic(snapshot: Snapshot, address: Address, now: int) -> LookupResult | None:
    seen = _seen_by_nobody(snapshot)
    made = [decide(seen, DYNAMIC, organization, *address, now) for organization in range(SLOTS)]
    levels = [level for level, one in enumerate(made, 1) if one.code]
    if not levels or is_test(address):
        return None
    longest = max((made[level - 1] for level in levels), key=lambda one: one.until)
    reason = expanded(longest.reason, address)
    return LookupResult("dynamic", "", levels[0], f"127.0.0.{longest.code}", reason, _end(longest.until), ())


def _held_by(
    snapshot: Snapshot, found: LookupResult, address: Address, own: list[CoveringListing], now: int
) -> tuple[ListedBy, ...]:
    """Who lists what was found."""
    is_dynamic = found.database == DATABASE_NAMES[DYNAMIC]
    mine = [one for one in own if one.database == found.database and (is_dynamic or one.category == found.category)]
    feeds = (snapshot.dynamic if is_dynamic else snapshot.standard).feeds
    return _holders(feeds, address, found.database, found.category, mine, now)


def _seen_by_nobody(snapshot: Snapshot) -> Snapshot:
    # Those who ask here have the numbers of organizations: what is listed for one of these alone is left out.
    standard, dynamic = (one.for_everybody() for one in (snapshot.standard, snapshot.dynamic))
    return Snapshot(standard, dynamic, snapshot.origins, NOBODY, snapshot.serial)


def _holders(
    feeds: Layer, address: Address, database: str, category: str, own: list[CoveringListing], now: int
) -> tuple[ListedBy, ...]:
    ours = [ListedBy(OURSELVES, one.created_at, True, one.expires_at, one.reason) for one in own]
    lists = published_lists(address, database, now, category) if feeds.at(address, now) else []
    return (*ours, *lists)


def _holder(feed: Any, network: Network, now: int) -> ListedBy | None:
    """The feed as one that lists the network; None where it does not. Goes back through what is kept of it."""
    holding: list[Any] = []
    for revision in _served(feed):
        stored = readable(revision)
        if stored is None:
            continue  # it is damaged, or gone: another one is in use in its place
        if not stored.ranges.touches(network):
            if holding:
                return _since(feed, holding, True, now)
            if feed.database == "standard":
                return None
            continue  # the dynamic database still serves what an older fetch held, until its stay has ended
        holding.append(revision)
    return _since(feed, holding, False, now) if holding else None


def _served(feed: Any) -> Iterator[Any]:
    """The revisions that were or are served, the newest first, without their content."""
    chosen = FeedRevision.select(*METADATA).where((FeedRevision.feed == feed) & (FeedRevision.state << ("live", "old")))
    yield from chosen.order_by(FeedRevision.id.desc())


def _since(feed: Any, holding: list[Any], is_exact: bool, now: int) -> ListedBy | None:
    # The standard database serves the newest alone, the dynamic one each to its own end.
    served = holding if feed.database == "dynamic" else holding[:1]
    until = max(_until(feed, revision) for revision in served)
    if until <= now:
        return None
    known = BY_SOURCE.get(feed.source)
    whom = (known.publisher, known.where_to_ask) if known else ("", "")
    return ListedBy(feed.name, holding[-1].fetched_at, is_exact, _end(until), "", *whom)


def _until(feed: Any, revision: Any) -> int:
    """The end of what a revision lists, as the publisher of the layers has it."""
    ends = revision.ends_at or FOREVER
    return min(ends, revision.seen_at + feed.duration) if feed.database == "dynamic" else ends


def _end(until: int) -> int | None:
    return None if until == FOREVER else until


def _networks_around(address: Address) -> list[str]:
    """Every network that holds the address, as the table writes them."""
    return [str(around(address, prefix)) for prefix in range(BITS[address.version] + 1)]
