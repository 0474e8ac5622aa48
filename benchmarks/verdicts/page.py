"""Figures as a page: the tables between the markers of docs/scoring.md. It measures nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

from benchmarks.report import plain, table
from benchmarks.verdicts.closed_loop import adversary
from benchmarks.verdicts.closed_loop.measuring import LEVEL_TWO, TUNED_ON, UNSEEN
from benchmarks.verdicts.closed_loop.rules import RULES, SERVED
from benchmarks.verdicts.closed_loop.running import NOT_LISTED, Counted, Evidence, Figures, share
from benchmarks.verdicts.closed_loop.settings import DAYS, DENSE, MANY, SETTINGS, THIN, TRAPS
from benchmarks.verdicts.measuring import COMPARED, Results
from benchmarks.verdicts.speed import Speed
from benchmarks.verdicts.targets import both, targets
from reputation.intake import estimate, learned
from reputation.intake.estimate import DAY, HOUR

STEPS = (
    "the address (IPv6: /64)", "its /24 (/56)", "its /22 (/48)", "its provider (ASN)", "all whose name is unknown",
    "the world",
)  # fmt: skip
BY_KIND = (TRAPS, DENSE, THIN, MANY)
WITHIN = (("with its first message", 0), ("within an hour", HOUR), ("within 12 hours", 12 * HOUR))
FOREVER = 1 << 40


def numbers() -> dict[str, str]:
    """Write the numbers that decide, as they are in reputation/intake/estimate.py and learned.py."""
    weights = [
        ["a message to a trap", f"{estimate.WEIGHTS['trap']:g}"],
        ["a report by a person who runs the installation", f"{estimate.WEIGHTS['hand']:g}"],
        ["spam found by a filter", "1, divided by the share of spam that the filter finds"],
        ["a complaint", f"{estimate.WEIGHTS['complaint']:g}"],
        ["all complaints about a sender, in a day", f"at most {estimate.COMPLAINTS_A_DAY:g}"],
    ]
    steps = [
        [name, time_of(half_life), f"{lean:g}"]
        for name, half_life, lean in zip(STEPS, estimate.HALF_LIVES, estimate.LEANS, strict=True)
    ]
    levels = [
        [str(level), f"{own:.0%}", f"{network:.0%}", *map(time_of, stays)]
        for level, (own, network, *stays) in enumerate(zip(*LEVELS, strict=True), start=1)
    ]
    return {
        "weights": table(("evidence", "weighs, in messages of spam"), weights),
        "steps": table(("step", "half-life of what it has seen", "leans on the next step with"), steps),
        "levels": table(LEVEL_HEADS, levels),
        "others": table(("", ""), others()),
    }


LEVEL_HEADS = (
    "level", "lists from", "a network from", "after the sender's own newest spam", "where it sent clean mail, too",
    "after its networks'",
)  # fmt: skip
LEVELS = (
    estimate.THRESHOLDS, estimate.NETWORK_THRESHOLDS, estimate.OWN_STAYS, estimate.RATED_STAYS, estimate.NETWORK_STAYS,
)  # fmt: skip


def others() -> list[list[str]]:
    """Write the caps, and what is looked at in hours and not in days."""
    return [
        ["share of spam where nothing was seen at all", f"{estimate.UNKNOWN:.0%}"],
        ["what one address adds to its networks, at most in a day",
         f"{estimate.SPAM_A_DAY:g} of spam, {estimate.CLEAN_A_DAY:g} clean"],
        ["what connections that only asked add to a /24 in a day, at most", f"{estimate.ASKED_A_DAY:g}"],
        ["what one such connection weighs", f"{learned.LEAST_ASKED:g} to {learned.MOST_ASKED:g}, as is learned"],
        ["what a filter is taken to find, before it is measured", f"{learned.USUAL_RECALL:.0%}"],
        ["a server broken into: so much spam lately, of all that it sent",
         f"{estimate.RECENT_SPAM:g} and {estimate.RECENT_SHARE:.0%}; half-life {time_of(estimate.RECENT)}"],
        ["clean messages lately that count whole against that", f"{estimate.RECENT_CLEAN:g}; of more a tenth"],
        ["a /24 that is hot: so much spam lately, of all that was seen",
         f"{estimate.HOT_SPAM:g} and {estimate.HOT_SHARE:.0%}; half-life {time_of(estimate.HOT)}"],
        ["clean messages from which a sender does not hang on a hot /24", f"{estimate.OWN_NAME:g}"],
        ["a sender listed for its networks alone passes when it comes again after", time_of(estimate.RETRY)],
        ["unless those who passed in its /24 sent spam",
         f"{estimate.PASSED_SPAM:g} times and {estimate.PASSED_SHARE:.0%}"],
        ["spam of a provider, from which it keeps listings of its networks alive", f"{estimate.PROVIDER_SPAM:g}"],
        ["a report's own weight", f"{estimate.LIGHTEST:g} to {estimate.HEAVIEST:g} times"],
    ]  # fmt: skip


def verdicts(results: Results) -> dict[str, str]:
    """Write what the rules did, what was not met, and what an adversary gets through."""
    return {
        "settings": settings(),
        "targets": reached(results),
        "verdicts": by_rule(results, UNSEEN, deferred),
        "bounced": by_rule(results, UNSEEN, bounced),
        "by level": by_level(results),
        "time to list": time_to_list(results),
        "let go": let_go(results, UNSEEN),
        "spam by kind": by_kind(results, lambda one: one.spam, lambda one: f"{share(one, 'deferred'):.0%}"),
        "good by kind": by_kind(
            results, lambda one: one.good, lambda one: f"{share(one, 'deferred'):.2%} / {share(one, 'lost'):.2%}"
        ),
        "adversary": through(results),
        "tuned on": by_rule(results, TUNED_ON, deferred),
        "tuned on, bounced": by_rule(results, TUNED_ON, bounced),
        "tuned on, let go": let_go(results, TUNED_ON),
    }


def settings() -> str:
    """Write what is seen in each setting."""
    heads = ("setting", "messages a day", "what is seen", f"runs of {DAYS} days")
    lines = [[one.name, f"{one.amount.a_day:,.0f}", seen(one.evidence), str(one.seeds)] for one in SETTINGS]
    return table(heads, lines)


def seen(evidence: Evidence) -> str:
    """Write what is seen of the mail."""
    some = f"{evidence.trapped:.0%} of spam hits a trap, too; {evidence.complained:.1%} is complained about"
    if not evidence.filtered:
        return f"{some}; no filter"
    of = "of all mail" if evidence.filtered == 1 else f"of {evidence.filtered:.0%} of the mail"
    return f"{some}; the log {of} by a filter that finds {evidence.recall:.0%}"


def reached(results: Results) -> str:
    """Write each target, what was found, and whether that meets it."""
    lines = [[one.what, one.found, "met" if one.is_met else "**not met**"] for one in targets(results)]
    return table(("target, level 2", "found", ""), lines)


def by_rule(results: Results, stream: str, written: Callable[[Figures], str]) -> str:
    """Write a line for each setting, with every rule at level 2."""
    rules = [rule for rule in RULES if (stream, DENSE.name, rule, LEVEL_TWO) in results.figures]
    lines = [
        [one.name, *(written(results.of(one.name, rule, stream=stream)) for rule in rules)] for one in SETTINGS
    ]  # fmt: skip
    return table(("setting", *rules), lines)


def deferred(found: Figures) -> str:
    """Write the spam and the good mail that was deferred at its first try."""
    return both(found.spam_deferred, found.good_deferred)


def bounced(found: Figures) -> str:
    """Write the good mail that never came in."""
    return f"{found.good_bounced:.3%}"


def by_level(results: Results) -> str:
    """Write what the estimate does at each level."""
    places = range(estimate.LEVELS)
    lines = [[one.name, *(deferred(results.of(one.name, SERVED, place)) for place in places)] for one in SETTINGS]
    return table(("setting", *(f"level {place + 1}" for place in places)), lines)


def time_to_list(results: Results) -> str:
    """Write how soon senders of spam were deferred that sent again and again, with one filter's log."""
    heads = ("rule", *(name for name, _ in WITHIN), "later", "never", "senders")
    lines = []
    for rule in RULES:
        after = results.of(DENSE.name, rule).to_list
        listed = [seconds for seconds in after if seconds != NOT_LISTED]
        counts = [sum(seconds <= most for seconds in listed) for most in (*(most for _, most in WITHIN), FOREVER)]
        parts = [counts[0], *(later - sooner for sooner, later in pairwise(counts))]
        cells = [part_of(part, len(after)) for part in (*parts, len(after) - len(listed))]
        lines.append([rule, *cells, f"{len(after):,}"])
    return table(heads, lines)


def let_go(results: Results, stream: str) -> str:
    """Write how many servers were deferred yet, some hours after they were cleaned."""
    heads = ("rule", *(time_of(hours * HOUR) + " after" for hours in adversary.HOURS_AFTER), "servers")
    lines = []
    for rule in COMPARED:
        found = results.let_go[stream, rule]
        of_all = max(tried for _, tried in found.values())
        lines.append([rule, *(part_of(still, tried) for still, tried in found.values()), str(of_all)])
    return table(heads, lines)


def by_kind(
    results: Results, side: Callable[[Figures], dict[str, Counted]], written: Callable[[list[Counted]], str]
) -> str:
    """Write what the estimate did to each kind of sender, in some settings."""
    columns = [side(results.of(setting.name, SERVED)) for setting in BY_KIND]
    kinds = sorted({kind for column in columns for kind in column})
    lines = [[kind, *(written([column.get(kind, Counted())]) for column in columns)] for kind in kinds]
    return table(("sender", *(setting.name for setting in BY_KIND)), lines)


def through(results: Results) -> str:
    """Write how many of an adversary's thousand messages come in."""
    lines = [
        [attack.name, *(str(results.through[rule, attack.name]) for rule in COMPARED)] for attack in adversary.ATTACKS
    ]
    return table(("fifty addresses", *COMPARED), lines)


def speed(found: Speed) -> dict[str, str]:
    """Write how long things took."""
    lines = [
        ["a million senders scored, one report each", f"{plain(found.million, 1)} s"],
        ["one more report scored", f"{plain(found.one_report, 1)} µs"],
        [f"a flood of 100,000 reports, half of them malformed: {found.counted:,} counted, {found.refused:,} refused, "
         "none lost", f"{plain(found.flood_work, 1)} s; {plain(found.flood, 0)} s of the clock"],
        ["memory that the flood took", f"{plain(found.memory / 1e6, 0)} MB"],
        [f"the layer of {found.listings:,} own listings built", f"{plain(found.publish, 2)} s"],
    ]  # fmt: skip
    return {"machine": found.machine, "speed": table(("", ""), lines)}


def part_of(some: int, of_all: int) -> str:
    """Write a share of a few."""
    return f"{some / of_all:.0%}" if of_all else "–"


def time_of(seconds: float) -> str:
    """Write a length of time: 5 min, 12 h, 7 d."""
    if seconds < HOUR:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / HOUR:.1f} h".replace(".0 h", " h") if seconds < 3 * DAY else f"{seconds / DAY:.0f} d"


def printed(sections: Mapping[str, str]) -> str:
    """Write sections one below the other, each under its name."""
    return "\n\n".join(f"{name}\n{text}" for name, text in sections.items())
