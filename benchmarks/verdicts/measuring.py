"""Figures of the rules: what they defer of spam and of good mail, how soon they list, and when they let go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.verdicts.rules import Rule
from benchmarks.verdicts.stream import DAY, DAYS, FORGED, MEASURED_FROM, MINUTE, Sender

TICK = 5 * MINUTE  # how finely the end of a listing is looked for


@dataclass
class Share:
    """Connections that asked, and those of them that were deferred."""

    asked: int = 0
    deferred: int = 0

    def add(self, deferred: int, asked: int) -> None:
        """Add so many connections that asked, and those of them that were deferred."""
        self.deferred += deferred
        self.asked += asked

    @property
    def value(self) -> float:
        """Return the share that was deferred, from 0 to 1; 0 where nobody asked."""
        return self.deferred / self.asked if self.asked else 0.0


@dataclass
class Figures:
    """The figures of one rule.

    Spam and good mail are by the kind of sender; the seconds to list and to clear are one for each spammer.
    """

    name: str
    spam: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    good: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    to_list: list[int] = field(default_factory=list)
    to_clear: list[int] = field(default_factory=list)
    never: int = 0  # spammers that were not listed at all
    forged: int = 0  # senders under forged complaints that were listed at some moment

    def total(self, shares: dict[str, Share]) -> Share:
        """Return the sum over all kinds of senders."""
        whole = Share()
        for share in shares.values():
            whole.add(share.deferred, share.asked)
        return whole

    @property
    def spam_share(self) -> float:
        """Return the share of spam that was deferred."""
        return self.total(self.spam).value

    @property
    def unforged_share(self) -> float:
        """Return the share of good mail, without the senders about which complaints are forged."""
        return self.total({kind: share for kind, share in self.good.items() if kind != FORGED}).value

    @property
    def good_share(self) -> float:
        """Return the share of good mail that was deferred."""
        return self.total(self.good).value


def measured(senders: Iterable[Sender], rules: Sequence[Rule]) -> list[Figures]:
    """Replay every sender through every rule."""
    figures = [Figures(rule.name) for rule in rules]
    for sender in senders:
        spam, good = (times[times >= MEASURED_FROM] for times in (sender.spam, sender.good))
        for rule, found in zip(rules, figures, strict=True):
            if len(spam):
                found.spam[sender.kind].add(int(rule.verdicts(sender, spam).sum()), len(spam))
                _timed(sender, rule, found)
            if len(good):
                found.good[sender.kind].add(int(rule.verdicts(sender, good).sum()), len(good))
            if sender.attacked:
                found.forged += bool(rule.verdicts(sender, np.arange(MEASURED_FROM, DAYS * DAY, TICK)).any())
    return figures


def _timed(sender: Sender, rule: Rule, found: Figures) -> None:
    """How long from the first spam to the listing, and from the last spam to its end."""
    if sender.spam[0] < MEASURED_FROM:
        return
    evidence = np.unique(np.concatenate([sender.trap, sender.filtered, sender.complaint]))
    moments = evidence[(evidence >= sender.spam[0]) & (evidence <= sender.spam[-1])]
    listed = rule.verdicts(sender, moments)
    if not listed.any():
        found.never += 1
        return
    found.to_list.append(int(moments[listed.argmax()] - sender.spam[0]))
    after = sender.spam[-1] + np.arange(0, 40 * DAY, TICK)
    still = rule.verdicts(sender, after)
    found.to_clear.append(int(TICK * (len(still) if still.all() else still.argmin())))
