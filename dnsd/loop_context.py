"""What a loop answers with: the parts that plain packets need, and `answer` for all others. It owns none of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from dnsd.fastpath import Zone
from reputation.verdict.live import Live
from reputation.verdict.steps import Steps4, Steps6
from reputation.verdict.tally import Tally

Answer = Callable[[bytes, tuple[Any, ...]], "bytes | None"]  # all that a socket's loop knows of a resolver


class LoopContext(NamedTuple):
    """The parts of a loop.

    `allowed` is None where everybody may ask, and holds 1 for those who may; `clock` gives Unix seconds.
    """

    zone: Zone
    live: Live
    new_tally: Callable[[], Tally]
    watch: Callable[[Callable[[], dict[str, int]]], None]  # takes totals by kind, which only rise
    allowed: tuple[Steps4, Steps6] | None
    answer: Answer
    clock: Callable[[], float] = time.time
