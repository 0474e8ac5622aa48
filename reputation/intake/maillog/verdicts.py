"""Joins what several programs say of one message: by its queue id and client, it counts once.

A mail server refuses for its filter, delivers what its filter only marked, and knows who is logged in. So where several
logs are followed, what is said of a message waits some seconds for what the others say. What makes it no evidence goes
before all else, and spam before a clean delivery.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

from reputation.clock import has_come
from reputation.intake.maillog.events import CLEAN, COUNTED, MOST_REMEMBERED, SPAM, LogEvent

PATIENCE = 4  # seconds
RANKS = {CLEAN: 1, SPAM: 2}  # what is ignored has the highest

MessageKey = tuple[str, str]


class Told(NamedTuple):
    """An event as a log tells it: the program that wrote the line, the line's time, and the line."""

    event: LogEvent
    program: str
    at: int
    line: str

    @property
    def message(self) -> MessageKey:
        """Return what tells the message from others: a queue id alone may come again on another host."""
        return self.event.queue_id, self.event.address

    @property
    def rank(self) -> int:
        """Return whose word goes before another's."""
        return RANKS.get(self.event.kind, 3)


class Settled(NamedTuple):
    """What counts now, and how often something was told of before; with what `undo` needs."""

    counted: list[Told]
    twice: list[Told]
    decided: list[MessageKey]
    released: list[tuple[int, Told]]
    waiting: list[MessageKey]


class Verdicts:
    """What was decided of messages lately, shared by all logs that are followed together."""

    def __init__(self, waits: bool = False) -> None:
        """`waits`: there are several logs."""
        self._waits = waits
        self._decided: OrderedDict[MessageKey, None] = OrderedDict()
        self._waiting: OrderedDict[MessageKey, tuple[int, Told]] = OrderedDict()

    def is_due(self, now: int) -> bool:
        """Tell whether something has waited long enough."""
        first = next(iter(self._waiting.values()), None)
        return first is not None and bool(has_come(first[0], now, PATIENCE))

    def settle(self, told: Iterable[Told], now: int) -> Settled:
        """Take in what a log says; return what counts."""
        found = Settled([], [], [], [], [])
        for each in told:
            if not each.event.queue_id:
                found.counted.append(each)
            elif each.message in self._decided:
                found.twice.append(each)
            elif self._waits:
                self._wait(each, now, found)
            else:
                self._decide(each, found)
        while self.is_due(now):
            _, (due, each) = self._waiting.popitem(last=False)
            found.released.append((due, each))
            self._decide(each, found)
        return found._replace(counted=[each for each in found.counted if each.event.kind in COUNTED])

    def undo(self, settled: Settled) -> None:
        """Take back what could not be written: its lines are read again."""
        for key in settled.decided:
            self._decided.pop(key, None)
        for key in settled.waiting:
            self._waiting.pop(key, None)
        for due, told in settled.released:
            self._waiting[told.message] = due, told

    def _decide(self, told: Told, found: Settled) -> None:
        self._decided[told.message] = None
        found.decided.append(told.message)
        found.counted.append(told)
        if len(self._decided) > MOST_REMEMBERED:
            self._decided.popitem(last=False)

    def _wait(self, told: Told, now: int, found: Settled) -> None:
        key = told.message
        before = self._waiting.get(key)
        if before is None:
            found.waiting.append(key)
        elif before[1].rank >= told.rank:
            found.twice.append(told)
            return
        self._waiting[key] = before[0] if before else now + PATIENCE, told
        if len(self._waiting) > MOST_REMEMBERED:
            self._decide(self._waiting.popitem(last=False)[1][1], found)
