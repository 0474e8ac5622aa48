"""The same measurement with few and with many entries: Gatepost and the peer that keeps lists as it does."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from benchmarks.contest import at_the_end, attempt, flood, is_right, ours, start_of, with_policy
from benchmarks.results import PEER, Results, Row, find
from benchmarks.servers import DidNotStart, Server
from benchmarks.servers.rbldnsd import Rbldnsd
from benchmarks.workshop import Material, Workshop, interleaved


def sizes(shop: Workshop, results: Results) -> None:
    """Add a row for each server and number of entries; what cannot be measured is told on the page.

    The rows of the main table know the memory without lists.
    """
    for count in shop.plan.sizes:
        try:
            results.sizes[count] = one_size(shop, count, results.rows)
        except DidNotStart as reason:
            results.problems.append(f"{count:,} entries: {reason}")


def one_size(shop: Workshop, count: int, rows: Sequence[Row]) -> list[Row]:
    """Measure rate, memory and loading with so many entries; files that nobody else needs are removed."""
    data = shop.material(count)
    found = measured(shop, data, rows)
    if count != shop.plan.entries:
        shop.forget(count)
    return found


def measured(shop: Workshop, data: Material, rows: Sequence[Row]) -> list[Row]:
    """Measure both servers with this data."""
    peer = Row(PEER)
    theirs = attempt(peer, lambda: Rbldnsd(shop.place(), data.peer_zone, data.rbldnsd))
    mine = ours(shop, with_policy(shop, data))
    servers = [server for server in (theirs, mine) if server is not None]
    found = [Row(server.name) for server in servers]
    loading = {server.name: loadings(shop, server, data) for server in servers}
    with shop.running(servers, data):
        fit = [server for server, row in zip(servers, found, strict=True) if is_right(shop, server, row, data)]
        laps = interleaved(shop.plan.scenario_rounds, fit, lambda server: flood(shop, server, data.asked.plain))
        for row, server in zip(found, servers, strict=True):
            for lap in laps.get(row.name, []):
                row.add(**lap)
            row.once |= before(rows, row.name) | at_the_end(server) | loading[row.name]
    found[-1].once["import"] = data.installation.import_seconds
    return found


def loadings(shop: Workshop, server: Server, data: Material) -> dict[str, float]:
    """Return how many seconds it takes to start and to load: the median of several starts."""
    starts: list[dict[str, float]] = []
    for _ in range(shop.plan.starts):
        with shop.running([server], data):
            starts.append(start_of(server))
    return {figure: statistics.median(start[figure] for start in starts) for figure in starts[0]}


def before(rows: Sequence[Row], name: str) -> dict[str, float]:
    """Return the server's memory and start without a list, from the main table."""
    row = find(rows, name)
    return {name: value for name, value in row.once.items() if name.endswith("without lists")} if row else {}
