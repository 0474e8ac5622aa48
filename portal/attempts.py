"""What was attempted lately, in memory, by the time that passes: who sets the clock frees nobody and shuts nobody out.

It is a storage for moving windows of the library that limits; it does not know what is attempted, nor how often it may
be.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import NoReturn

from limits.storage import MovingWindowSupport, Storage

from reputation.clock import passed

TIDIED_EVERY = 1000  # attempts


class Attempts(Storage, MovingWindowSupport):
    """The attempts under each key, within the time for which they count. They are of the time that passes."""

    STORAGE_SCHEME = ["attempts"]

    def __init__(
        self,
        uri: str | None = None,
        wrap_exceptions: bool = False,
        passes: Callable[[], float] = passed,
        **options: float | str | bool,
    ) -> None:
        super().__init__(uri, wrap_exceptions, **options)
        self._passes, self._lock = passes, threading.Lock()
        self._windows: dict[str, tuple[int, deque[float]]] = {}  # how long an attempt counts, and those that may
        self._until_tidied = TIDIED_EVERY

    @property
    def base_exceptions(self) -> type[Exception]:
        """Return what is raised where the storage fails, which memory does not."""
        return MemoryError

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Note attempts under a key where they are within the limit; tell whether they were."""
        with self._lock:
            now = self._passes()
            attempts = self._within(key, expiry, now)
            if len(attempts) + amount > limit:
                return False
            attempts.extend([now] * amount)
            self._windows[key] = expiry, attempts
            self._tidy(amount, now)
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Return when the oldest attempt was that still counts, in Unix seconds, and how many count.

        Where none counts, return the present time.
        """
        with self._lock:
            now = self._passes()
            attempts = self._within(key, expiry, now)
            ago = now - attempts[0] if attempts else 0.0
            return time.time() - ago, len(attempts)

    def check(self) -> bool:
        """Tell that it works."""
        return True

    def reset(self) -> int:
        """Forget all attempts; return under how many keys there were any."""
        with self._lock:
            count = len(self._windows)
            self._windows.clear()
            return count

    def clear(self, key: str) -> None:
        """Forget the attempts under a key."""
        with self._lock:
            self._windows.pop(key, None)

    def incr(self, key: str, expiry: int, amount: int = 1) -> NoReturn:
        """Refuse to count for fixed windows: there are none here."""
        raise NotImplementedError("it is for moving windows alone")

    def get(self, key: str) -> NoReturn:
        """Refuse, as `incr` does."""
        raise NotImplementedError("it is for moving windows alone")

    def get_expiry(self, key: str) -> NoReturn:
        """Refuse, as `incr` does."""
        raise NotImplementedError("it is for moving windows alone")

    def _within(self, key: str, expiry: int, now: float) -> deque[float]:
        _, attempts = self._windows.get(key, (expiry, deque[float]()))
        while attempts and attempts[0] <= now - expiry:
            attempts.popleft()
        return attempts

    def _tidy(self, noted: int, now: float) -> None:
        """Forget keys under which nothing counts any more: each client may bring a new one."""
        self._until_tidied -= noted
        if self._until_tidied <= 0:
            self._until_tidied = max(TIDIED_EVERY, len(self._windows))
            over = [key for key, (expiry, attempts) in self._windows.items() if attempts[-1] <= now - expiry]
            for key in over:
                del self._windows[key]
