"""`python -m benchmarks.verdicts.closed_loop [everyday|campaigns] [SEED]`: every rule on every amount of evidence."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from benchmarks.report import table
from benchmarks.verdicts.closed_loop import adversary
from benchmarks.verdicts.closed_loop.campaigns import campaigns
from benchmarks.verdicts.closed_loop.everyday import everyday
from benchmarks.verdicts.closed_loop.mail import Amount, Message
from benchmarks.verdicts.closed_loop.rules import RULES
from benchmarks.verdicts.closed_loop.running import Counted, Figures, Loop
from benchmarks.verdicts.closed_loop.settings import MEASURED_FROM, SETTINGS, Setting

STREAMS: dict[str, Callable[[int, Amount], list[Message]]] = {"everyday": everyday, "campaigns": campaigns}
LEVEL_TWO = 1


def main(words: list[str]) -> None:
    """Print the figures of a stream as tables."""
    stream, seed = words[0] if words else "everyday", int(words[1]) if len(words) > 1 else 1
    chosen = [setting for setting in SETTINGS if not words[2:] or setting.name.startswith(words[2])]
    with ProcessPoolExecutor(2) as pool:
        for setting in chosen:
            rows = pool.map(partial(row, stream, seed, setting), RULES)
            print(f"\n{setting.name}\n{table(('rule', 'spam deferred', 'good deferred', 'good bounced'), list(rows))}")
        if not words[2:]:
            print_adversary(pool, stream, seed)


def row(stream: str, seed: int, setting: Setting, rule: str) -> list[str]:
    """Return a rule's figures at level 2."""
    found = measured(stream, seed, setting, rule)
    return [rule, f"{found.spam_deferred:.1%}", f"{found.good_deferred:.2%}", f"{found.good_bounced:.3%}"]


def measured(stream: str, seed: int, setting: Setting, rule: str, level: int = LEVEL_TWO) -> Figures:
    """Run a setting, as often as it has seeds, and add the figures up."""
    total = Figures()
    for number in range(setting.seeds):
        messages = STREAMS[stream](seed + number, setting.amount)
        found = Loop(RULES[rule](), setting.evidence, level, MEASURED_FROM, seed + number).run(messages)
        for into, some in ((total.spam, found.spam), (total.good, found.good)):
            for kind, counted in some.items():
                _add(into[kind], counted)
    return total


def _add(into: Counted, other: Counted) -> None:
    for name, value in vars(other).items():
        setattr(into, name, getattr(into, name) + value)


def print_adversary(pool: ProcessPoolExecutor, stream: str, seed: int) -> None:
    """Print what comes in of an adversary's spam, and when cleaned servers are let go."""
    names = ("the estimate", "points")
    cells = [list(pool.map(partial(attacked, stream, seed, rule), range(len(adversary.ATTACKS)))) for rule in names]
    rows = [[attack.name, *(str(column[at]) for column in cells)] for at, attack in enumerate(adversary.ATTACKS)]
    print(f"\nOf 1,000 messages come in\n{table(('attack', *names), rows)}")
    for rule in names:
        setting = SETTINGS[1]
        print(rule, adversary.let_go(RULES[rule](), STREAMS[stream](seed, setting.amount), setting.evidence))


def attacked(stream: str, seed: int, rule: str, place: int) -> int:
    """Return what comes in of one attack."""
    days = 10
    background = STREAMS[stream](seed, Amount(days, 3000))
    return adversary.through(RULES[rule](), adversary.ATTACKS[place], background, days)


if __name__ == "__main__":
    main(sys.argv[1:])
