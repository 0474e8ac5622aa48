"""What the estimate is to reach on the stream that it was not tuned on, and whether it does."""

from __future__ import annotations

from typing import NamedTuple

from benchmarks.verdicts.closed_loop import adversary
from benchmarks.verdicts.closed_loop.measuring import UNSEEN
from benchmarks.verdicts.closed_loop.rules import BEFORE, PSBL, SERVED
from benchmarks.verdicts.closed_loop.settings import BOTS, DENSE, FEW_BOTS, MANY, SETTINGS, THIN, TRAPS, WORSE_FILTER
from benchmarks.verdicts.measuring import Results

SHARES = ((DENSE, 0.60, 0.006), (THIN, 0.50, 0.007), (MANY, 0.55, 0.007))  # at least of spam, at most of good mail
BESIDE = ((TRAPS, PSBL), (WORSE_FILTER, BEFORE), (FEW_BOTS, BEFORE), (THIN, BEFORE), (BOTS, BEFORE))
MOST_THROUGH = 100  # of an adversary's thousand messages
STILL_LISTED, WITHIN = 0.1, 12  # of cleaned servers, after so many hours
MOST_BOUNCED = 0.0002


class Target(NamedTuple):
    """A target, what was found, and whether that meets it."""

    what: str
    found: str
    is_met: bool


def targets(results: Results) -> list[Target]:
    """Return every target with what was found."""
    return [*_shares(results), *_beside(results), *_through(results), _let_go(results), *_bounced(results)]


def _shares(results: Results) -> list[Target]:
    found = []
    for setting, spam, good in SHARES:
        ours = results.of(setting.name, SERVED)
        what = f"{setting.name}: {spam:.0%} of spam or more, {good:.1%} of good mail or less"
        is_met = ours.spam_deferred >= spam and ours.good_deferred <= good
        found.append(Target(what, both(ours.spam_deferred, ours.good_deferred), is_met))
    return found


def _beside(results: Results) -> list[Target]:
    found = []
    for setting, other in BESIDE:
        ours, theirs = results.of(setting.name, SERVED), results.of(setting.name, other)
        what = f"{setting.name}: more spam than {other}, and no more good mail"
        said = f"{both(ours.spam_deferred, ours.good_deferred)}, {other} "
        said += both(theirs.spam_deferred, theirs.good_deferred)
        is_met = ours.spam_deferred > theirs.spam_deferred and ours.good_deferred <= theirs.good_deferred
        found.append(Target(what, said, is_met))
    return found


def _through(results: Results) -> list[Target]:
    counts = {attack.name: results.through[SERVED, attack.name] for attack in adversary.ATTACKS}
    together = max(counts[attack.name] for attack in adversary.ATTACKS if not attack.apart)
    apart = max(counts[attack.name] for attack in adversary.ATTACKS if attack.apart)
    what = f"an adversary's 1,000 messages from fifty addresses: {MOST_THROUGH} or fewer come in"
    return [
        Target(f"{what}, where they share a network", str(together), together <= MOST_THROUGH),
        Target(f"{what}, each in a network of its own", str(apart), apart <= MOST_THROUGH),
    ]


def _let_go(results: Results) -> Target:
    still, of_all = results.let_go[UNSEEN, SERVED][WITHIN]
    what = f"{1 - STILL_LISTED:.0%} of cleaned servers are let go within {WITHIN} hours"
    return Target(what, f"{of_all - still} of {of_all}", still <= STILL_LISTED * of_all)


def _bounced(results: Results) -> list[Target]:
    shares = {setting.name: results.of(setting.name, SERVED).good_bounced for setting in SETTINGS}
    worst = max(shares, key=lambda name: shares[name])
    over = sum(share > MOST_BOUNCED for share in shares.values())
    what = f"{MOST_BOUNCED:.2%} of good mail or less is bounced for good, in every setting"
    found = f"at most {shares[worst]:.3%} ({worst}); more than {MOST_BOUNCED:.2%} in {over} of {len(shares)} settings"
    return [Target(what, found, not over)]


def both(spam: float, good: float) -> str:
    """Write a share of spam and one of good mail."""
    return f"{spam:.1%} / {good:.2%}"
