"""Figures as a page: tables between the markers of docs/scoring.md, and a picture beside it. Measures nothing."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10
from statistics import median

from benchmarks.plot import STYLE, text
from benchmarks.report import NoMarker, plain, table
from benchmarks.verdicts.measuring import Figures, Share
from benchmarks.verdicts.speed import Speed
from reputation.intake import scoring
from reputation.intake.scoring import LEVELS, NEIGHBOURS, WEIGHTS

WIDTH, HEIGHT, LEFT, BOTTOM = 760, 340, 90, 290
LEAST = 0.0005  # of good mail; the axis is logarithmic


def filled(page: str, sections: dict[str, str]) -> str:
    """The page with these sections between their markers."""
    for name, words in sections.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        if page.count(begin) != 1 or page.count(end) != 1:
            raise NoMarker(f"docs/scoring.md needs the lines <!-- {name} --> and <!-- /{name} --> once each")
        head, rest = page.split(begin)
        page = f"{head}{begin}{words}\n{end}{rest.split(end)[1]}"
    return page


def numbers() -> dict[str, str]:
    """The one table of numbers, as it stands in reputation/intake/scoring.py."""
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
    """What the rules did on the same stream."""
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
    """One rule's shares of each kind of sender."""
    return [name, *(f"{share.value:.{digits}%}" for share in shares.values())]


def speed(found: Speed) -> dict[str, str]:
    """How long things took."""
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
    """Each rule as a point: spam deferred upwards, good mail deferred to the right. The best place is up and left."""
    label = "Spam deferred against good mail deferred"
    parts = [text(16, 26, label, "title"), f'<path class="axis" d="M{LEFT} 50V{BOTTOM}H{WIDTH - 30}"/>']
    lowest = min(0.7, *(one.spam_share for one in found))
    for share in (0.001, 0.01, 0.1, 1.0):
        parts.append(text(across(share), BOTTOM + 20, f"{share:.1%}", anchor="middle"))
    for share in (0.7, 0.8, 0.9, 1.0):
        parts.append(text(LEFT - 8, up(share, lowest) + 4, f"{share:.0%}", anchor="end"))
    for number, one in enumerate(found):
        x, y = across(one.good_share), up(one.spam_share, lowest)
        kind = "ours" if one.name.startswith("Gatepost") else "peer"
        parts.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>')
        parts.append(text(x + 9, y + (4 if kind == "ours" else 18 * (number % 4 + 1) % 72), one.name, kind))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">\n'
        f'<style>{STYLE}</style>\n<rect class="paper" width="{WIDTH}" height="{HEIGHT}" rx="6"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def across(share: float) -> float:
    """Of good mail, on a logarithmic axis up to all of it."""
    return LEFT + 20 + (WIDTH - LEFT - 150) * (log10(max(share, LEAST)) - log10(LEAST)) / -log10(LEAST)


def up(share: float, lowest: float) -> float:
    return BOTTOM - (BOTTOM - 60) * (share - lowest) / (1 - lowest)


def time_of(seconds: float) -> str:
    """5 min, 12 h, 7 d."""
    if seconds < 90 * 60 and seconds != 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h".replace(".0 h", " h") if seconds < 3 * 86400 else f"{seconds / 86400:.0f} d"
