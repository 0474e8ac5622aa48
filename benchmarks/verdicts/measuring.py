"""All that the page needs, measured once: each rule on each setting, what an adversary gets through, and letting go.

Every run is independent of the others, so two processes share them. The stream for the page is run at every level; the
one that the numbers were tuned on at the default level alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field

from benchmarks.verdicts.closed_loop import adversary
from benchmarks.verdicts.closed_loop.measuring import (
    LEVEL_TWO,
    TUNED_ON,
    UNSEEN,
    LetGo,
    Run,
    added,
    attacked,
    figures_of,
    let_go,
)
from benchmarks.verdicts.closed_loop.rules import BEFORE, NAMED, PSBL, RULES, SERVED
from benchmarks.verdicts.closed_loop.running import Figures
from benchmarks.verdicts.closed_loop.settings import SETTINGS
from reputation.intake.estimate import LEVELS

SEED = 6471
PROCESSES = 2
LET_GO_SEEDS = 2
COMPARED = (SERVED, BEFORE, PSBL)  # by what an adversary gets through them, and when they let go


@dataclass
class Results:
    """What was measured: figures by stream, setting, rule and level (a place from 0); the others by stream and rule."""

    figures: dict[tuple[str, str, str, int], Figures] = field(default_factory=dict)
    through: dict[tuple[str, str], int] = field(default_factory=dict)  # by rule and attack, of 1,000 messages
    let_go: dict[tuple[str, str], LetGo] = field(default_factory=dict)

    def of(self, setting: str, rule: str, level: int = LEVEL_TWO, stream: str = UNSEEN) -> Figures:
        """Return the figures of a rule."""
        return self.figures[stream, setting, rule, level]


def runs(seed: int) -> Iterator[Run]:
    """Yield what is run: the rule that is served at every level of the stream for the page, all else at level 2."""
    for setting in SETTINGS:
        for rule in RULES:
            for level in range(LEVELS):
                if rule == SERVED or level == LEVEL_TWO:
                    yield Run(UNSEEN, seed, setting, rule, level)
            if rule != NAMED:
                yield Run(TUNED_ON, seed, setting, rule)


def measured(seed: int = SEED, say: Callable[[str], None] = print) -> Results:
    """Measure everything, which takes minutes; `say` is told how far it is."""
    found = Results()
    with ProcessPoolExecutor(PROCESSES) as pool:
        parts = {run: [pool.submit(figures_of, one) for one in run.seeds()] for run in runs(seed)}
        attacks = {
            (rule, attack.name): pool.submit(attacked, UNSEEN, seed, rule, place)
            for rule in COMPARED
            for place, attack in enumerate(adversary.ATTACKS)
        }
        released = {
            (stream, rule): [pool.submit(let_go, stream, seed + number, rule) for number in range(LET_GO_SEEDS)]
            for stream in (UNSEEN, TUNED_ON)
            for rule in COMPARED
        }
        for number, (run, some) in enumerate(parts.items(), start=1):
            key = run.stream, run.setting.name, run.rule, run.level
            found.figures[key] = added(each.result() for each in some)
            say(f"{number} of {len(parts)}: {run.stream}, {run.setting.name}, {run.rule}, level {run.level + 1}")
        found.through = {key: each.result() for key, each in attacks.items()}
        found.let_go = {key: _together(some) for key, some in released.items()}
    return found


def _together(some: list[Future[LetGo]]) -> LetGo:
    """Add up what was found with several seeds."""
    all_found = [each.result() for each in some]
    return {
        hours: (sum(one[hours][0] for one in all_found), sum(one[hours][1] for one in all_found))
        for hours in adversary.HOURS_AFTER
    }
