"""Figures as a page: tables between the markers of docs/scoring.md, and a picture beside it. It measures nothing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.plot import OURS, PEERS, picture
from benchmarks.report import plain, table
from benchmarks.verdicts import points as scoring
from benchmarks.verdicts.measuring import Figures, Share
from benchmarks.verdicts.points import LEVELS, NEIGHBOURS, WEIGHTS
from benchmarks.verdicts.speed import Speed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 3.4  # inches, of the picture
MARKERS = "v<>^osDP*X"  # of the rules, one each: they lie too close together for names beside them
LEAST = 0.0005  # of good mail; the axis is logarithmic


def numbers() -> dict[str, str]:
    """Write the one table of numbers, as it is in reputation/intake/scoring.py."""
    weights = table(("source", "points"), [[source, f"{points:g}"] for source, points in WEIGHTS.items()])
    heads = ("level", "lists a stranger from", "a well-rated sender from", "and for each 1,000 clean", "shortest stay",
             "longest stay", "addresses that list a network")  # fmt: skip
    levels = [
        [str(number), f"{level.stranger:g}", f"{level.rated:g}", f"{1000 * level.share:+g}", time_of(level.shortest),
         time_of(level.longest), str(many or "never")]
        for number, (level, many) in enumerate(zip(LEVELS, NEIGHBOURS, strict=True), start=1)
    ]  # fmt: skip
    others = [
        ["half-life of evidence", time_of(scoring.EVIDENCE_HALF_LIFE)],
        ["half-life of clean connections", time_of(scoring.CLEAN_HALF_LIFE)],
        ["half-life of repetition", time_of(scoring.REPETITION_HALF_LIFE)],
        ["active time behind a report that lists", time_of(scoring.ACTIVE)],
        ["points of all complaints together, at most", f"{scoring.COMPLAINTS_AT_MOST:g}"],
        ["clean connections of a well-rated sender", f"{scoring.WELL_RATED}"],
    ]
    return {"weights": weights, "levels": table(heads, levels), "others": table(("", ""), others)}


def verdicts(found: Sequence[Figures]) -> dict[str, str]:
    """Write what the rules did on the same stream."""
    heads = (
        "rule",
        "spam deferred",
        "good deferred",
        "without forgery",
        "time to list",
        "time to clear",
        "never listed",
        "listed by forgery",
    )
    lines = [
        [one.name, f"{one.spam_share:.1%}", f"{one.good_share:.2%}", f"{one.unforged_share:.2%}",
         time_of(median(one.to_list)), time_of(median(one.to_clear)), str(one.never), str(one.forged)]
        for one in found
    ]  # fmt: skip
    return {
        "verdicts": table(heads, lines),
        "spam by kind": table(("rule", *found[0].spam), [kinds(one.name, one.spam, 1) for one in found]),
        "good by kind": table(("rule", *found[0].good), [kinds(one.name, one.good, 2) for one in found]),
    }


def kinds(name: str, shares: dict[str, Share], digits: int) -> list[str]:
    """Write one rule's shares of each kind of sender."""
    return [name, *(f"{share.value:.{digits}%}" for share in shares.values())]


def speed(found: Speed) -> dict[str, str]:
    """Write how long things took."""
    lines = [
        ["a million senders scored, each from its history", f"{plain(found.million, 1)} s"],
        ["one more report scored", f"{plain(found.one_report, 1)} µs"],
        [f"a flood of 100,000 reports, half of them malformed: {found.counted:,} counted, {found.refused:,} refused, "
         "none lost", f"{plain(found.flood, 1)} s"],
        ["memory that the flood took", f"{plain(found.memory / 1e6, 0)} MB"],
        [f"the layer of {found.listings:,} own listings built", f"{plain(found.publish, 2)} s"],
    ]  # fmt: skip
    return {"speed": table(("", ""), lines)}


def drawn(found: Sequence[Figures]) -> str:
    """Draw each rule as a point: spam deferred upwards, good mail deferred to the right. Up and left is best."""
    title = "Spam deferred against good mail deferred"

    def draw(axes: Axes) -> None:
        for one, marker in zip(found, cycle(MARKERS), strict=False):
            colour = OURS if one.name.startswith("Gatepost") else PEERS
            axes.plot(max(one.good_share, LEAST), one.spam_share, marker, color=colour, label=one.name)
        axes.set_title(title, weight="bold")
        axes.set_xscale("log")
        axes.set_xlim(LEAST / 1.2, 1)
        axes.set_ylim(min(0.7, *(one.spam_share for one in found)) - 0.02, 1.02)
        axes.xaxis.set_major_formatter(lambda share, _: f"{share:.1%}")
        axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
        axes.set(xlabel="good mail deferred", ylabel="spam deferred")
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)

    return picture([(HEIGHT, draw)], title)


def time_of(seconds: float) -> str:
    """Write a length of time: 5 min, 12 h, 7 d."""
    if seconds < 90 * 60 and seconds != 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h".replace(".0 h", " h") if seconds < 3 * 86400 else f"{seconds / 86400:.0f} d"
