"""Peers: the installations whose batches we take. Each is added by its introduction, and forgotten by a click."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urldefrag

from peewee import fn

from reputation.exchange import choices, introductions, keys, learning, signed
from reputation.exchange.introductions import Introduction
from reputation.exchange.signed import NotGenuine
from reputation.intake import peer_trust
from reputation.intake.fetch import FetchError, Patience, fetch
from reputation.intake.peer_trust import Trust, group_of
from reputation.refusal import Refused
from reputation.store import audit, db
from reputation.store.models import ExchangedNode, ExchangedVolume, ExchangePeer, Listing
from reputation.verdict.zones import DATABASE_NAMES, DYNAMIC

MOST = 200
TAKEN = ("networks", "addresses", "statistics")
FILE = "introduction"
# A peer's address is where its files are: one that leads elsewhere could lead into our own network.
PATIENCE = Patience(connect=5, read=10, deadline=20, tries=1, redirects=0)


class Peer(NamedTuple):
    """A peer, as an operator reads it; times are Unix seconds, 0 for never.

    `group` is the key of the first of those who were introduced by one another. `nodes` is how many it has named, and
    `listed` how many of these our own dynamic listings name now.
    """

    key: str
    name: str
    address: str
    introduced_by: str
    group: str
    takes_networks: bool
    takes_addresses: bool
    takes_statistics: bool
    paused: bool
    added_at: int
    added_by: str
    cursor: int
    head_number: int
    tried_at: int
    taken_at: int
    result: str
    problem: str
    left_out: int
    trust: Trust
    weight: float
    nodes: int
    listed: int
    revoked_at: int | None
    next_key: str

    @property
    def fingerprint(self) -> str:
        """Return what two operators compare."""
        return keys.fingerprint(self.key)

    @property
    def next_fingerprint(self) -> str:
        """Return the fingerprint of the key that it names in the place of a revoked one; "" where there is none."""
        return keys.fingerprint(self.next_key) if self.next_key else ""

    @property
    def taken(self) -> str:
        """Return what is taken of it, in words."""
        chosen = (self.takes_networks, self.takes_addresses, self.takes_statistics)
        return ", ".join(word for word, is_chosen in zip(TAKEN, chosen, strict=True) if is_chosen) or "nothing"


def all_peers() -> list[Peer]:
    """Return all peers by name."""
    rows = list(ExchangePeer.select().order_by(ExchangePeer.name))
    groups = group_of({row.key: row.introduced_by for row in rows})
    counted = ExchangedNode.select(ExchangedNode.peer, fn.COUNT(ExchangedNode.name)).group_by(ExchangedNode.peer)
    nodes = dict(counted.tuples())
    listed = dict(
        counted.join(Listing, on=(Listing.network == ExchangedNode.name))
        .where((Listing.database == DATABASE_NAMES[DYNAMIC]) & (ExchangedNode.spam > 0))
        .tuples()
    )
    return [_peer(row, groups[row.key], nodes.get(row.id, 0), listed.get(row.id, 0)) for row in rows]


def find(name: str) -> Peer:
    """Return the peer with this name. Raise Refused where there is none."""
    found = next((peer for peer in all_peers() if peer.name == name.strip()), None)
    if found is None:
        raise Refused(f"There is no peer {name.strip()[:60]!r}: `exchange list` shows them all.")
    return found


def row_of(name: str) -> Any:
    """Return the row of the peer with this name. Raise Refused where there is none."""
    row = ExchangePeer.get_or_none(ExchangePeer.name == name.strip())
    if row is None:
        raise Refused(f"There is no peer {name.strip()[:60]!r}: `exchange list` shows them all.")
    return row


def introduction_of(name: str) -> str:
    """Return the introduction of a peer, as it has signed it. Raise Refused where it has another key since then."""
    row = row_of(name)
    if not row.introduction or introductions.read(row.introduction).key != row.key:
        raise Refused(
            f"{row.name} has a new key since it was introduced: ask it for its introduction, and hand that on."
        )
    return str(row.introduction)


def fetched(text: str) -> Introduction:
    """Read an introduction, or fetch the one at a link, which may end in # and the key that it must have.

    Raise Refused where there is none.
    """
    text = text.strip()
    if not text.startswith(("https://", "http://")):
        return read(text)
    url, key = urldefrag(text)
    try:
        body = fetch(url + FILE if url.endswith("/") else url, introductions.LARGEST, patience=PATIENCE).body
    except FetchError as error:
        raise Refused(f"The introduction could not be fetched: {error}") from None
    found = read((body or b"").decode(errors="replace"))
    if key and key != found.key:
        raise Refused(
            "The link leads to an introduction with another key than it names: ask its operator for a new one."
        )
    return found


def read(text: str) -> Introduction:
    """Read an introduction. Raise Refused where it is none."""
    try:
        return introductions.read(text.strip())
    except NotGenuine as fault:
        raise Refused(str(fault)) from None


def add(one: Introduction, now: int, who: str = audit.COMMAND_LINE, introduced_by: str = "", name: str = "") -> Peer:
    """Add a peer by its introduction; `introduced_by` is the name of the peer that spoke for it.

    `name` is ours for it, where its own is taken. Raise Refused where it cannot be one.
    """
    name = choices.checked_name(name or one.name)
    address = choices.checked_address(one.address)
    with db.write():
        _check_new(one.key, name)
        introducer = _introducer(one, introduced_by)
        ExchangePeer.create(
            key=keys.checked(one.key), name=name, address=address, introduction=one.document, introduced_by=introducer,
            added_at=now, added_by=who, weight=peer_trust.BEGINNING,
        )  # fmt: skip
        audit.record(None, who, f"{name} is a peer of the exchange", now, "", f"{keys.fingerprint(one.key)}, {address}")
        return find(name)


def take(name: str, networks: bool, addresses: bool, statistics: bool, now: int, who: str = audit.COMMAND_LINE) -> Peer:
    """Set what is taken of a peer; what it has said of the rest is forgotten. Raise Refused."""
    before = find(name)
    with db.write():
        row = row_of(name)
        ExchangePeer.update(takes_networks=networks, takes_addresses=addresses, takes_statistics=statistics).where(
            ExchangePeer.id == row.id
        ).execute()
        if (before.takes_networks and not networks) or (before.takes_addresses and not addresses):
            _forget_words(row)
        if not statistics:
            ExchangedVolume.delete().where(ExchangedVolume.peer == row.id).execute()
        after = find(name)
        audit.record(None, who, f"Taken from {after.name}", now, before.taken, after.taken)
    return after


def pause(name: str, paused: bool, now: int, who: str = audit.COMMAND_LINE) -> Peer:
    """Stop taking from a peer and count nothing of what it has said, or begin again. Raise Refused."""
    with db.write():
        row = row_of(name)
        ExchangePeer.update(paused=paused, next_try_at=0).where(ExchangePeer.id == row.id).execute()
        audit.record(None, who, f"{row.name} is {'paused' if paused else 'taken again'} in the exchange", now)
        return find(name)


def vouch(name: str, introduced_by: str, now: int, who: str = audit.COMMAND_LINE) -> Peer:
    """Set by which peer another one was introduced; "" is the operator, who knows its people. Raise Refused."""
    with db.write():
        row = row_of(name)
        introducer = row_of(introduced_by).key if introduced_by else ""
        if introducer == row.key:
            raise Refused("No peer introduces itself: name another one, or nobody.")
        ExchangePeer.update(introduced_by=introducer).where(ExchangePeer.id == row.id).execute()
        audit.record(None, who, f"{row.name} was introduced by {introduced_by or 'the operator'}", now)
        return find(name)


def forget(name: str, now: int, who: str = audit.COMMAND_LINE) -> Peer:
    """Stop and forget a peer, with all that it has said. Raise Refused where there is no such peer."""
    gone = find(name)
    with db.write():
        row_of(name).delete_instance()
        audit.record(None, who, f"{gone.name} is no longer a peer of the exchange", now, gone.fingerprint)
    return gone


def take_revocation(text: str, now: int, who: str = audit.COMMAND_LINE) -> Peer:
    """Take in the statement by which a peer's key is revoked: nothing that it has signed counts from now on.

    Raise Refused where it is none, or not of a peer.
    """
    try:
        found = introductions.read_revocation(text.strip())
    except NotGenuine as fault:
        raise Refused(str(fault)) from None
    with db.write():
        row = ExchangePeer.get_or_none(ExchangePeer.key == found.key)
        if row is None:
            raise Refused(f"The key {keys.fingerprint(found.key)} is that of no peer.")
        mark_revoked(row, found.next_key, now, who)
        return find(row.name)


def accept(name: str, fingerprint: str, now: int, who: str = audit.COMMAND_LINE) -> Peer:
    """Accept the key that a peer has named in the place of its revoked one, and begin anew with it.

    `fingerprint` is repeated by the operator, who has compared it: whoever stole the old key could have named one, too.
    Raise Refused where it is another one.
    """
    with db.write():
        row = row_of(name)
        if not row.next_key or "".join(fingerprint.split()).lower() != keys.short(row.next_key)[:24]:
            raise Refused("This is not the fingerprint of the key that the peer has named: ask its operator for it.")
        old, new = row.key, row.next_key
        _check_key(new)
        _forget_words(row)
        ExchangePeer.update(
            key=new, revoked_at=None, next_key="", cursor=0, cursor_hash="", head_number=0, head_hash="",
            head_made_at=0, head_valid_until=0, etag="", next_try_at=0, problem="", judged=0.0, confirmed=0.0,
            weight=peer_trust.BEGINNING,
        ).where(ExchangePeer.id == row.id).execute()  # fmt: skip
        ExchangePeer.update(introduced_by=new).where(ExchangePeer.introduced_by == old).execute()
        audit.record(None, who, f"New key of {row.name}", now, keys.fingerprint(old), keys.fingerprint(new))
        return find(name)


def mark_revoked(row: Any, next_key: str, now: int, who: str) -> None:
    """Note that a peer's key is revoked; the first statement holds. Call it inside a transaction."""
    if row.revoked_at is None:
        _forget_words(row)
        ExchangePeer.update(revoked_at=now, next_key=next_key).where(ExchangePeer.id == row.id).execute()
        audit.record(None, who, f"{row.name} has revoked its key", now, keys.fingerprint(row.key))


def is_revocation(text: str) -> bool:
    """Tell whether a text calls itself the statement by which a key is revoked."""
    try:
        return signed.parsed(text, "").get("gatepost") == signed.REVOCATION
    except NotGenuine:
        return False


def _check_new(key: str, name: str) -> None:
    if ExchangePeer.select().count() >= MOST:
        raise Refused(f"There are {MOST} peers at most: forget one first.")
    _check_key(key)
    if ExchangePeer.select().where(ExchangePeer.name == name).exists():
        raise Refused(f"A peer is called {name!r} already: give this one another name.")


def _check_key(key: str) -> None:
    if key == choices.current().key:
        raise Refused("This is our own introduction: give it to others.")
    there = ExchangePeer.get_or_none(ExchangePeer.key == key)
    if there is not None:
        raise Refused(f"This key is that of a peer already: {there.name}.")


def _introducer(one: Introduction, introduced_by: str) -> str:
    """The key of whoever spoke for it. A word that came with the introduction counts, whatever else is said."""
    if one.vouched_by:
        return one.vouched_by if one.vouched_by != choices.current().key else ""
    return str(row_of(introduced_by).key) if introduced_by else ""


def _forget_words(row: Any) -> None:
    ExchangedNode.delete().where(ExchangedNode.peer == row.id).execute()


def _peer(row: Any, group: str, nodes: int, listed: int) -> Peer:
    values = {name: getattr(row, name) for name in Peer._fields if hasattr(row, name)}
    return Peer(**{**values, "group": group, "nodes": nodes, "listed": listed, "trust": learning.trust_of(row)})
