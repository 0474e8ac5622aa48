"""Lists that are made to hurt, piece by piece, so that no test holds one; and how one is read."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from reputation.intake.bounds import FeedBounds
from reputation.intake.importing import reader
from reputation.intake.importing.lists import ListOrder, ReadList
from reputation.intake.importing.reader import NotRead
from tests.conftest import NOON
from tests.stories.program import wait_until

MEGABYTE = 1 << 20
WIDE = FeedBounds.of({"max_bytes": 1 << 30, "max_coverage": "100%", "canaries": "none"})


def read(content: bytes | Iterable[bytes], form: str = "plain", **order: Any) -> ReadList:
    """What the process answers."""
    with reader.put_aside(content) as spool:
        return reader.read_list(spool, ListOrder(form, order.pop("bounds", WIDE), NOON, **order))


def addresses(count: int) -> Iterator[bytes]:
    """So many IPv4 addresses that do not touch each other, a line each, in no order."""
    numbers = list(range(0, count, 1 << 16))
    random.Random(16).shuffle(numbers)
    for begin in numbers:
        some = range(begin, min(begin + (1 << 16), count))
        yield "".join(
            f"{11 + (number >> 23)}.{number >> 15 & 255}.{number >> 7 & 255}.{2 * (number & 127)}\n" for number in some
        ).encode()


def repeated(piece: bytes, size: int) -> Iterator[bytes]:
    """The same octets again and again, `size` octets in all."""
    for _ in range(size // len(piece)):
        yield piece


def children_of_all_threads() -> set[int]:
    """The processes that this one has started, by whichever thread."""
    found = [(thread / "children").read_text().split() for thread in Path("/proc/self/task").iterdir()]
    return {int(child) for some in found for child in some}


class Reading:
    """A list that is read in a thread of its own; `process` is the one that reads it."""

    def __init__(self, content: Iterable[bytes]) -> None:
        self.error: NotRead | None = None
        self._thread = threading.Thread(target=self._read, args=(content,))
        before = children_of_all_threads()
        self._thread.start()
        wait_until(lambda: children_of_all_threads() > before, 60, "a process that reads the list")
        (self.process,) = children_of_all_threads() - before

    def _read(self, content: Iterable[bytes]) -> None:
        try:
            read(content)
        except NotRead as error:
            self.error = error

    def result(self) -> NotRead | None:
        """Why it was not read, once it has ended."""
        self._thread.join(120)
        assert not self._thread.is_alive()
        return self.error
