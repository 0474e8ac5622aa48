"""`python -m benchmarks.verdicts.closed_loop [everyday|campaigns] [SEED] [SETTING]` prints every rule's figures."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from benchmarks.report import table
from benchmarks.verdicts.closed_loop import adversary
from benchmarks.verdicts.closed_loop.measuring import TUNED_ON, Run, added, attacked, figures_of, let_go
from benchmarks.verdicts.closed_loop.rules import BEFORE, NAMED, RULES, SERVED
from benchmarks.verdicts.closed_loop.settings import SETTINGS, Setting

OURS = (SERVED, NAMED, BEFORE)


def main(words: list[str]) -> None:
    """Print the figures of a stream as tables."""
    stream, seed = words[0] if words else TUNED_ON, int(words[1]) if len(words) > 1 else 1
    chosen = [setting for setting in SETTINGS if not words[2:] or setting.name.startswith(words[2])]
    with ProcessPoolExecutor(2) as pool:
        for setting in chosen:
            rows = pool.map(partial(row, stream, seed, setting), RULES)
            print(f"\n{setting.name}\n{table(('rule', 'spam deferred', 'good deferred', 'good bounced'), list(rows))}")
        if not words[2:]:
            print_adversary(pool, stream, seed)


def row(stream: str, seed: int, setting: Setting, rule: str) -> list[str]:
    """Return a rule's figures at level 2."""
    found = added(map(figures_of, Run(stream, seed, setting, rule).seeds()))
    return [rule, f"{found.spam_deferred:.1%}", f"{found.good_deferred:.2%}", f"{found.good_bounced:.3%}"]


def print_adversary(pool: ProcessPoolExecutor, stream: str, seed: int) -> None:
    """Print what comes in of an adversary's spam, and when cleaned servers are let go."""
    cells = [list(pool.map(partial(attacked, stream, seed, rule), range(len(adversary.ATTACKS)))) for rule in OURS]
    rows = [[attack.name, *(str(column[at]) for column in cells)] for at, attack in enumerate(adversary.ATTACKS)]
    print(f"\nOf 1,000 messages come in\n{table(('attack', *OURS), rows)}")
    for rule, found in zip(OURS, pool.map(partial(let_go, stream, seed), OURS), strict=True):
        print(rule, found)


if __name__ == "__main__":
    main(sys.argv[1:])
