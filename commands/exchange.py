"""`exchange`: what is given to other installations and taken from them, and whom we know."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from commands import as_json, command, echo, format_time, now, table
from reputation import settings
from reputation.exchange import choices, giving, hub, introductions, keys, peers, taking, turns
from reputation.exchange.peers import Peer
from reputation.intake import origins
from reputation.publisher import Publisher
from reputation.refusal import Refused
from reputation.settings import Settings
from reputation.verdict.live import Live
from reputation.verdict.origins import EMPTY, Origins

GIVEN = ("networks", "addresses", "statistics")


def kinds(text: str) -> tuple[bool, bool, bool]:
    """Read `networks,statistics` or `nothing` as whether each kind is meant. Raise Refused for other words."""
    words = [word.strip() for word in text.lower().split(",") if word.strip() not in ("", "nothing")]
    unknown = [word for word in words if word not in GIVEN]
    if unknown:
        raise Refused(f"{unknown[0]!r} is none of {', '.join(GIVEN)}: write some of them with commas, or nothing.")
    networks, addresses, statistics = (kind in words for kind in GIVEN)
    return networks, addresses, statistics


@click.group()
def exchange() -> None:
    """Exchange sums of what is seen with other installations."""


@command(exchange, "introduce")
@click.option("--name", help="Name by which others know us.")
@click.option("--address", metavar="URL", help="Where our files are served: the portal's address with /exchange/.")
@click.argument("peer", required=False)
@as_json
def introduce(name: str | None, address: str | None, peer: str | None, as_json: bool) -> None:
    """Print our introduction, after setting our name and address; or that of PEER, with our word for it."""
    if peer:
        told = vouched(peer)
    else:
        choice = choices.current()
        if name or address or not choice.key:
            where = address or choice.address or here().public_url + choices.PATH
            choices.introduce(here().data, name or choice.name, where, now())
        told = choices.current().introduction
    echo({"introduction": told, "link": choices.link(choices.current())}, as_json, told)


@command(exchange, "key")
@as_json
def show_key(as_json: bool) -> None:
    """Show our key's fingerprint and the link by which others add us. The private key stays in the data folder."""
    choice = choices.current()
    key = keys.find(here().data, choice.key) if choice.key else choices.own_key(here().data, now())
    found = {"key": key.public, "fingerprint": keys.fingerprint(key.public), "link": choices.link(choice)}
    said = f"Fingerprint: {found['fingerprint']}\nLink: {found['link'] or 'none yet: see `exchange introduce --help`'}"
    echo(found, as_json, said)


@command(exchange, "revoke")
@click.option("--yes", is_flag=True, help="Do it: every peer has to accept the new key by hand.")
@as_json
def revoke(yes: bool, as_json: bool) -> None:
    """Revoke our key, which somebody else may have, and make a new one; print the statement for peers."""
    if not yes:
        raise Refused("Every peer has to accept the new key by hand. To do it, add --yes.")
    choice = choices.revoke(here().data, now())
    echo({"key": choice.key, "revocation": choice.revocation}, as_json, choice.revocation)


@command(exchange, "status")
@as_json
def status(as_json: bool) -> None:
    """Show who we are to others, what is given, and the last batch."""
    choice, last, known = choices.current(), giving.last(), peers.all_peers()
    lines = [
        f"We are {choice.name}, at {choice.address}" if choice.key else "Others do not know us yet.",
        f"Given: {choices.given(choice)}",
        f"Last batch: {last.number}, {format_time(last.made_at)}, {last.entries:,} entries"
        if last
        else "No batch yet.",
        f"Peers: {len(known)}, {sum(not peer.problem for peer in known)} without a problem",
        *([choice.problem] if choice.problem else []),
    ]
    value = {
        "name": choice.name, "address": choice.address, "key": choice.key, "given": choices.given(choice),
        "last": last._asdict() if last else None, "problem": choice.problem, "peers": [as_value(one) for one in known],
    }  # fmt: skip
    echo(value, as_json, "\n".join(lines))


@command(exchange, "add")
@click.argument("introduction", metavar="LINK|FILE")
@click.option("--introduced-by", default="", metavar="PEER", help="The peer that spoke for it; without: you know it.")
@click.option("--name", default="", help="Our own name for it.")
@as_json
def add(introduction: str, introduced_by: str, name: str, as_json: bool) -> None:
    """Add a peer by a link or the file of its introduction; or take in the statement by which a key is revoked."""
    text = read_text(introduction)
    if peers.is_revocation(text):
        made = peers.take_revocation(text, now())
        echo(as_value(made), as_json, f"{made.name} has revoked its key: nothing of it counts any more.")
        return
    made = peers.add(peers.fetched(text), now(), introduced_by=introduced_by, name=name)
    said = (
        f"{made.name} is a peer. Its files come from {made.address}. "
        f"Compare its fingerprint with its operator: {made.fingerprint}"
    )
    echo(as_value(made), as_json, said)


@command(exchange, "list")
@as_json
def list_peers(as_json: bool) -> None:
    """List the peers with their addresses and trust, and what is wrong with each."""
    found = peers.all_peers()
    rows = [
        (
            one.name,
            one.fingerprint,
            one.address,
            state(one),
            f"weighs {one.weight:.0%}",
            f"{one.nodes:,} nodes",
            one.problem,
        )
        for one in found
    ]
    echo([as_value(one) for one in found], as_json, table(rows, "No peer yet: `exchange add` takes a link or a file."))


@command(exchange, "remove")
@click.argument("peer")
@as_json
def remove(peer: str, as_json: bool) -> None:
    """Stop and forget PEER, with all that it has said."""
    gone = peers.forget(peer, now())
    echo({"name": gone.name, "removed": True}, as_json, f"{gone.name} is forgotten, with all that it has said.")


@command(exchange, "accept")
@click.argument("peer")
@click.argument("fingerprint")
@as_json
def accept(peer: str, fingerprint: str, as_json: bool) -> None:
    """Accept the new key of PEER, whose FINGERPRINT you have compared with its operator."""
    made = peers.accept(peer, fingerprint, now())
    echo(as_value(made), as_json, f"{made.name} has a new key, and begins anew with it.")


@command(exchange, "vouch")
@click.argument("peer")
@click.option("--introduced-by", default="", metavar="PEER", help="The peer that spoke for it; without: you know it.")
@as_json
def vouch(peer: str, introduced_by: str, as_json: bool) -> None:
    """Say by whom PEER was introduced: peers that one has introduced count as one voice."""
    made = peers.vouch(peer, introduced_by, now())
    echo(as_value(made), as_json, f"{made.name} was introduced by {introduced_by or 'you'}.")


@command(exchange, "give")
@click.argument("what", required=False, metavar="[networks,addresses,statistics|nothing]")
@as_json
def give(what: str | None, as_json: bool) -> None:
    """Set what is given to everybody who fetches it: nothing at first. Batches of before stay for 14 days."""
    choice = choices.give(*kinds(what), now()) if what else choices.current()
    echo({"given": choices.given(choice)}, as_json, f"Given: {choices.given(choice)}")


@command(exchange, "take")
@click.argument("peer")
@click.argument("what", required=False, metavar="[networks,addresses,statistics|nothing]")
@as_json
def take(peer: str, what: str | None, as_json: bool) -> None:
    """Set what is taken of PEER; without WHAT, take its new batches now."""
    if what:
        made = peers.take(peer, *kinds(what), now())
        echo(as_value(made), as_json, f"Taken from {made.name}: {made.taken}")
        return
    at = now()
    done = taking.take(peer, at)
    turns.list_told(done.nodes, present_origins(at) if done.nodes else EMPTY, at)
    said = done.problem or f"{done.batches} batches, {done.entries} entries."
    echo({**done._asdict(), "nodes": sorted(done.nodes)}, as_json, said)
    if done.problem:
        sys.exit(1)


@command(exchange, "turn")
@as_json
def turn(as_json: bool) -> None:
    """Look at what we have seen, make a batch and take from all peers now, as `serve` does by itself."""
    at = now()
    made = turns.give(here().data, at)
    taken = turns.take(at, origins=present_origins(at))
    echo({"given": made, "taken": taken}, as_json, " ".join(filter(None, (made, taken))) or "Nothing to do.")


@command(exchange, "export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@as_json
def export(folder: Path, as_json: bool) -> None:
    """Write our files into FOLDER, for a web server to hand on."""
    written = hub.export(folder)
    said = f"{written} new batches are in {folder}."
    if not giving.is_served():
        said = f"Nothing is given any more: what we gave is no longer in {folder}."
    echo({"folder": str(folder), "written": written}, as_json, said)


def present_origins(at: int) -> Origins:
    """Return where addresses come from, as the service knows it."""
    live = Live()
    Publisher(live, origins.seed, origins.unpack, "").catch_up(at)
    assert live.current is not None
    return live.current.origins


def here() -> Settings:
    """Return the settings that this command was called with."""
    return settings.read({"data": click.get_current_context().params["data"]})


def vouched(name: str) -> str:
    """Return the introduction of a peer with our word for it."""
    peer = peers.find(name)
    document = peers.introduction_of(peer.name)
    return introductions.vouch(document, keys.find(here().data, choices.current().key))


def read_text(introduction: str) -> str:
    """Return a link as it is, and the text of a file. Raise Refused where the file cannot be read."""
    if introduction.startswith(("https://", "http://")):
        return introduction
    try:
        with click.open_file(introduction) as file:
            return str(file.read(introductions.LARGEST))
    except OSError as error:
        raise Refused(f"{introduction} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Refused(f"{introduction} cannot be read: it is no text.") from None


def state(peer: Peer) -> str:
    """Return in a few words how it stands with a peer."""
    if peer.revoked_at:
        return "key revoked"
    if peer.paused:
        return "paused"
    return f"taken {format_time(peer.taken_at)}" if peer.taken_at else "not taken yet"


def as_value(peer: Peer) -> dict[str, Any]:
    """Return a peer for a program to read."""
    return {**peer._asdict(), "fingerprint": peer.fingerprint, "trust": peer.trust._asdict()}
