"""What a loop answers with: the parts that plain packets need, and `answer` for all others. It owns none of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from dnsd.access import AccessResult
from dnsd.rate_limit import RateLimit
from dnsd.writing import Zone
from reputation.verdict.live import Live
from reputation.verdict.steps import Steps4, Steps6
from reputation.verdict.tally import Tally


class Answer(Protocol):
    """All that a socket's loop knows of a resolver."""

    def __call__(
        self, wire: bytes, client: tuple[Any, ...], tcp: bool = False, decided: AccessResult | None = None
    ) -> bytes | None:
        """Return the answer to a packet from a client; `decided` is what the rate limit said, if it was asked."""


class LoopContext(NamedTuple):
    """The parts of a loop.

    `allowed` is None where everybody may ask, and holds 1 for those who may; `clock` gives Unix seconds.
    """

    zone: Zone
    live: Live
    new_tally: Callable[[], Tally]
    watch: Callable[[Callable[[], dict[str, int]]], None]  # takes totals by kind, which only rise
    allowed: tuple[Steps4, Steps6] | None
    limits: RateLimit
    nanoseconds: Callable[[], int]  # of the limits' clock
    answer: Answer
    clock: Callable[[], float] = time.time
