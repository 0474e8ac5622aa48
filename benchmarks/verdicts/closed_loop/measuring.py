"""One run of the closed loop, by names, so that other processes can do it: a stream, a setting, a rule and a level."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from benchmarks.verdicts.closed_loop import adversary
from benchmarks.verdicts.closed_loop.campaigns import campaigns
from benchmarks.verdicts.closed_loop.everyday import everyday
from benchmarks.verdicts.closed_loop.mail import Amount, Message
from benchmarks.verdicts.closed_loop.rules import RULES
from benchmarks.verdicts.closed_loop.running import Counted, Figures, Loop
from benchmarks.verdicts.closed_loop.settings import DENSE, MEASURED_FROM, Setting

TUNED_ON, UNSEEN = "everyday", "campaigns"
STREAMS: dict[str, Callable[[int, Amount], list[Message]]] = {TUNED_ON: everyday, UNSEEN: campaigns}
LEVEL_TWO = 1
ATTACK_DAYS = 10
BACKGROUND = Amount(ATTACK_DAYS, 3000)  # among which an adversary sends

LetGo = dict[int, tuple[int, int]]  # by hours after the last spam: cleaned servers that are deferred yet, of how many


class Run(NamedTuple):
    """One stream of one seed through a rule at a level, which is a place from 0."""

    stream: str
    seed: int
    setting: Setting
    rule: str
    level: int = LEVEL_TWO

    def seeds(self) -> list[Run]:
        """Return the runs that are added up, as many as the setting has seeds."""
        return [self._replace(seed=self.seed + number) for number in range(self.setting.seeds)]


def figures_of(run: Run) -> Figures:
    """Return what a rule did in one run."""
    messages = STREAMS[run.stream](run.seed, run.setting.amount)
    return Loop(RULES[run.rule](), run.setting.evidence, run.level, MEASURED_FROM, run.seed).run(messages)


def added(some: Iterable[Figures]) -> Figures:
    """Add figures up."""
    total = Figures()
    for found in some:
        for into, counts in ((total.spam, found.spam), (total.good, found.good)):
            for kind, counted in counts.items():
                _add(into[kind], counted)
        total.to_list += found.to_list
    return total


def _add(into: Counted, other: Counted) -> None:
    for name, value in vars(other).items():
        setattr(into, name, getattr(into, name) + value)


def attacked(stream: str, seed: int, rule: str, place: int) -> int:
    """Return how many of a thousand messages of one attack come in."""
    background = STREAMS[stream](seed, BACKGROUND)
    return adversary.through(RULES[rule](), adversary.ATTACKS[place], background, ATTACK_DAYS)


def let_go(stream: str, seed: int, rule: str) -> LetGo:
    """Return how many servers are deferred yet some hours after they were cleaned, with one filter's log."""
    messages = STREAMS[stream](seed, DENSE.amount)
    return adversary.let_go(RULES[rule](), messages, DENSE.evidence)
