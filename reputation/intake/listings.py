"""Our own listings, which are made by hand (others come from reports).

It owns the rows, but not the ranges of feeds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from reputation.addresses.address import Network, parse_network
from reputation.durations import LONGEST
from reputation.intake import (
    forgiving,
    guards,
    listing_history,
    network_listings,
    reach,
    report_listings,
    sender_scores,
)
from reputation.intake.listing_history import (
    ENDED,
    EXTENDED,
    HAND,
    LISTED,
    REMOVED,
    REPORTS,
    HistoryEvent,
)
from reputation.intake.report_listings import drop
from reputation.refusal import Refused
from reputation.store import audit, changes, db
from reputation.store.models import Listing
from reputation.verdict.zones import CATEGORIES, DATABASE_NAMES, SLOTS

LONGEST_REASON = 400
A_NOTE = 100  # networks that one line of the audit log names
KEY = [Listing.database, Listing.network, Listing.category, Listing.source]
FIELDS = [*KEY, Listing.reason, Listing.created_at, Listing.expires_at,
          *(getattr(Listing, f"level{level}_until") for level in range(1, SLOTS + 1))]  # fmt: skip


class NewListing(NamedTuple):
    """One of many listings to be made; it ends at `expires_at`, in Unix seconds."""

    network: str
    reason: str
    expires_at: int


class OwnListing(NamedTuple):
    """One of our own listings; `expires_at` is the second from which it is no longer served."""

    id: int
    network: str
    database: str
    category: str
    reason: str
    source: str
    created_at: int
    expires_at: int

    @classmethod
    def of(cls, row: Listing) -> OwnListing:
        """Make it from a row."""
        return cls(*(getattr(row, name) for name in cls._fields))


def add(
    network: str,
    database: str,
    category: str,
    duration: int,
    reason: str,
    now: int,
    who: str = audit.COMMAND_LINE,
    confirm: str = "",
) -> OwnListing:
    """List a network for `duration` seconds; the same listing again gets a new end and reason.

    Raise Refused where the network is reserved or a value is not allowed, and Unconfirmed where it reaches so far
    (reach.py) that `confirm` has to repeat it.
    """
    parsed = _network(network)
    _check(database, category, duration, reason)
    reach.require_listing(parsed, database, category, confirm, now)
    until = now + duration
    levels = {f"level{level}_until": until if database == "dynamic" else 0 for level in range(1, SLOTS + 1)}
    values = {"reason": reason, "created_at": now, "expires_at": until, **levels}
    with db.write():
        what = EXTENDED if _stands(database, str(parsed), category.upper(), now) else LISTED
        written = Listing.insert(
            database=database, network=str(parsed), category=category.upper(), source=HAND, **values
        ).on_conflict(conflict_target=KEY, update=values)
        [(number,)] = written.returning(Listing.id).tuples()
        listing_history.note([HistoryEvent(database, str(parsed), category.upper(), what, now, until, reason, HAND)])
        audit.record(None, who, f"Listed {parsed} in the {database} database", now, after=reason)
        changes.record_listings([(database, str(parsed))], now)
    return OwnListing(number, str(parsed), database, category.upper(), reason, HAND, now, until)


def add_many(
    wanted: Iterable[NewListing], database: str, category: str, now: int, who: str = audit.COMMAND_LINE
) -> int:
    """List many networks in one transaction; return how many. What is confirmed for one is not done for many at once.

    Raise Refused where one of them cannot be listed, and Unconfirmed, whose `word` is that network, where it reaches so
    far that it has to be listed by itself.
    """
    rows = [(_network(one.network), one) for one in wanted]
    for _, one in rows:
        _check(database, category, one.expires_at - now, one.reason)
    reach.require_listings([network for network, _ in rows], database, now)
    with db.write():
        stand = _standing(database, category, now)
        db.write_rows(FIELDS, [_row(database, category, str(network), one, now) for network, one in rows], KEY)
        listing_history.note(
            HistoryEvent(database, str(network), category.upper(), EXTENDED if str(network) in stand else LISTED, now,
                         one.expires_at, one.reason, HAND)
            for network, one in rows
        )  # fmt: skip
        for at in range(0, len(rows), A_NOTE):
            some = [str(network) for network, _ in rows[at : at + A_NOTE]]
            audit.record(None, who, f"Listed {len(some)} in the {database} database", now, after=", ".join(some))
        changes.record_listings([(database, str(network)) for network, _ in rows], now)
    return len(rows)


def _row(database: str, category: str, network: str, one: NewListing, now: int) -> tuple[Any, ...]:
    levels = [one.expires_at if database == "dynamic" else 0] * SLOTS
    return (database, network, category.upper(), HAND, one.reason, now, one.expires_at, *levels)


def _standing(database: str, category: str, now: int) -> set[str]:
    """What is listed by hand now."""
    there = (Listing.database == database) & (Listing.category == category.upper()) & (Listing.source == HAND)
    rows = Listing.select(Listing.network).where(there & (Listing.expires_at > now))
    return {network for (network,) in rows.tuples()}


def remove(network: str, database: str, now: int, who: str = audit.COMMAND_LINE) -> int:
    """Remove a network's own listings from a database; return how many. Raise Refused where there is none.

    What reports have told about its senders is forgotten too; otherwise the next report would list all of them again.
    A single sender that reports list for its networks passes from now on, which counts as one.
    """
    parsed = _network(network)
    with db.write():
        db.lock_for_transaction(sender_scores.TURN)  # or a report at this moment writes back what is forgotten
        is_let_pass = database == "dynamic" and forgiving.is_listed_for_networks(parsed, now)
        forgiven = forgiving.forgive(parsed, now) if database == "dynamic" else []
        by_reports = (Listing.source == REPORTS) & (Listing.network << forgiven)
        removed = drop((Listing.database == database) & ((Listing.network == str(parsed)) | by_reports), now, REMOVED)
        removed += report_listings.drop_alone(forgiven, now)
        if database == "dynamic":
            forgiving.review(parsed, now)
        if not removed and not is_let_pass:
            raise Refused(
                f"{parsed} is not among our own listings of the {database} database; feeds are not changed here."
            )
        audit.record(None, who, f"Removed {parsed} from the {database} database", now)
    return removed + is_let_pass


def sweep(now: int) -> int:
    """Remove the rows that have ended; return how many.

    They were no longer served: this only cleans up, and so nothing is published for it.
    """
    with db.write():
        db.lock_for_transaction(sender_scores.TURN)
        changes.prune_listing_changes(now)
        ended = drop(Listing.expires_at <= now, now, ENDED) + report_listings.sweep_alone(now)
        return ended + network_listings.sweep_passes(now)


def is_by_hand(network: str, now: int) -> bool:
    """Tell whether a person has listed this network in the dynamic database."""
    return _stands("dynamic", network, None, now)


def _stands(database: str, network: str, category: str | None, now: int) -> bool:
    """Whether such a listing by hand is served now; of any category for None."""
    there = (Listing.database == database) & (Listing.network == network)
    if category is not None:
        there &= Listing.category == category
    return bool(Listing.select().where(there & (Listing.source == HAND) & (Listing.expires_at > now)).exists())


def all_listings(now: int) -> list[OwnListing]:
    """Return our own listings that are served now, the newest first."""
    rows = Listing.select().where(Listing.expires_at > now).order_by(Listing.created_at.desc(), Listing.id.desc())
    return [OwnListing.of(row) for row in rows]


def _network(text: str) -> Network:
    try:
        network = parse_network(text)
    except ValueError as error:
        raise Refused(f"{error}.") from None
    fault = guards.unlistable(network)
    if fault:
        raise Refused(fault)
    return network


def _check(database: str, category: str, duration: int, reason: str) -> None:
    if database not in DATABASE_NAMES:
        raise Refused(f"There is no database {database!r}: write standard or dynamic.")
    if category.upper() not in CATEGORIES:
        raise Refused(f"There is no category {category!r}: write KSS, DUL or ETL.")
    fault = stay_fault(duration)
    if fault:
        raise Refused(fault)
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise Refused(f"A listing needs a reason of at most {LONGEST_REASON} characters: its sender will read it.")


def stay_fault(duration: int) -> str:
    """Explain why a listing cannot stay for `duration` seconds; return "" where it can."""
    if duration <= 0:
        return "A listing needs a stay above zero, such as 12h."
    if duration > LONGEST:  # a snapshot holds its end in 32 bits: one that does not fit would stop every publication
        return "A listing stays for at most ten years: write a shorter time, such as 30d, and list it again then."
    return ""


def take_back(listing_id: int, now: int, who: str) -> OwnListing:
    """Remove one listing that was made by hand, and no other of its network. Raise Refused where it is gone."""
    with db.write():
        row = Listing.get_or_none((Listing.id == listing_id) & (Listing.source == HAND))
        if row is None:
            raise Refused("This listing is gone already: reload the page.")
        drop(Listing.id == listing_id, now, REMOVED)
        audit.record(None, who, f"Removed {row.network} from the {row.database} database", now, before=row.reason)
    return OwnListing.of(row)
