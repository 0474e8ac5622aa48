"""Code networks: from where an organization's activation codes may be used. Without any, that is from anywhere.

From elsewhere a code is answered as one that nobody has, so that a code that became known to others is worth nothing.
What is compared is the address that asks us: that of the mail server's resolver, where one stands between.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from peewee import IntegrityError, fn

from reputation.addresses.address import Network, parse_network
from reputation.counting import turned_away
from reputation.counting.turned_away import TurnedAway
from reputation.customers.policy.sort_keys import network_keys
from reputation.refusal import Refused
from reputation.store import audit, changes, db
from reputation.store.models import CodeNetwork, MailServer
from reputation.store.search import containing
from reputation.verdict.counters import ELSEWHERE

WIDEST = 8  # the prefix: 10.0.0.0/8 is one house, and hardly anything wider is
LONGEST_NOTE = 200
MOST = 1000  # of one organization: all valid mail servers that it may have, and as many others
FULL = f"An organization has at most {MOST} code networks: write neighbours as one network."
NAMED = 5  # networks in a sentence
DAYS = 7  # for which it is shown who was turned away
DAY = 86400
# By what a list is sorted first; then by the addresses.
ORDERS: dict[str, list[Any]] = {
    "network": [],
    "note": [fn.LOWER(CodeNetwork.note)],
    "added": [CodeNetwork.created_at],
}


class AllowedNetwork(NamedTuple):
    """A network that may use the codes; `network` is an address or a CIDR in its canonical form."""

    id: int
    network: str
    note: str
    created_at: int


class NetworkFilter(NamedTuple):
    """Which networks, and in which order: `search` is a part of a network or a note, `sort` is one of ORDERS."""

    search: str = ""
    sort: str = "network"
    descending: bool = False


def networks(organization_id: int) -> list[AllowedNetwork]:
    """Return the organization's networks in the order of their addresses, IPv4 first."""
    rows = _mine(organization_id).order_by(CodeNetwork.first_key, CodeNetwork.end_key)
    return [_allowed(row) for row in rows]


def page(organization_id: int, wanted: NetworkFilter, first: int, count: int) -> tuple[list[AllowedNetwork], int]:
    """Return `count` matching networks from number `first` on, and the number of all that match."""
    rows = _mine(organization_id)
    if wanted.search:
        rows = rows.where(containing(wanted.search, CodeNetwork.network, CodeNetwork.note))
    order = [*ORDERS[wanted.sort], CodeNetwork.first_key, CodeNetwork.end_key, CodeNetwork.id]
    page_of = rows.order_by(*(one.desc() if wanted.descending else one.asc() for one in order))
    return [_allowed(row) for row in page_of.offset(first).limit(count)], rows.count()


def how_many(organization_id: int) -> int:
    """Count the organization's networks; 0 where its codes may be used from anywhere."""
    return int(_mine(organization_id).count())


def find(organization_id: int, network: str) -> AllowedNetwork:
    """Return the organization's network that is written so. Raise Refused where it has none such."""
    written = _parsed(network)
    row = _mine(organization_id).where(CodeNetwork.network == str(written)).first()
    if row is None:
        raise Refused(f"{written} is not among the networks that may use your activation codes.")
    return _allowed(row)


def add(organization_id: int, network: str, now: int, who: str = audit.COMMAND_LINE, note: str = "") -> AllowedNetwork:
    """Let the codes be used from a network; with the first one, from nowhere else. Raise Refused."""
    written, note = _checked(network), _checked_note(note)
    try:
        with db.write():
            _check_room(organization_id, 1)
            row = CodeNetwork.create(**_row(organization_id, written, note, now))
            audit.record(organization_id, who, f"Activation codes may be used from {written}", now, after=note)
            changes.record_change(changes.POLICIES, now)
    except IntegrityError:
        raise Refused(f"{written} is among the networks that may use your activation codes already.") from None
    return _allowed(row)


def add_mail_servers(organization_id: int, now: int, who: str = audit.COMMAND_LINE) -> list[str]:
    """Let the codes be used from all valid mail servers of the organization; return those that are new.

    Raise Refused where it has named none, or all are there.
    """
    with db.write():
        new = [row.network for row in _not_on_the_list(organization_id)]
        if not _servers(organization_id).exists():
            raise Refused("You have named no valid mail server yet: add them on Valid Mail Servers first.")
        if not new:
            raise Refused("All your valid mail servers are among these networks already.")
        _check_room(organization_id, len(new))
        for network in new:
            CodeNetwork.create(**_row(organization_id, parse_network(network), "valid mail server", now))
        what = "Activation codes may be used from the valid mail servers"
        audit.record(organization_id, who, what, now, after=", ".join(new))
        changes.record_change(changes.POLICIES, now)
    return new


def remove(organization_id: int, network_id: int, now: int, who: str = audit.COMMAND_LINE) -> AllowedNetwork:
    """Take a network off the list and return it; without the last one the codes may be used from anywhere.

    Raise Refused where the organization has none such.
    """
    with db.write():
        row = _mine(organization_id).where(CodeNetwork.id == network_id).first()
        if row is None:
            raise Refused("There is no such network: reload the page to see the present ones.")
        row.delete_instance()
        after = "" if how_many(organization_id) else "from anywhere"
        what = f"Activation codes may no longer be used from {row.network}"
        audit.record(organization_id, who, what, now, row.note, after)
        changes.record_change(changes.POLICIES, now)
    return _allowed(row)


def remove_all(organization_id: int, now: int, who: str = audit.COMMAND_LINE) -> int:
    """Let the codes be used from anywhere again; return how many networks were on the list.

    Raise Refused where there is none.
    """
    with db.write():
        before = [one.network for one in networks(organization_id)]
        if not before:
            raise Refused("Your activation codes may be used from anywhere already.")
        CodeNetwork.delete().where(CodeNetwork.organization == organization_id).execute()
        audit.record(organization_id, who, "Activation codes may be used from anywhere", now, before=", ".join(before))
        changes.record_change(changes.POLICIES, now)
    return len(before)


def servers_to_add(organization_id: int) -> int:
    """Count the valid mail servers that are not on the list as they are written."""
    return int(_not_on_the_list(organization_id).count())


def warning(organization_id: int) -> str:
    """Return which valid mail servers cannot ask from their own addresses, as a sentence; "" where all can."""
    if not how_many(organization_id):
        return ""
    servers, outside = _servers(organization_id), _outside(organization_id)
    count = outside.count()
    if not count:
        return ""
    some = ", ".join(row.network for row in outside.limit(NAMED)) + (
        f" and {count - NAMED} more" if count > NAMED else ""
    )
    means = "They find nothing listed, unless they ask through a resolver whose address is on the list."
    if count == servers.count():
        return f"None of your valid mail servers ({some}) is in these networks. {means}"
    return f"{count} of your {servers.count()} valid mail servers are outside these networks: {some}. {means}"


def turned_away_lately(organization_id: int, now: int) -> list[TurnedAway]:
    """Return from which networks the codes were used in the last days without being allowed to, the busiest first."""
    return turned_away.networks(organization_id, ELSEWHERE, now - DAYS * DAY)


def _mine(organization_id: int) -> Any:
    return CodeNetwork.select().where(CodeNetwork.organization == organization_id)


def _servers(organization_id: int) -> Any:
    rows = MailServer.select(MailServer.network).where(MailServer.organization == organization_id)
    return rows.order_by(MailServer.first_key, MailServer.end_key)


def _not_on_the_list(organization_id: int) -> Any:
    there = CodeNetwork.select(CodeNetwork.network).where(CodeNetwork.organization == organization_id)
    return _servers(organization_id).where(MailServer.network.not_in(there))


def _outside(organization_id: int) -> Any:
    """The valid mail servers that share no address with a network of the list: none is around them, and none inside."""
    mine = CodeNetwork.select().where(CodeNetwork.organization == organization_id)
    server, one = MailServer, CodeNetwork
    inside = mine.where((one.first_key >= server.first_key) & (one.first_key < server.end_key))
    around = mine.where((one.first_key <= server.first_key) & (one.end_key >= server.end_key))
    return _servers(organization_id).where(~fn.EXISTS(inside) & ~fn.EXISTS(around))


def _check_room(organization_id: int, more: int) -> None:
    if how_many(organization_id) + more > MOST:
        raise Refused(FULL)


def _parsed(text: str) -> Network:
    try:
        return parse_network(text)
    except ValueError as error:
        raise Refused(f"{error}.") from None


def _checked(text: str) -> Network:
    network = _parsed(text)
    if network.prefix < WIDEST:
        raise Refused(
            f"{network} is wider than /{WIDEST}: write smaller networks. Where the codes may be used from anywhere, "
            "leave the list empty."
        )
    return network


def _checked_note(note: str) -> str:
    note = " ".join(note.split())
    if len(note) > LONGEST_NOTE:
        raise Refused(f"A note has at most {LONGEST_NOTE} characters.")
    return note


def _row(organization_id: int, network: Network, note: str, now: int) -> dict[str, Any]:
    first, end = network_keys(network)
    return {
        "organization": organization_id,
        "network": str(network),
        "note": note,
        "created_at": now,
        "first_key": first,
        "end_key": end,
    }


def _allowed(row: Any) -> AllowedNetwork:
    return AllowedNetwork(row.id, row.network, row.note, row.created_at)
