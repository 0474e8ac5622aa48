"""Gatepost under other policies, during the import of a list, and with two loops: each is a server of its own."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks import data as seeded
from benchmarks import lists, packets
from benchmarks.contest import flood, ours, with_policy
from benchmarks.load import Paced
from benchmarks.results import COMPILED, PEER, Comparison, Results, compared
from benchmarks.scenarios import INTERPRETED_RATE, peer, record
from benchmarks.servers import DidNotStart, Server, gatepost
from benchmarks.servers.gatepost import Gatepost, Successor
from benchmarks.servers.rbldnsd import Rbldnsd
from benchmarks.workshop import DATABASE, Material, Workshop, interleaved

RELOAD_AFTER = 0.3  # of a lap


def variants(shop: Workshop, results: Results) -> None:
    """Add all variants to the results."""
    for variant in (policies, feed_imports, restart, two_loops):
        record(results, variant.__name__, partial(variant, shop))


def policies(shop: Workshop) -> list[Comparison]:
    """Measure one organization with few and with many rules, and many organizations whose codes are asked by turns."""
    plan, asked = shop.plan, shop.material().asked
    servers, questions = {}, {}
    for count in plan.rule_counts:
        name = f"{count:,} address rules, 1 organization" if count > 1 else "1 address rule, 1 organization"
        servers[name], questions[name] = ours(shop, with_policy(shop, shop.material(), count)), asked.plain
    name = f"{plan.organizations:,} organizations"
    servers[name], questions[name] = with_organizations(shop)
    for name, server in servers.items():
        server.name = name
    other = peer(shop)
    everyone: list[Server] = [*([other] if other else []), *servers.values()]
    questions[PEER] = asked.plain
    with shop.running(everyone):
        laps = interleaved(
            plan.scenario_rounds, everyone, lambda server: flood(shop, server, questions[server.name])["answers/s"]
        )
    return [compared(name, "answers/s", laps[name], laps.get(PEER, [])) for name in servers]


def with_organizations(shop: Workshop) -> tuple[Gatepost, Path]:
    """Make Gatepost with the plan's number of organizations, and the questions under all their codes."""
    data, codes = shop.material(), seeded.codes(shop.plan.organizations)
    installation = data.installation.copy(shop.place().name)
    many = ours(shop, gatepost.with_organizations(installation, codes, int(time.time())))
    asked = packets.write(data.folder / "organizations", data.questions, DATABASE, codes)
    return many, asked.plain


def feed_imports(shop: Workshop) -> list[Comparison]:
    """Measure the import of a list of each size of the plan."""
    return [one for count, seconds in shop.plan.imports for one in feed_import(shop, shop.material(count), seconds)]


def feed_import(shop: Workshop, data: Material, seconds: float) -> list[Comparison]:
    """Measure while the serving process imports a second list of the same size; rbldnsd reads its own again."""
    laps = dict[str, list[Paced]]()
    installation = with_policy(shop, data)
    newer = lists.write_feed(data.folder / "newer.txt", data.entries, without=len(data.entries) // 1000)
    mine, other = ours(shop, installation), peer(shop, data)
    with shop.running([*([other] if other else []), mine], data):
        laps[mine.name] = [during_import(shop, mine, data, newer, seconds)]
        if other:
            laps[PEER] = [during_reload(shop, other, data, rate(shop, mine))]
    scenario = f"import of {len(data.entries):,} entries"
    note = "the serving process reads, stores and publishes; rbldnsd reloads"
    return [
        compared(scenario, measure, [getattr(lap, figure) for lap in laps[mine.name]],
                 [getattr(lap, figure) for lap in laps.get(PEER, [])], f"{scenario}, {figure}", note)
        for measure, figure in (("p99.9, µs", "p999"), ("longest, µs", "longest"), ("lost", "lost"))
    ]  # fmt: skip


def during_import(shop: Workshop, server: Gatepost, data: Material, newer: Path, seconds: float) -> Paced:
    """Measure a lap in which the list is imported; raise DidNotStart where that has not happened."""
    before = server.imports()
    bounds = [word for bound in gatepost.BOUNDS for word in ("--bound", bound)]
    add = ("feed", "add", "newer", "--source", str(newer), "--format", "plain", "--category", "KSS", *bounds)
    gatepost.Installation(server.data).command(*add)
    lap = shop.load.steady(server.port, data.asked.plain, seconds, rate(shop, server))
    assert lap is not None
    if server.imports() == before:
        raise DidNotStart("the feed was not imported during its lap: raise the seconds of the plan's imports")
    return lap


def restart(shop: Workshop) -> list[Comparison]:
    """Measure while a successor takes the place of the serving process, as an upgrade does."""
    data, seconds = shop.material(), 8 * shop.plan.steady
    mine = ours(shop, with_policy(shop, data))
    successor = Successor(shop.place(), mine)
    with shop.running([mine]), ThreadPoolExecutor(1) as beside:
        lapping = beside.submit(shop.load.steady, mine.port, data.asked.plain, seconds, rate(shop, mine))
        time.sleep(seconds * RELOAD_AFTER)
        with shop.running([successor]):
            lap = lapping.result()
            assert lap is not None
            if not mine.has_ended():
                raise DidNotStart("the successor did not take over during the lap")
    scenario = f"a successor takes over, {rate(shop, mine):,}/s"
    return [
        Comparison(scenario, measure, getattr(lap, figure), key=f"restart, {figure}")
        for measure, figure in (("p99.9, µs", "p999"), ("longest, µs", "longest"), ("lost", "lost"))
    ]


def during_reload(shop: Workshop, server: Rbldnsd, data: Material, rate: int) -> Paced:
    """Measure a lap in which rbldnsd finds its files changed."""
    seconds = 2 * shop.plan.steady + len(data.entries) / 1e6  # about a second for a million entries
    for path in data.rbldnsd:
        os.utime(path)
    alarm = threading.Timer(seconds * RELOAD_AFTER, server.reload)
    alarm.start()
    lap = shop.load.steady(server.port, data.asked.plain, seconds, rate)
    alarm.join()
    assert lap is not None
    return lap


def rate(shop: Workshop, server: Gatepost) -> int:
    """Return the questions a second that Gatepost can bear while it works."""
    return shop.plan.rate if server.name == COMPILED else INTERPRETED_RATE


def two_loops(shop: Workshop) -> list[Comparison]:
    """Measure two loops on two cores against rbldnsd on one; it needs four cores, since the load needs its own."""
    scenario, cores = "two loops on two cores", shop.machine.server_cores
    if len(cores) < 2:
        note = "not measurable here: two cores for the server and two for the load are needed"
        return [Comparison(scenario, "answers/s", key="two loops", note=note), between_loops(shop)]
    data = shop.material()
    mine = ours(shop, with_policy(shop, data), loops=2)
    other = peer(shop)
    with shop.running([other] if other else []), shop.running([mine], cores=cores):
        laps = interleaved(
            shop.plan.scenario_rounds,
            [*([other] if other else []), mine],
            lambda server: (
                shop.load.flood(server.port, data.asked.plain, shop.plan.flood, askers=1 if server is other else 2).rate
            ),
        )
    return [compared(scenario, "answers/s", laps[mine.name], laps.get(PEER, []), "two loops")]


def between_loops(shop: Workshop) -> Comparison:
    """Measure what two loops cost each other, where they have to share two cores with the load.

    No rate can tell it there, but an answer takes more of the processor as soon as one waits for what the other holds.
    """
    data, cores = shop.material(), (*shop.machine.server_cores, *shop.machine.load_cores)
    servers = [ours(shop, with_policy(shop, data), loops) for loops in (1, 2)]
    for server, name in zip(servers, ("one loop", "two loops"), strict=True):
        server.name = name
    with shop.running(servers, cores=cores):
        laps = interleaved(
            shop.plan.scenario_rounds, servers, lambda server: 1000 * flood(shop, server, data.asked.plain, 2)["µs"]
        )
    found = compared("two loops, on the load's core too", "ns an answer", laps["two loops"], laps["one loop"])
    return replace(found, theirs=None, note=f"{found.theirs:,.0f} with one loop there")
