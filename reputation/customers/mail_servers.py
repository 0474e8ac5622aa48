"""Valid mail servers: the addresses from which an organization sends its own mail.

An organization's own reports never list them, and the Botnet Report and botnet activity are about them. Feeds and
others' reports leave out those alone that the operator has confirmed, after a look at the proof (server_proof.py):
whoever names a network as its own says nothing that counts for others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from peewee import IntegrityError, fn

from reputation.addresses.address import Network, parse_network
from reputation.addresses.reserved import reserved_part
from reputation.customers.policy.sort_keys import network_keys
from reputation.insight import evidence
from reputation.intake import feeds
from reputation.refusal import Refused
from reputation.store import audit, db
from reputation.store.models import MailServer, Organization
from reputation.store.search import containing
from reputation.verdict.snapshot import Snapshot

WIDEST = {4: 20, 6: 48}  # prefixes: 4096 addresses, or the network of one site (RFC 6177)
LONGEST_NOTE = 200
MOST = 500  # of one organization
FULL = f"An organization has at most {MOST} valid mail servers: write neighbours as one network."
# By what a list is sorted first; then by the addresses.
ORDERS: dict[str, list[Any]] = {"address": [], "note": [fn.LOWER(MailServer.note)], "added": [MailServer.created_at]}


class ValidMailServer(NamedTuple):
    """One valid mail server; `network` is an address or a CIDR in its canonical form."""

    id: int
    network: str
    note: str
    created_at: int
    confirmed_at: int | None = None  # when the operator confirmed it, in Unix seconds

    @property
    def is_confirmed(self) -> bool:
        """Tell whether the operator has confirmed it."""
        return self.confirmed_at is not None

    @property
    def is_one_address(self) -> bool:
        """Tell whether it is a single address and not a network."""
        return "/" not in self.network


class ClaimedServer(NamedTuple):
    """A valid mail server as the operator sees it: whose it is, and whether and by whom it was confirmed."""

    server: ValidMailServer
    organization: str
    confirmed_by: str


class ServerFilter(NamedTuple):
    """Which servers, and in which order: `search` is a part of an address or a note, `sort` is one of ORDERS."""

    search: str = ""
    sort: str = "address"
    descending: bool = False


def servers(organization_id: int) -> list[ValidMailServer]:
    """Return the organization's servers in the order of their addresses, IPv4 first."""
    rows = MailServer.select().where(MailServer.organization == organization_id)
    return sorted((_server(row) for row in rows), key=lambda one: parse_network(one.network))


def page(organization_id: int, wanted: ServerFilter, first: int, count: int) -> tuple[list[ValidMailServer], int]:
    """Return `count` matching servers of the organization from number `first` on, and the number of all that match."""
    which = MailServer.organization == organization_id
    if wanted.search:
        which &= containing(wanted.search, MailServer.network, MailServer.note)
    rows = MailServer.select().where(which)
    order = [*ORDERS[wanted.sort], MailServer.first_key, MailServer.end_key, MailServer.id]
    page_of = rows.order_by(*(one.desc() if wanted.descending else one.asc() for one in order))
    return [_server(row) for row in page_of.offset(first).limit(count)], rows.count()


def how_many(organization_id: int) -> int:
    """Count the organization's servers."""
    return int(MailServer.select().where(MailServer.organization == organization_id).count())


def server(organization_id: int, server_id: int) -> ValidMailServer | None:
    """Return one of the organization's servers, or None where it has none such."""
    row = _row(organization_id, server_id)
    return _server(row) if row else None


def add(organization_id: int, network: str, now: int, who: str = audit.COMMAND_LINE, note: str = "") -> ValidMailServer:
    """Add a server. Raise Refused where it cannot be one or is there already."""
    written, note = _checked(network), _checked_note(note)
    if how_many(organization_id) >= MOST:
        raise Refused(FULL)
    try:
        with db.write():
            row = MailServer.create(
                organization=organization_id, network=written, note=note, created_at=now, **_keys(written)
            )
            audit.record(organization_id, who, f"Valid mail server {written} added", now, after=note)
    except IntegrityError:
        raise Refused(f"{written} is among your valid mail servers already.") from None
    return _server(row)


def change(
    organization_id: int, server_id: int, network: str, note: str, now: int, who: str = audit.COMMAND_LINE
) -> tuple[ValidMailServer, ValidMailServer]:
    """Change a server's address and note; return the server before and after.

    Another address withdraws the operator's confirmation. Raise Refused where a value is not allowed or there is no
    such server.
    """
    written, note = _checked(network), _checked_note(note)
    row = _row(organization_id, server_id)
    if row is None:
        raise Refused("There is no such mail server: reload the page to see the present ones.")
    before = _server(row)
    try:
        with db.write():
            if written != row.network:
                _forget_confirmation(row)
            row.network, row.note = written, note
            row.first_key, row.end_key = _keys(written).values()
            row.save()
            what = f"Valid mail server {before.network} changed"
            audit.record(organization_id, who, what, now, _told(before), _told(_server(row)))
    except IntegrityError:
        raise Refused(f"{written} is among your valid mail servers already.") from None
    return before, _server(row)


def remove(organization_id: int, server_id: int, now: int, who: str = audit.COMMAND_LINE) -> ValidMailServer:
    """Remove a server and return it. Raise Refused where the organization has none such."""
    with db.write():
        row = _row(organization_id, server_id)
        if row is None:
            raise Refused("There is no such mail server: reload the page to see the present ones.")
        _forget_confirmation(row)
        row.delete_instance()
        audit.record(organization_id, who, f"Valid mail server {row.network} removed", now, before=row.note)
    return _server(row)


def claimed(confirmed: bool, first: int, count: int) -> tuple[list[ClaimedServer], int]:
    """Return `count` servers of all organizations from number `first` on, and how many there are.

    They are those that the operator has confirmed, or those that wait for it, the oldest first.
    """
    rows = MailServer.select(MailServer, Organization).join(Organization)
    rows = rows.where(MailServer.confirmed_at.is_null(not confirmed)).order_by(MailServer.created_at, MailServer.id)
    return [_claimed(row) for row in rows.offset(first).limit(count)], rows.count()


def find_claimed(organization: str, network: str) -> ClaimedServer:
    """Return the server of the organization with this name. Raise Refused where it has none such."""
    try:
        written = str(parse_network(network))
    except ValueError as error:
        raise Refused(f"{error}.") from None
    rows = MailServer.select(MailServer, Organization).join(Organization)
    row = rows.where((Organization.name == organization) & (MailServer.network == written)).first()
    if row is None:
        raise Refused(f"{written} is not among the valid mail servers of an organization {organization!r}.")
    return _claimed(row)


def confirm(server_id: int, network: str, now: int, who: str = audit.COMMAND_LINE) -> ClaimedServer:
    """Confirm that a server is its organization's own: feeds and others' reports leave it out from now on.

    `network` is what the operator has looked at. Raise Refused where the server is gone or is another network by now.
    """
    with db.write():
        row = _claimed_row(server_id, network)
        if row.confirmed_at is not None:
            raise Refused(f"{row.network} is confirmed already, by {row.confirmed_by}.")
        row.confirmed_at, row.confirmed_by = now, who
        row.save()
        feeds.read_anew()
        _record(row, f"Valid mail server {row.network} of {row.organization.name} confirmed", now, who)
    return _claimed(row)


def withdraw_confirmation(server_id: int, network: str, now: int, who: str = audit.COMMAND_LINE) -> ClaimedServer:
    """Withdraw the confirmation of a server: it is left out of its own organization's reports alone.

    Raise Refused where the server is gone, is another network by now, or is not confirmed.
    """
    with db.write():
        row = _claimed_row(server_id, network)
        if row.confirmed_at is None:
            raise Refused(f"{row.network} is not confirmed: reload the page.")
        _forget_confirmation(row)
        row.save()
        _record(row, f"Valid mail server {row.network} of {row.organization.name} no longer confirmed", now, who)
    return _claimed(row)


def listed(snapshot: Snapshot | None, network: str, now: int) -> list[evidence.Evidence]:
    """Return the listings that hold the server now, whatever the organization's own policy says."""
    return all_listed(snapshot, [network], now)[network]


def all_listed(snapshot: Snapshot | None, networks: Sequence[str], now: int) -> dict[str, list[evidence.Evidence]]:
    """Return the same for several servers, by network, in a few statements for all of them."""
    parsed = {network: parse_network(network) for network in networks}
    own = evidence.own_listings_of(parsed.values(), now, now)
    return {
        text: [one for one in own[network] if one.until > now]
        + (evidence.feed_listings(snapshot, network, now) if snapshot else [])
        for text, network in parsed.items()
    }


def _checked(text: str) -> str:
    """The canonical form of an address or a network that may be a mail server's; Refused says why not."""
    try:
        network = parse_network(text)
    except ValueError as error:
        raise Refused(f"{error}.") from None
    problem = fault(network)
    if problem:
        raise Refused(problem)
    return str(network)


def fault(network: Network) -> str:
    """Explain why a network cannot be valid mail servers; return "" where it can."""
    reserved, widest = reserved_part(network), WIDEST[network.version]
    if reserved:
        return (
            f"{network} is not seen from outside ({reserved.reason}): write the public address with which your server "
            "appears to others."
        )
    if network.prefix < widest:
        return (
            f"{network} is wider than /{widest}: its addresses would never be listed, and hardly all of them are mail "
            "servers of yours. Write the single addresses, or smaller networks."
        )
    return ""


def _checked_note(note: str) -> str:
    note = " ".join(note.split())
    if len(note) > LONGEST_NOTE:
        raise Refused(f"A note has at most {LONGEST_NOTE} characters.")
    return note


def _keys(network: str) -> dict[str, str]:
    """By which the rows are sorted, and searched by network."""
    first, end = network_keys(parse_network(network))
    return {"first_key": first, "end_key": end}


def _told(one: ValidMailServer) -> str:
    return f"{one.network} ({one.note})" if one.note else one.network


def _forget_confirmation(row: Any) -> None:
    """Take the confirmation off a row, which the caller saves: what the feeds leave out has changed with it."""
    if row.confirmed_at is not None:
        row.confirmed_at, row.confirmed_by = None, ""
        feeds.read_anew()


def _record(row: Any, what: str, now: int, who: str) -> None:
    """Write it for the operator, and for the people of the organization."""
    for organization_id in (None, row.organization_id):
        audit.record(organization_id, who, what, now)


def _claimed_row(server_id: int, network: str) -> Any:
    rows = MailServer.select(MailServer, Organization).join(Organization)
    row = rows.where((MailServer.id == server_id) & (MailServer.network == network)).first()
    if row is None:
        raise Refused(f"{network} is gone, or another network is in its place: reload the page and look at that one.")
    return row


def _row(organization_id: int, server_id: int) -> Any:
    return MailServer.get_or_none((MailServer.id == server_id) & (MailServer.organization == organization_id))


def _server(row: MailServer) -> ValidMailServer:
    return ValidMailServer(row.id, row.network, row.note, row.created_at, row.confirmed_at)


def _claimed(row: Any) -> ClaimedServer:
    return ClaimedServer(_server(row), row.organization.name, row.confirmed_by)
