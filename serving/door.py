"""The door of DNS: opened before anything heavy is imported, answering from the prepared snapshot, and closed last."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reputation import compiled, data_folder, descriptors, faults, settings
from reputation.handover import Place, Predecessor
from reputation.settings import SettingsError
from serving.streams import say

if TYPE_CHECKING:
    from dnsd.resolver import Resolver
    from dnsd.server import DnsServer
    from dnsd.sockets import BoundSockets
    from reputation.verdict.counters import Counters
    from reputation.verdict.live import Live
    from reputation.verdict.prepared import Prepared

log = logging.getLogger("gatepost")


@dataclass
class Door:
    """The door of DNS, what stands behind it, and the place in the data folder, which a successor may take."""

    place: Place
    predecessor: Predecessor | None
    live: Live
    counters: Counters
    server: DnsServer
    prepared: Prepared | None = None  # what is served until the tables have been read
    is_announced: bool = False
    is_closed: bool = False

    @property
    def serves_as_of(self) -> bool:
        """Tell whether DNS answers from what was served before, whatever the database does."""
        return self.live.current is not None


def answer_dns(chosen: settings.Settings, take_over: bool, trouble: str, parts: contextlib.ExitStack) -> Door:
    """Open the sockets before anything heavy is imported, and answer from the prepared snapshot.

    Without one the answer is SERVFAIL until the tables are read: an MTA takes that at once, and waits for silence. In a
    predecessor's place nothing is answered before: meanwhile the predecessor does. `trouble` says why the data folder
    cannot be written; without a prepared snapshot it is raised as SettingsError.
    """
    place = Place(chosen.data, is_alone=not chosen.database, is_written=not trouble)
    parts.callback(place.close)
    predecessor = Predecessor.asked(chosen.data) if take_over else None
    if predecessor is None:
        place.hold()
    bound = dns_sockets(chosen, predecessor)

    from dnsd.server import DnsServer
    from dnsd.tcp import TcpLimits
    from reputation.verdict.counters import Counters
    from reputation.verdict.live import Live

    live, counters = Live(), Counters(chosen.sample)
    server = DnsServer(
        resolver(chosen, live, counters),
        (),
        TcpLimits(in_all=descriptors.shares(descriptors.limit()).dns),
        chosen.dns_threads,
        bound,
        descriptors.Trouble("DNS over TCP"),
    )
    parts.callback(server.stop)
    door = Door(place, predecessor, live, counters, server)
    if predecessor is None or trouble:
        take_prepared(chosen, door)
    if trouble and not door.prepared:
        raise SettingsError(trouble)
    if trouble:
        faults.raised(data_folder.FAULT, trouble, int(time.time()))
    if predecessor is None:
        server.start()
        if door.prepared:
            announce_dns(chosen, door)
    return door


def dns_sockets(chosen: settings.Settings, predecessor: Predecessor | None) -> list[BoundSockets]:
    """Take the sockets of DNS from systemd or from the predecessor, or open them."""
    from dnsd import inherited

    threads = chosen.dns_threads if compiled.will_be_compiled() else 1
    given, who = inherited.from_systemd(os.environ), inherited.SYSTEMD
    if not given and predecessor:
        given, who, predecessor.sockets = predecessor.sockets, inherited.PREDECESSOR, []
    return inherited.fitted(given, chosen.dns, threads, who)


def take_prepared(chosen: settings.Settings, door: Door) -> None:
    """Map what was served last and serve it; where its files cannot be used, the log says why."""
    from reputation.verdict import prepared
    from reputation.verdict.column_file import UnusableFile

    try:
        door.prepared = prepared.read(chosen.data, prepared.database_id(chosen.database), chosen.lookup_page)
    except UnusableFile as error:
        log.warning("The prepared snapshot is not served, and is made anew from the tables: %s", error)
    if door.prepared:
        door.live.swap(door.prepared.snapshot)


def has_prepared(data: Path) -> bool:
    """Tell whether there is a folder with what was served last; one that cannot be looked into has none."""
    from reputation.verdict.prepared import FOLDER as PREPARED

    return os.path.isdir(data / PREPARED)


def take_place(chosen: settings.Settings, door: Door) -> None:
    """Take the place of the predecessor, where there is one, and what it has kept at its end."""
    if door.predecessor:
        door.predecessor.leave(chosen.data)
        door.place.hold()
        take_prepared(chosen, door)


def resolver(chosen: settings.Settings, live: Live, counters: Counters) -> Resolver:
    """Build the resolver, which makes the answers of DNS as the settings want them."""
    from dnsd.access import EVERYONE, Access
    from dnsd.apex import Apex
    from dnsd.resolver import Resolver
    from reputation.delegation import Delegation

    access = Access(
        chosen.allow or EVERYONE,
        exempt=chosen.rate_limit_exempt,
        rate=chosen.rate_limit,
        code_rate=chosen.code_rate_limit,
    )
    delegation = Delegation(chosen.zone, chosen.dns, chosen.nameserver)
    try:
        apex = Apex(chosen.zone, delegation.name_servers, chosen.hostmaster)
    except ValueError as error:  # a name that the settings take, and a record does not
        raise SettingsError(f"--hostmaster or --nameserver: {error}") from None
    return Resolver(apex, live, counters, access)


def answer_beside(chosen: settings.Settings, door: Door) -> None:
    """Answer beside the predecessor, now that there is something to answer with."""
    if door.predecessor:
        door.server.start()
    if not door.is_announced:
        announce_dns(chosen, door)


def end_predecessor(door: Door) -> None:
    """Let the predecessor end: this program answers."""
    if door.predecessor:
        door.predecessor.end()
        door.predecessor = None


def hand_over(door: Door, is_ended: Callable[[], bool]) -> None:
    """Let a successor take the place, and say whether this program has to close: where it does not answer, we go on.

    A signal that has come meanwhile is not forgotten.
    """
    successor = door.place.successor
    door.is_closed = successor is None or successor.takes(door.place, is_ended) or is_ended()
    if not door.is_closed:
        door.place.successor = None


def announce_dns(chosen: settings.Settings, door: Door) -> None:
    """Print one line for each address on which questions are answered from now on."""
    door.is_announced = True
    if not door.server.addresses:
        say("DNS is not served: the setting dns names no address")
    for host, port in door.server.addresses:
        where, runs = f"{settings.bracketed(host)}:{port}", "compiled" if compiled.is_compiled() else "interpreted"
        say(f"DNS ready on {where}, UDP and TCP, zone {chosen.zone}, {runs}")
