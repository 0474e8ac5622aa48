"""Removal requests: a listed sender asks to be removed, follows the request by a link, and gets an answer.

The person who asks needs no account. The link is the only way to a request; only the SHA-256 of its token is stored. A
request can remove our own listings; only its publisher can remove what a published list holds, and the answer says so.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple

from reputation.addresses.address import Address, parse_address
from reputation.addresses.scored_networks import subject_of
from reputation.customers import users
from reputation.customers.token_hash import hash_token
from reputation.insight import lookup
from reputation.insight.lookup import ListedBy
from reputation.intake import listings, report_listings
from reputation.notices import outbox
from reputation.notices.channels.mail.transport import recipients
from reputation.refusal import Refused
from reputation.store import audit, db
from reputation.store.models import RemovalRequest
from reputation.verdict.snapshot import Snapshot

OPEN, ACCEPTED, DECLINED = "open", "accepted", "declined"
ANSWERED_WITHIN = 2 * 86400  # seconds
KEPT = 365 * 86400  # seconds after the answer, for whoever follows the link
LONGEST_REASON = 2000
LONGEST_ANSWER = 2000
MOST_OPEN = 1000  # so that nobody fills the table; more than a person can answer in two days

RECEIVED = """Somebody, probably you, asks to have {address} removed from the lists of {host}.

Follow the request here:
{link}

It is answered by {host} within two days. If you did not ask for this, do nothing.
"""
ARRIVED = """{email} asks to have {address} removed from our lists. Answer within two days:
{host}/installation/requests
"""
ANSWERED = """Your request to have {address} removed from our lists was {status}.

{answer}
"""
# What the letter and the page say of the outcome; what the operator wrote stands behind it.
GONE = "Our own lists no longer contain the address. A mail server's cache may keep it for another five minutes."
STILL = (
    "These published lists still contain it, and only their publishers can remove it there: {names}. "
    "It is then removed here with the next fetch."
)
NOT_OURS = "We no longer listed it ourselves."
ASK_THERE = "This service does not list {address} by itself, and cannot remove it: ask {whom}."


class RemovalRequestView(NamedTuple):
    """A removal request. `status` is open, accepted or declined; times are Unix seconds, None if not yet."""

    id: int
    address: str
    email: str
    reason: str
    status: str
    created_at: int
    due_at: int
    answered_at: int | None
    answer: str
    answered_by: str


class Standing(NamedTuple):
    """Who lists an address: `is_ours` where our own listings hold it, and the published lists that do."""

    is_ours: bool
    lists: tuple[ListedBy, ...]


class Decided(NamedTuple):
    """The result of a decision.

    `removed` is the number of own listings removed, `still` are the published lists that still hold the address.
    """

    request: RemovalRequestView
    removed: int
    still: tuple[str, ...]


def submit(snapshot: Snapshot, address: str, email: str, reason: str, now: int, place: str) -> str:
    """Request a removal; return the token of the link under which it is followed.

    `place` is the beginning of the portal's addresses. Raise Refused where the address cannot be read or is not listed,
    where only publishers of lists can remove it, or where the same person asks a second time.
    """
    parsed = _parsed(address)
    email = users.checked_email(email)
    reason = reason.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise Refused(
            f"Say what sent the mail, and what has changed since, in at most {LONGEST_REASON:,} characters: "
            "a person reads it."
        )
    if lookup.is_test(parsed):
        raise Refused(f"{parsed} is a test address: it is always listed, and is not a sender.")
    if not lookup.is_listed(snapshot, parsed, now):
        raise Refused(f"{parsed} is not listed here now, so there is nothing to remove.")
    standing = standing_of(parsed, now)
    if not standing.is_ours and lookup.is_for_publishers(standing.lists):
        raise Refused(ASK_THERE.format(address=parsed, whom=_whom(standing.lists)))
    token = secrets.token_urlsafe(24)
    with db.write():
        _check_open(str(parsed), email)
        RemovalRequest.create(
            address=str(parsed),
            email=email,
            reason=reason,
            created_at=now,
            due_at=now + ANSWERED_WITHIN,
            token_hash=hash_token(token),
        )
        told = {"address": str(parsed), "host": place, "email": email, "link": f"{place}/lookup/removal/{token}"}
        outbox.write(email, f"Removal of {parsed} requested", RECEIVED.format(**told), now)
        for operator in recipients(None):
            outbox.write(operator, f"Gatepost: removal of {parsed} requested", ARRIVED.format(**told), now)
        audit.record(None, email, f"Removal of {parsed} requested", now, after=reason)
    return token


def by_token(token: str) -> RemovalRequestView | None:
    """Return the request that a link with this token belongs to; None where the token is unknown."""
    row = RemovalRequest.get_or_none(RemovalRequest.token_hash == hash_token(token))
    return _request(row) if row else None


def open_requests() -> list[RemovalRequestView]:
    """Return the requests that wait for an answer; the one that is due first comes first."""
    return [_request(row) for row in _rows(RemovalRequest.status == OPEN).order_by(RemovalRequest.due_at)]


def answered_requests(limit: int = 100) -> list[RemovalRequestView]:
    """Return the latest answered requests, the newest first."""
    rows = _rows(RemovalRequest.status != OPEN).order_by(RemovalRequest.answered_at.desc(), RemovalRequest.id.desc())
    return [_request(row) for row in rows.limit(limit)]


def request(request_id: int) -> RemovalRequestView | None:
    """Return the request with this id, or None."""
    row = RemovalRequest.get_or_none(RemovalRequest.id == request_id)
    return _request(row) if row else None


def decide(request_id: int, status: str, answer: str, who: str, now: int) -> Decided:
    """Accept or decline a request and write to the person who asked.

    When it is accepted, our own listings that cover the address are removed. Raise Refused where it is answered
    already, where the answer is too long, where it is declined without a reason, and where it is accepted though
    published lists alone hold the address: it would stay listed.
    """
    if status not in (ACCEPTED, DECLINED):
        raise Refused(f"A request is accepted or declined, not {status!r}.")
    answer = answer.strip()
    if len(answer) > LONGEST_ANSWER:
        raise Refused(f"Write at most {LONGEST_ANSWER:,} characters.")
    if status == DECLINED and not answer:
        raise Refused("Say why: whoever asked will read it.")
    with db.write():
        row = RemovalRequest.get_or_none(RemovalRequest.id == request_id)
        if row is None:
            raise Refused("There is no such request.")
        if row.status != OPEN:
            raise Refused(f"The request for {row.address} is {row.status} already, by {row.answered_by}.")
        address = parse_address(row.address)
        lists = standing_of(address, now).lists
        removed = _remove(address, who, now) if status == ACCEPTED else 0
        if status == ACCEPTED and lists and not removed:
            raise Refused(
                f"We do not list {address} ourselves, so that it would stay listed: only {_whom(lists)} can remove it. "
                "Decline the request; the answer then says whom to ask."
            )
        still = tuple(one.name for one in lists)
        row.status, row.answered_at, row.answered_by = status, now, who
        outcome = _outcome(removed, lists) if status == ACCEPTED else _where(lists)
        row.answer = "\n\n".join(part for part in (outcome, answer) if part)
        row.save()
        letter = ANSWERED.format(address=address, status=status, answer=row.answer)
        outbox.write(row.email, f"Removal of {address} {status}", letter, now)
        audit.record(None, who, f"Removal of {address} {status}", now, before=row.reason, after=row.answer)
    return Decided(_request(row), removed, still)


def prune(now: int) -> int:
    """Remove the requests that were answered more than a year ago; return how many. Open ones stay."""
    return int(RemovalRequest.delete().where(RemovalRequest.answered_at < now - KEPT).execute())


def standing_of(address: Address, now: int) -> Standing:
    """Return who lists the address for everybody: we ourselves, published lists, or both."""
    lists = {
        holder.name: holder
        for database in ("standard", "dynamic")
        for holder in lookup.published_lists(address, database, now)
    }
    return Standing(bool(_own(address, now)), tuple(lists.values()))


def _own(address: Address, now: int) -> dict[tuple[str, str], None]:
    """Network and database of our own listings that hold the address.

    Where reports list a network around it, that is for its neighbours' sake, too: it is the sender that is let go.
    """
    subject = str(subject_of(address))
    found: dict[tuple[str, str], None] = {}
    for own in lookup.own_listings(address, now):
        is_around = own.database == "dynamic" and own.network != subject and not listings.is_by_hand(own.network, now)
        found[subject if is_around else own.network, own.database] = None
    if report_listings.stands_alone(subject, now) and "dynamic" not in [database for _, database in found]:
        found[subject, "dynamic"] = None  # what organizations' own reports list for them alone
    return found


def _remove(address: Address, who: str, now: int) -> int:
    return sum(listings.remove(network, database, now, who) for network, database in _own(address, now))


def _outcome(removed: int, lists: Sequence[ListedBy]) -> str:
    return " ".join(filter(None, [GONE if removed else NOT_OURS, _where(lists)]))


def _where(lists: Sequence[ListedBy]) -> str:
    """Which published lists hold the address, and where their publishers are asked; "" where none does."""
    return STILL.format(names=_whom(lists)) if lists else ""


def _whom(lists: Sequence[ListedBy]) -> str:
    return ", ".join(f"{one.name} ({one.page})" if one.page else one.name for one in lists)


def _check_open(address: str, email: str) -> None:
    waiting = RemovalRequest.select().where(RemovalRequest.status == OPEN)
    if waiting.where((RemovalRequest.address == address) & (RemovalRequest.email == email)).exists():
        raise Refused(f"You have asked for {address} already. The letter to {email} has the link to follow it.")
    if waiting.count() >= MOST_OPEN:
        raise Refused("Too many requests are waiting, so no more are accepted. Try again tomorrow.")


def _parsed(text: str) -> Address:
    try:
        return parse_address(text)
    except ValueError as error:
        raise Refused(f"{error}.") from None


def _rows(which: Any) -> Any:
    return RemovalRequest.select().where(which)


def _request(row: Any) -> RemovalRequestView:
    return RemovalRequestView(
        row.id,
        row.address,
        row.email,
        row.reason,
        row.status,
        row.created_at,
        row.due_at,
        row.answered_at,
        row.answer,
        row.answered_by,
    )
