"""Pictures of the results as SVG, by matplotlib: bars for servers and scenarios, lines over the number of entries.

Their colours follow the reader's light or dark setting. It knows figures and names, nothing of how they were found.
matplotlib is imported when a picture is drawn: nobody who measures, and no test of the figures, waits for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from io import StringIO
from typing import TYPE_CHECKING

from benchmarks.report import short
from benchmarks.results import COMPILED, INTERPRETED, PEER, Results, find

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OURS, PEERS, OTHERS, INK, PAPER = "#0969da", "#8c6d1f", "#848d97", "#1f2328", "#ffffff"
DARK = {OURS: "#4493f8", PEERS: "#d4a72c", INK: "#e6edf3", PAPER: "#0d1117"}
SETTINGS = {
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "gatepost",  # the same figures give the same file
    "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": OTHERS,
    "axes.titlelocation": "left", "axes.titlesize": "medium",
    "text.color": INK, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK,
}  # fmt: skip
WIDTH, LINE, LINES = 7.6, 0.22, 1.9  # inches: of a picture, and the heights of a bar and of a chart of lines

Bar = tuple[str, float, str]  # its name, its length, its colour
Chart = tuple[float, Callable[["Axes"], None]]  # its height in inches, and what draws it


def drawn(results: Results) -> str:
    """Draw the whole picture."""
    named = {
        f"Answers a second, one core, {results.entries:,} entries": rates(results),
        f"99th percentile of the waiting time at {results.rate:,} questions/s, µs": waits(results),
    }
    charts = [bar_chart(title, bars) for title, bars in named.items() if bars]
    lines = by_entries(results)
    if lines:
        charts.append(line_chart("Answers a second by number of entries", lines))
    return picture(charts, "Gatepost and its peers, measured in one run")


def rates(results: Results) -> list[Bar]:
    """Return the answers a second of each server, as bars."""
    found = [(row.name, row.median("answers/s")) for row in results.rows]
    return [(name, value, colour(name)) for name, value in found if value]


def waits(results: Results) -> list[Bar]:
    """Return the 99th percentile of both servers in each scenario that has one, as bars."""
    bars: list[Bar] = []
    for one in results.comparisons:
        if one.measure.startswith("p99,"):
            bars += [(one.scenario, one.ours or 0, OURS)]
            bars += [("rbldnsd", one.theirs, PEERS)] if one.theirs else []
    return bars


def by_entries(results: Results) -> dict[str, list[tuple[int, float]]]:
    """Return a line for each server: (entries, answers/s)."""
    found: dict[str, list[tuple[int, float]]] = {}
    for count, rows in results.sizes.items():
        for name in (COMPILED, INTERPRETED, PEER):
            row = find(rows, name)
            value = row.median("answers/s") if row else None
            if value:
                found.setdefault(name, []).append((count, value))
    return found


def colour(name: str) -> str:
    """Return the colour of a server's bar or line: ours, the peer's, or that of all others."""
    if name.startswith("Gatepost"):
        return OURS
    return PEERS if name == PEER else OTHERS


def bar_chart(title: str, bars: Sequence[Bar]) -> Chart:
    """Describe a chart of bars from the left, each with its name and its figure."""
    names, values, colours = zip(*bars, strict=True)

    def draw(axes: Axes) -> None:
        made = axes.barh(range(len(bars)), values, color=colours, height=0.65)
        axes.bar_label(made, [short(value) if value >= 20_000 else f"{value:,.0f}" for value in values], padding=4)
        axes.set_yticks(range(len(bars)), names)
        axes.invert_yaxis()
        axes.set_title(title, weight="bold")
        axes.xaxis.set_visible(False)
        axes.spines["bottom"].set_visible(False)
        axes.margins(x=0.1)

    return 0.5 + LINE * len(bars), draw


def line_chart(title: str, lines: dict[str, list[tuple[int, float]]]) -> Chart:
    """Describe a chart of lines over a logarithmic axis of entries; the vertical axis begins at 0."""
    counts = sorted({count for points in lines.values() for count, _ in points})

    def draw(axes: Axes) -> None:
        for name, points in lines.items():
            style = "o--" if name == INTERPRETED else "o-"
            axes.semilogx(*zip(*points, strict=True), style, color=colour(name), markersize=4, label=name)
        axes.set_title(title, weight="bold")
        axes.set_xticks(counts, [f"{count:,}" for count in counts], minor=False)
        axes.set_xticks([], minor=True)
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(lambda value, _: short(value))
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)

    return 0.5 + LINES, draw


def picture(charts: Sequence[Chart], label: str, columns: int = 1) -> str:
    """Draw the charts row by row, and return the SVG; `label` is for those who cannot see it."""
    from matplotlib import style
    from matplotlib.figure import Figure

    with style.context(SETTINGS):
        rows = [charts[first : first + columns] for first in range(0, len(charts), columns)]
        heights = [max(height for height, _ in row) for row in rows]
        figure = Figure(figsize=(WIDTH, max(1.0, sum(heights))), facecolor=PAPER, layout="constrained")
        if charts:
            places = figure.subplots(len(rows), columns, squeeze=False, height_ratios=heights).flat
            for (_, draw), axes in zip(charts, places, strict=False):
                axes.set_facecolor("none")
                draw(axes)
        file = StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return _with_dark_colours(file.getvalue(), label)


def _with_dark_colours(text: str, label: str) -> str:
    """With the colours of DARK in place of those that matplotlib has written, for readers who chose a dark screen."""
    rules = "\n".join(
        f'[style*="{what}: {light}"] {{ {what}: {dark} !important; }}'
        for light, dark in DARK.items()
        for what in ("fill", "stroke")
    )
    head, rest = text[text.index("<svg ") :].split(">", 1)
    named = head.replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1)
    return f"{named}>\n<style>@media (prefers-color-scheme: dark) {{\n{rules}\n}}</style>{rest}"
