"""The picture of docs/scoring.md: for each amount of evidence a curve of our levels, and the other rules as points."""

from __future__ import annotations

from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING

from benchmarks.plot import OURS, PEERS, picture
from benchmarks.verdicts.closed_loop.rules import NAMED, RULES, SERVED
from benchmarks.verdicts.closed_loop.settings import SETTINGS
from benchmarks.verdicts.measuring import Results
from reputation.intake.estimate import LEVELS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 2.3  # inches, of one setting
MARKERS = "v<>^sDP*X"  # of the other rules, one each: they lie too close together for names beside them
LEAST, MOST = 0.0002, 0.5  # of good mail; the axis is logarithmic
TITLE = "Spam deferred against good mail deferred, at first tries"


def drawn(results: Results) -> str:
    """Draw each setting: spam deferred upwards, good mail deferred to the right. Up and left is best."""
    charts = [(HEIGHT, partial(_setting, results, setting.name)) for setting in SETTINGS]
    return picture([*charts, (HEIGHT, _legend)], TITLE, columns=2)


def _setting(results: Results, setting: str, axes: Axes) -> None:
    ours = [results.of(setting, SERVED, place) for place in range(LEVELS)]
    across, up = [max(one.good_deferred, LEAST) for one in ours], [one.spam_deferred for one in ours]
    axes.plot(across, up, "o-", color=OURS, markersize=4)
    for level, place in enumerate(zip(across, up, strict=True), start=1):
        axes.annotate(str(level), place, xytext=(-3, 5), textcoords="offset points", ha="right", color=OURS)
    for rule, style, colour in _others():
        found = results.of(setting, rule)
        axes.plot(max(found.good_deferred, LEAST), found.spam_deferred, style, color=colour, markersize=5)
    axes.set_title(setting, weight="bold")
    axes.set_xscale("log")
    axes.set_xlim(LEAST / 1.3, MOST)
    axes.set_ylim(0, 1)
    axes.xaxis.set_major_formatter(lambda share, _: f"{share:.2%}" if share < 0.001 else f"{share:.1%}")
    axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    axes.set(xlabel="good mail deferred", ylabel="spam deferred")


def _legend(axes: Axes) -> None:
    axes.plot([], [], "o-", color=OURS, label=f"{SERVED}, levels 1 to 4")
    for rule, style, colour in _others():
        axes.plot([], [], style, color=colour, label=f"{rule}, level 2" if rule == NAMED else rule)
    axes.set_axis_off()
    axes.legend(loc="center left", frameon=False)


def _others() -> list[tuple[str, str, str]]:
    """The rules that are points, each with its marker and colour."""
    rules = [rule for rule in RULES if rule != SERVED]
    return [
        (rule, marker, OURS if rule == NAMED else PEERS) for rule, marker in zip(rules, cycle(MARKERS), strict=False)
    ]
