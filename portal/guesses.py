"""How often a password or a code may be guessed. A guess counts as wrong from its beginning, and one that was right is
given back: of sixty that come at once no more are compared than of sixty that come in turn.

Wrong guesses are counted in memory, by the monotonic clock; a restart forgets them. A browser in which somebody has
logged in before has a count of its own for that account (known_browsers.py), so that strangers who guess lock nobody
out.
"""

from __future__ import annotations

import functools
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from flask import make_response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import TooManyRequests

from reputation.clock import passed
from reputation.customers.password_hash import Busy

View = TypeVar("View", bound=Callable[..., Any])
WRONG = 422  # the status of an answer that refuses a guess
SWEEP = 1000  # wrong guesses between two looks at who may be forgotten


class Guesses:
    """The guesses of one kind, such as those at the password of an account: `most` wrong ones in so many seconds."""

    enabled = True

    def __init__(self, most: int, seconds: int, clock: Callable[[], float] = passed) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._wrong: dict[str, deque[float]] = {}
        self._at_work: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._ended = 0

    def begin(self, key: str) -> None:
        """Let a guess be compared; raise TooManyRequests, with the seconds to wait, where it may not be."""
        with self._lock:
            wrong = self._recent(key)
            if self.enabled and len(wrong) + self._at_work[key] >= self._most:
                raise TooManyRequests(retry_after=self._wait(wrong))
            self._at_work[key] += 1

    def end(self, key: str, was_wrong: bool) -> bool:
        """Tell what came of a guess that had begun; return whether it was the last wrong one that is allowed."""
        with self._lock:
            self._at_work[key] -= 1
            if was_wrong:
                self._wrong.setdefault(key, deque()).append(self._clock())
            self._ended += 1
            if self._ended % SWEEP == 0:
                self._sweep()
            return was_wrong and len(self._recent(key)) == self._most

    def clear(self) -> None:
        """Forget all guesses, as a restart does."""
        with self._lock:
            self._wrong.clear()
            self._at_work.clear()

    def _recent(self, key: str) -> deque[float]:
        wrong = self._wrong.get(key, deque())
        while wrong and wrong[0] <= self._clock() - self._seconds:
            wrong.popleft()
        return wrong

    def _wait(self, wrong: deque[float]) -> int:
        """Seconds until a guess may count again; where others are still at work, a second."""
        return max(1, round(wrong[0] + self._seconds - self._clock())) if len(wrong) >= self._most else 1

    def _sweep(self) -> None:
        self._wrong = {key: wrong for key, wrong in self._wrong.items() if self._recent(key)}
        self._at_work = +self._at_work


class Guess:
    """A guess that is being compared. It is wrong until something else is said, also where comparing it fails."""

    was_wrong = True


@contextmanager
def one_guess(guesses: Guesses, key: str, when_last: Callable[[], None] = lambda: None) -> Iterator[Guess]:
    """Begin a guess and end it; `when_last` is called where it was wrong and the last one that is allowed."""
    guesses.begin(key)
    made = Guess()
    try:
        yield made
    except Busy:  # nothing was compared
        made.was_wrong = False
        raise
    finally:
        if guesses.end(key, made.was_wrong):
            when_last()


def guess(
    guesses: Guesses, key_of: Callable[[], str], when_last: Callable[[], None] = lambda: None
) -> Callable[[View], View]:
    """Mark a view whose form is a guess: it begins with the request and ends with what the view answers.

    `when_last` is called where it was wrong and the last one that is allowed.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def answer(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            if request.method != "POST":
                return view(*args, **kwargs)  # type: ignore[no-any-return]
            with one_guess(guesses, key_of(), when_last) as made:
                response = make_response(view(*args, **kwargs))
                made.was_wrong = response.status_code == WRONG
                return response

        return answer  # type: ignore[return-value]

    return decorate
