"""Results as a page: tables between the markers of docs/performance.md. It measures nothing.

The page's words are its own; a run replaces what is between `<!-- NAME -->` and `<!-- /NAME -->`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from benchmarks.results import COMPILED, INTERPRETED, PEER, Comparison, Results, Row, find, ratio
from benchmarks.targets import TARGETS, list_memory, loading_seconds

NOTHING = "–"


class NoMarker(Exception):
    """The page lacks a place for something; the text names it."""


def filled(page: str, sections: Mapping[str, str]) -> str:
    """Return the page with each of these sections between the markers of its name."""
    for name, text in sections.items():
        page = put(page, name, text)
    return page


def put(page: str, name: str, text: str) -> str:
    """Return the page with this text between the markers of this name."""
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    begins = [match.end(1) for match in pattern.finditer(page)]
    page = pattern.sub(lambda match: f"{match[1]}{match[2]}", page)
    page = page[: begins[0]] + text + "\n" + page[begins[0] :] if begins else page
    if len(begins) != 1:
        raise NoMarker(f"The page needs the lines <!-- {name} --> and <!-- /{name} --> once each")
    return page


def sections(results: Results) -> dict[str, str]:
    """Write every part of the page that a run makes, by the name of its markers."""
    return {
        "machine": machine(results),
        "servers": servers(results),
        "targets": targets(results),
        "company": company(results.comparisons),
        "sizes": sizes(results),
    }


def machine(results: Results) -> str:
    """Write on what it was measured, how much, and what went wrong."""
    lags = [lag for row in results.rows for lag in row.rounds.get("lag", [])]
    late = f" At the steady rate the load itself was at most {max(lags) / 1000:.1f} ms late." if lags else ""
    lines = [
        f"{results.machine}. {results.entries:,} IPv4 entries, {results.questions:,} questions, steady rate "
        f"{results.rate:,}/s; load: {results.load}. The run took {results.minutes:.0f} minutes.{late}",
        *(f"\n- {problem}" for problem in results.problems),
    ]
    return "\n".join(lines)


def servers(results: Results) -> str:
    """Write the main table."""
    peer = results.row(PEER)
    heads = (
        "server, one core", "answers/s", "ratio", "with EDNS", "µs", "p50 / p99, µs",
        f"lost at {results.rate // 1000}k/s", "lost of bursts", "memory", "lists", "start", "lists loaded",
    )  # fmt: skip
    return table(heads, [server(row, peer) for row in results.rows])


def server(row: Row, peer: Row | None) -> list[str]:
    """Write a line of the main table."""
    if row.absent:
        return [row.name, f"not measured: {row.absent}", *[""] * 10]
    lists = list_memory(row)
    return [
        f"**{row.name}**" if row.name == COMPILED else row.name,
        short(row.median("answers/s")),
        plain(ratio(row, peer, "answers/s"), 3 if row.name == INTERPRETED else 2),
        short(row.median("answers/s, EDNS")),
        plain(row.median("µs"), 2),
        f"{plain(row.median('p50'), 0)} / {plain(row.median('p99'), 0)}" if row.median("p99") else NOTHING,
        share(row, "lost", "asked"),
        share(row, "lost of bursts", "bursts"),
        size(row.once.get("memory")),
        size(lists) if row.name != "limit: C echo" else NOTHING,
        seconds(row.once.get("start")),
        seconds(loading_seconds(row)) if row.name != "limit: C echo" else NOTHING,
    ]


def targets(results: Results) -> str:
    """Write every target, what the run found, and whether that meets it."""
    lines = []
    for target in TARGETS:
        value = target.value(results)
        bound = f"{'at most' if target.is_most else 'at least'} {target.bound:g}"
        verdict = "not measured" if value is None else "met" if target.is_met(value) else "**not met**"
        digits = 3 if 0 < target.bound < 0.5 else 2
        lines.append([target.what, target.against, bound, plain(value, digits), verdict])
    return table(("", "against", "target", "found", ""), lines)


def company(comparisons: Sequence[Comparison]) -> str:
    """Write the scenarios, each figure beside the peer's."""
    lines, before = [], ""
    for one in comparisons:
        lines.append(
            [
                one.scenario if one.scenario != before else "",
                one.measure,
                figure(one.ours, one.measure),
                figure(one.theirs, one.measure),
                plain(one.ratio, 2),
                one.note,
            ]
        )
        before = one.scenario
    return table(("", "", "Gatepost", "rbldnsd", "ratio", ""), lines)


def sizes(results: Results) -> str:
    """Write the table by number of entries."""
    heads = (
        "entries", "answers/s", "rbldnsd", "ratio", "lists", "rbldnsd", "lists loaded", "rbldnsd", "imported from text",
    )  # fmt: skip
    lines = []
    for count, rows in results.sizes.items():
        mine, theirs = find(rows, COMPILED) or find(rows, INTERPRETED), find(rows, PEER)
        imported = mine.once.get("import") if mine else None
        (rate, memory, loaded), (their_rate, their_memory, their_loaded) = facts(mine), facts(theirs)
        between = plain(ratio(mine, theirs, "answers/s"), 2)
        lines.append(
            [f"{count:,}", rate, their_rate, between, memory, their_memory, loaded, their_loaded, seconds(imported)]
        )
    return table(heads, lines)


def facts(row: Row | None) -> tuple[str, str, str]:
    """Write the rate, the memory of the lists, and how long they load."""
    rate = row.median("answers/s") if row else None
    return short(rate), size(list_memory(row)), seconds(loading_seconds(row))


def table(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Write a table of Markdown."""
    rows = [heads, ["---"] * len(heads), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def figure(value: float | None, measure: str) -> str:
    """Write a figure as its measure is written."""
    return short(value) if measure.startswith("answers/s") else plain(value, 0)


def short(value: float | None) -> str:
    """Write a figure in short: 476k, 7.1k, 850."""
    if value is None:
        return NOTHING
    if value < 1000:
        return f"{value:.0f}"
    return f"{value / 1000:.1f}k" if value < 20_000 else f"{value / 1000:.0f}k"


def plain(value: float | None, digits: int) -> str:
    """Write a figure with so many decimals."""
    return NOTHING if value is None else f"{value:,.{digits}f}"


def size(value: float | None) -> str:
    """Write bytes as MB."""
    if value is None:
        return NOTHING
    return f"{value / 1e6:.1f} MB" if value < 20e6 else f"{value / 1e6:.0f} MB"


def seconds(value: float | None) -> str:
    """Write seconds with two decimals."""
    return NOTHING if value is None else f"{value:.2f} s"


def share(row: Row, lost: str, of: str) -> str:
    """Write what was lost: nothing, so many of the steady questions in percent, or so many a burst."""
    lost_count, total = row.total(lost), row.total(of)
    if lost_count is None or not total:
        return NOTHING
    if not lost_count:
        return "0"
    return f"{lost_count / total:.0f} of each" if of == "bursts" else f"{100 * lost_count / total:.2f}%"
