"""A queue that serves its shares in turn: who fills it makes nobody else wait longer. It knows no packet."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Generic, TypeVar

Item = TypeVar("Item")


class FairQueue(Generic[Item]):
    """Items by share, first come first served within one. It is one thread's own."""

    def __init__(self) -> None:
        self._shares: OrderedDict[int, deque[Item]] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def put(self, share: int, item: Item) -> None:
        """Add an item behind the others of its share; a share without any comes in at the end of the turn."""
        self._shares.setdefault(share, deque()).append(item)
        self._size += 1

    def take(self) -> Item:
        """Take the oldest item of the share whose turn it is. IndexError where there is none."""
        if not self._shares:
            raise IndexError("the queue is empty")
        share, items = self._shares.popitem(last=False)
        item = items.popleft()
        if items:
            self._shares[share] = items  # at the end of the turn
        self._size -= 1
        return item
