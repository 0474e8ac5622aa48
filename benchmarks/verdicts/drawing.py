"""The pictures of docs/scoring.md: how the steps lean on each other, by an example; and what the rules did.

For each amount of evidence our levels are a curve, and the other rules are points.
"""

from __future__ import annotations

from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING

from benchmarks.plot import INK, OTHERS, OURS, PEERS, picture
from benchmarks.verdicts.closed_loop.rules import NAMED, RULES, SERVED
from benchmarks.verdicts.closed_loop.settings import SETTINGS
from benchmarks.verdicts.measuring import Results
from reputation.intake.estimate import LEANS, LEVELS, NETWORK_THRESHOLDS, UNKNOWN, leaned

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 2.3  # inches, of one setting
MARKERS = "v<>^sDP*X"  # of the other rules, one each: they lie too close together for names beside them
LEAST, MOST = 0.0002, 0.5  # of good mail; the axis is logarithmic
TITLE = "Spam deferred against good mail deferred, at first tries"

# An example, from the world down: what each step has seen, as spam of all.
EXAMPLE = (
    ("the world", 600, 1000), ("all whose name is unknown", 600, 1000), ("its provider", 40, 90),
    ("198.51.100.0/22", 15, 20), ("198.51.100.0/24", 9, 9), ("198.51.100.7", 0, 0),
)  # fmt: skip
EXAMPLE_TITLE = "An address that was never seen, and what the steps above it say"
STEPS_HEIGHT = 3.0


def steps_drawn() -> str:
    """Draw the estimate of each step of an example, as a bar that reaches the levels or does not."""
    return picture([(STEPS_HEIGHT, _steps)], EXAMPLE_TITLE)


def example() -> list[float]:
    """Return the estimates of the example, from the world down."""
    found, likely = [], UNKNOWN
    for (_, spam, seen), lean in zip(EXAMPLE, reversed(LEANS), strict=True):
        likely = leaned(spam, seen, lean, likely)
        found.append(likely)
    return found


def _steps(axes: Axes) -> None:
    likely = example()
    colours = [OTHERS] * (len(likely) - 1) + [OURS]
    axes.barh(range(len(likely)), likely, color=colours, height=0.6, alpha=0.35)
    for place, ((_, spam, seen), value) in enumerate(zip(EXAMPLE, likely, strict=True)):
        told = f"{spam:,} of {seen:,} were spam" if seen else "nothing seen"
        axes.annotate(f"{told}: {value:.0%}", (0.01, place), va="center", color=INK, fontsize=8)
    for level, threshold in enumerate(NETWORK_THRESHOLDS, start=1):
        axes.axvline(threshold, color=PEERS, linestyle=":")
        axes.annotate(
            f"level {level}",
            (threshold, -0.75),
            ha="center",
            va="bottom",
            color=PEERS,
            annotation_clip=False,
            fontsize=8,
        )
    axes.set_yticks(range(len(EXAMPLE)), [name for name, _, _ in EXAMPLE])
    axes.set_ylim(len(EXAMPLE) - 0.5, -0.8)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    axes.set_xlabel("estimate: how likely the next message is spam")


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
    axes.set_title(setting, weight="bold", fontsize="small")
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
