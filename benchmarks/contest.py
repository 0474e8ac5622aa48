"""The main table: every server with the same list on the same core, asked the same questions in turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from benchmarks import peers
from benchmarks.data import unasked
from benchmarks.load import Compiled
from benchmarks.mixes import Mix
from benchmarks.peers import Absent
from benchmarks.results import COMPILED, INTERPRETED, NEWER, PEER, Row
from benchmarks.servers import DidNotStart, Server, gatepost
from benchmarks.servers.dnslib_own import DnslibOwn
from benchmarks.servers.echo import Echo
from benchmarks.servers.gatepost import Gatepost, Installation
from benchmarks.servers.knot import Knot
from benchmarks.servers.nsd import Nsd
from benchmarks.servers.rbldnsd import Rbldnsd
from benchmarks.workshop import ZONE, Material, Workshop, say

Made = TypeVar("Made")

NEARLY_NONE = 10  # entries of a server "without lists"
MIXED = (Echo.name, PEER, NEWER, Nsd.name, Knot.name, COMPILED)
SPARE = 1.3  # a server that cannot do this many times the steady rate would only show its backlog


class Contestant(NamedTuple):
    """A server of the table, and how it is made with some data; Absent or DidNotStart say why it cannot be."""

    name: str
    make: Callable[[Material], Server]


def contestants(shop: Workshop) -> list[Contestant]:
    """Return the servers that are measured, in the table's order."""
    return [
        Contestant(Echo.name, lambda _: Echo(shop.place(), _echo(shop))),
        Contestant(PEER, lambda data: Rbldnsd(shop.place(), data.peer_zone, data.rbldnsd)),
        Contestant(NEWER, lambda data: newer(shop, data)),
        Contestant("rbldnsd, ip4set", lambda data: Rbldnsd(shop.place(), data.peer_zone, data.rbldnsd, "ip4set")),
        Contestant(Nsd.name, lambda data: Nsd(shop.place(), data.peer_zone, data.master)),
        Contestant(Knot.name, lambda data: Knot(shop.place(), data.peer_zone, data.master)),
        Contestant(DnslibOwn.name, lambda data: DnslibOwn(shop.place(), data.peer_zone, data.arrays)),
        Contestant(COMPILED, lambda data: compiled(shop, with_policy(shop, data))),
        Contestant(INTERPRETED, lambda data: interpreted(shop, with_policy(shop, data))),
    ]


def contest(shop: Workshop, walked: Sequence[Mix]) -> list[Row]:
    """Measure every server, and return a row for each, those that are absent too; `walked`: what resolvers send."""
    everyone = contestants(shop)
    rows = {one.name: Row(one.name) for one in everyone}
    for one in everyone:
        rows[one.name].once |= attempt(rows[one.name], partial(without_lists, shop, one.make)) or {}
    made = [attempt(rows[one.name], partial(one.make, shop.material())) for one in everyone]
    servers = [server for server in made if server is not None]
    with ExitStack() as ends:
        started = [server for server in servers if begins(shop, ends, server, rows[server.name])]
        fit = [server for server in started if is_right(shop, server, rows[server.name], shop.material(), walked)]
        for number in range(shop.plan.rounds):
            say(f"round {number + 1} of {shop.plan.rounds}")
            for server in fit:
                rows[server.name].add(**lap(shop, server), **mixed(shop, server, walked))
        for server in fit:
            rows[server.name].once |= at_the_end(server)
    return list(rows.values())


def newer(shop: Workshop, data: Material) -> Rbldnsd:
    """Make the rbldnsd that is named by the environment; raise Absent where none is."""
    return Rbldnsd(shop.place(), data.peer_zone, data.rbldnsd, program=peers.newer_rbldnsd())


def begins(shop: Workshop, ends: ExitStack, server: Server, row: Row) -> bool:
    """Start the server until `ends` closes; return False where it does not start, and then the row says why."""
    attempt(row, partial(ends.enter_context, shop.running([server])))
    return not row.absent


def with_policy(shop: Workshop, data: Material, rules: int | None = None) -> Installation:
    """Copy the installation of this data and add the plan's rules, or so many, of which none decides a question."""
    count = shop.plan.rules if rules is None else rules
    copied = data.installation.copy(shop.place().name)
    return gatepost.with_rules(copied, unasked(data.entries, data.questions, count), int(time.time()))


def ours(shop: Workshop, installation: Installation, loops: int = 1) -> Gatepost:
    """Make Gatepost as it runs here: compiled where it could be."""
    is_compiled = gatepost.is_compiled()
    name = COMPILED if is_compiled else INTERPRETED
    return Gatepost(shop.place(), installation, ZONE, name, interpreted=not is_compiled, loops=loops)


def compiled(shop: Workshop, installation: Installation) -> Gatepost:
    """Make Gatepost as it is compiled here; raise Absent where nothing could be compiled."""
    if not gatepost.is_compiled():
        raise Absent("it is not compiled here: `make setup` compiles it where there is a C compiler")
    return ours(shop, installation)


def interpreted(shop: Workshop, installation: Installation) -> Gatepost:
    """Make Gatepost from the same lines without a compiler."""
    return Gatepost(shop.place(), installation, ZONE, INTERPRETED, interpreted=True)


def without_lists(shop: Workshop, make: Callable[[Material], Server]) -> dict[str, float]:
    """Measure the server's memory (bytes) and start (seconds) before it has a list."""
    data = shop.material(NEARLY_NONE)
    server = make(data)
    with shop.running([server], data):
        # The same work as with lists, and what a server keeps of that: its memory is compared with that of later.
        shop.load.flood(server.port, data.asked.plain, shop.plan.flood)
        time.sleep(shop.plan.rest)
        return {"memory without lists": server.memory(), "start without lists": server.seconds_to_answer}


def is_right(shop: Workshop, server: Server, row: Row, data: Material, walked: Sequence[Mix] = ()) -> bool:
    """Tell whether the server's answers are the expected ones; the row says where they are not."""
    if not server.knows_entries:
        return True
    asked = data.asked
    count = shop.plan.sample if server.is_slow else shop.plan.questions
    say(f"comparing {server.name}")
    # The others' zone begins below the code, and they deny parts of addresses below which they have nothing.
    parts = [(mix.questions, mix.expected, mix.count) for mix in walked] if isinstance(server, Gatepost) else []
    files = ((asked.plain, asked.expected, count), (asked.edns, asked.expected, count), *parts)
    for questions, expected, most in files:
        fault = shop.load.check(server.port, questions, expected, min(count, most))
        if fault:
            row.absent = f"it answers otherwise than expected: {fault}"
            return False
    return True


def lap(shop: Workshop, server: Server) -> dict[str, float]:
    """Measure one round of one server, and return its figures by name."""
    plan, asked, port = shop.plan, shop.material().asked, server.port
    found = flood(shop, server, asked.plain)
    found["answers/s, EDNS"] = shop.load.flood(port, asked.edns, plan.flood).rate
    if found["answers/s"] > SPARE * plan.rate:
        paced = shop.load.steady(port, asked.plain, plan.steady, plan.rate)
        if paced:
            found |= {"p50": paced.p50, "p99": paced.p99, "p99.9": paced.p999, "lag": paced.lag}
            found |= {"asked": paced.sent, "lost": paced.lost}
    if server.knows_entries:
        burst = shop.load.burst(port, asked.plain, plan.bursts, plan.burst)
        if burst:
            found |= {"bursts": burst.bursts, "lost of bursts": burst.lost}
    return found


def mixed(shop: Workshop, server: Server, walked: Sequence[Mix]) -> dict[str, float]:
    """Return the answers a second of each mix, and the µs of one; nothing for a server that is not asked about them."""
    if server.name not in MIXED or not isinstance(shop.load, Compiled):
        return {}
    found = dict[str, float]()
    for mix in walked:
        flooded = flood(shop, server, mix.questions, seconds=shop.plan.mix)
        found |= {mix.name: flooded["answers/s"], f"{mix.name}, µs": flooded["µs"]}
    return found


def flood(
    shop: Workshop, server: Server, questions: Path, askers: int = 1, seconds: float | None = None
) -> dict[str, float]:
    """Return the answers a second, and the processor time of one in microseconds."""
    before = server.processor_seconds()
    flooded = shop.load.flood(server.port, questions, seconds or shop.plan.flood, askers)
    micros = (server.processor_seconds() - before) * 1e6 / max(1, flooded.answered)
    return {"answers/s": flooded.rate, "µs": micros, "lost of flood": flooded.lost}


def at_the_end(server: Server) -> dict[str, float]:
    """Return the figures of the whole run: memory in bytes, times in seconds."""
    return {"memory": float(server.memory()), **start_of(server)}


def start_of(server: Server) -> dict[str, float]:
    """Return how many seconds it took to answer, how many of the processor, and to load its lists where it says so."""
    found = {"start": server.seconds_to_answer, "start, processor": server.processor_to_answer}
    loaded = server.load_seconds()
    return found if loaded is None else found | {"lists loaded": loaded}


def attempt(row: Row, make: Callable[[], Made]) -> Made | None:
    """Return what is made; None where it cannot be, and then the row says why."""
    if row.absent:
        return None
    try:
        return make()
    except (Absent, DidNotStart) as reason:
        row.absent = str(reason)
        return None


def _echo(shop: Workshop) -> Path:
    if not isinstance(shop.load, Compiled):
        raise Absent("there is no C compiler here")
    return shop.load.echo
