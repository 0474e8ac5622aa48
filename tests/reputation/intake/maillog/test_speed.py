"""Five thousand whole deliveries a second are followed on one core."""

from __future__ import annotations

import time
from pathlib import Path

from reputation.intake.maillog import Follower, LogSource
from reputation.store.db import Store
from tests.conftest import NOON
from tests.reputation.intake.maillog.log_lines import delivered, refused

A_SECOND = 5000  # deliveries
ROUNDS = 3  # of which one must do: the machine has other work


def second(number: int) -> str:
    """The lines of a busy second: each delivery from an address of its own, and one in twenty refused as spam."""
    lines: list[str] = []
    for at in range(A_SECOND):
        client = f"unknown[{11 + number}.{at // 250}.{at % 250}.7]"
        lines += delivered(client, f"{number}{at:X}F")
        if at % 20 == 0:
            lines.append(refused(client, f"{number}{at:X}A"))
    return "\n".join(lines) + "\n"


def test_a_busy_second_costs_less_than_a_second_of_one_core(store: Store, tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.touch()
    follower = Follower(LogSource("postfix", log))
    follower.read_new(NOON)
    spent: list[float] = []
    while len(spent) < ROUNDS and min(spent, default=1.0) >= 1.0:
        with log.open("a") as file:
            file.write(second(len(spent)))
        began = time.process_time()
        while follower.read_new(NOON) and follower.figures.left:
            pass
        spent.append(time.process_time() - began)

    assert follower.figures.counted["clean"] == A_SECOND * len(spent)
    assert min(spent) < 1.0, f"{A_SECOND} deliveries took {min(spent):.2f} s of a core"
