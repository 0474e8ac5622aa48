"""A picture of the results as SVG: bars a server, bars a scenario, lines over the number of entries.

Its colours follow the reader's light or dark setting. It knows figures and names, nothing of how they were found.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from benchmarks.report import short
from benchmarks.results import COMPILED, INTERPRETED, PEER, Results, find

WIDTH, LEFT, RIGHT, LINE, GAP = 760, 250, 80, 22, 48
HEIGHT_OF_LINES = 190
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328; } .title { font-weight: 600; }
.ours { fill: #0969da; stroke: #0969da; } .peer { fill: #8c6d1f; stroke: #8c6d1f; } .other { fill: #848d97; }
text.ours, text.peer { stroke: none; } .axis { stroke: #848d97; fill: none; }
.line { fill: none; stroke-width: 2; } .paper { fill: #ffffff; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; } .paper { fill: #0d1117; }
.ours { fill: #4493f8; stroke: #4493f8; } .peer { fill: #d4a72c; stroke: #d4a72c; } }
"""

Bar = tuple[str, float, str]  # its name, its length, the class that colours it


def drawn(results: Results) -> str:
    """The whole picture."""
    parts, y = [], 30
    charts = {
        f"Answers a second, one core, {results.entries:,} entries": rates(results),
        f"99th percentile of the waiting time at {results.rate:,} questions/s, µs": waits(results),
    }
    for title, bars in charts.items():
        if bars:
            chart, height = bar_chart(title, bars, y)
            parts.append(chart)
            y += height + GAP
    lines = by_entries(results)
    if lines:
        parts.append(line_chart("Answers a second by number of entries", lines, y))
        y += HEIGHT_OF_LINES + GAP
    label = "Gatepost and its peers, measured in one run"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" role="img" aria-label="{label}">\n'
        f'<style>{STYLE}</style>\n<rect class="paper" width="{WIDTH}" height="{y}" rx="6"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def rates(results: Results) -> list[Bar]:
    """Answers a second of each server."""
    found = [(row.name, row.median("answers/s")) for row in results.rows]
    return [(name, value, colour(name)) for name, value in found if value]


def waits(results: Results) -> list[Bar]:
    """The 99th percentile of both servers in each scenario that has one."""
    bars: list[Bar] = []
    for one in results.comparisons:
        if one.measure.startswith("p99,"):
            bars += [(one.scenario, one.ours or 0, "ours")]
            bars += [("rbldnsd", one.theirs, "peer")] if one.theirs else []
    return bars


def by_entries(results: Results) -> dict[str, list[tuple[int, float]]]:
    """A line a server: (entries, answers/s)."""
    found: dict[str, list[tuple[int, float]]] = {}
    for count, rows in results.sizes.items():
        for name in (COMPILED, INTERPRETED, PEER):
            row = find(rows, name)
            value = row.median("answers/s") if row else None
            if value:
                found.setdefault(name, []).append((count, value))
    return found


def colour(name: str) -> str:
    if name.startswith("Gatepost"):
        return "ours"
    return "peer" if name == PEER else "other"


def bar_chart(title: str, bars: Sequence[Bar], y: int) -> tuple[str, int]:
    """Bars from the left, each with its name and its figure; the text and its height."""
    longest = max(value for _, value, _ in bars)
    parts = [text(16, y, title, "title")]
    for at, (name, value, kind) in enumerate(bars):
        top = y + 14 + at * LINE
        length = max(1.0, (WIDTH - LEFT - RIGHT) * value / longest)
        parts.append(text(LEFT - 8, top + 13, name, anchor="end"))
        parts.append(f'<rect class="{kind}" x="{LEFT}" y="{top + 2}" width="{length:.1f}" height="{LINE - 8}"/>')
        parts.append(text(LEFT + length + 6, top + 13, short(value) if value >= 20_000 else f"{value:,.0f}"))
    return "\n".join(parts), 14 + len(bars) * LINE


def line_chart(title: str, lines: dict[str, list[tuple[int, float]]], y: int) -> str:
    """Lines over a logarithmic axis of entries; the vertical axis begins at 0."""
    counts = sorted({count for points in lines.values() for count, _ in points})
    highest = max(value for points in lines.values() for _, value in points)
    low, high = math.log10(counts[0]), math.log10(counts[-1])
    bottom, width = y + HEIGHT_OF_LINES - 24, WIDTH - LEFT - RIGHT

    def place(count: int, value: float) -> tuple[float, float]:
        across = (math.log10(count) - low) / (high - low) if high > low else 0.5
        return LEFT + across * width, bottom - (HEIGHT_OF_LINES - 48) * value / highest

    parts = [text(16, y, title, "title"), f'<path class="axis" d="M{LEFT} {y + 14}V{bottom}H{LEFT + width}"/>']
    parts += [text(LEFT - 8, place(counts[0], highest)[1] + 4, short(highest), anchor="end")]
    parts += [text(place(count, 0)[0], bottom + 18, f"{count:,}", anchor="middle") for count in counts]
    for name, points in lines.items():
        places = [place(*point) for point in points]
        path = "M" + "L".join(f"{x:.1f} {height:.1f}" for x, height in places)
        parts.append(f'<path class="line {colour(name)}" style="fill:none" d="{path}"/>')
        parts.append(text(16, y + 24 + 20 * list(lines).index(name), f"{name}", colour(name)))
        parts += [f'<circle class="{colour(name)}" cx="{x:.1f}" cy="{height:.1f}" r="3"/>' for x, height in places]
    return "\n".join(parts)


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    """A line of text."""
    style = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{style}>{escape(words)}</text>'
