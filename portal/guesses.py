"""How often a password or a code may be guessed. A guess counts as wrong from its beginning, and one that was right is
given back: of sixty that come at once no more are compared than of sixty that come in turn.

Wrong guesses are counted in memory (attempts.py); a restart forgets them. A browser in which somebody has
logged in before has a count of its own for that account (known_browsers.py), so that strangers who guess lock nobody
out.
"""

from __future__ import annotations

import functools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from flask import make_response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import TooManyRequests

from portal.attempts import Attempts
from reputation.clock import passed
from reputation.customers.password_hash import Busy

View = TypeVar("View", bound=Callable[..., Any])
WRONG = 422  # the status of an answer that refuses a guess


class Guesses:
    """The guesses of one kind, such as those at the password of an account: `most` wrong ones in so many seconds."""

    enabled = True

    def __init__(self, most: int, seconds: int, passes: Callable[[], float] = passed) -> None:
        self._most, self._seconds = most, seconds
        self._wrong = Attempts(passes=passes)
        self._at_work: Counter[str] = Counter()
        self._lock = threading.Lock()

    def begin(self, key: str) -> None:
        """Let a guess be compared; raise TooManyRequests, with the seconds to wait, where it may not be."""
        with self._lock:
            since, wrong = self._wrong.get_moving_window(key, self._most, self._seconds)
            if self.enabled and wrong + self._at_work[key] >= self._most:
                # Where others are still at work, a second may be enough.
                again = round(since + self._seconds - time.time()) if wrong >= self._most else 1
                raise TooManyRequests(retry_after=max(1, again))
            self._at_work[key] += 1

    def end(self, key: str, was_wrong: bool) -> bool:
        """Tell what came of a guess that had begun; return whether it was the last wrong one that is allowed."""
        with self._lock:
            self._at_work[key] -= 1
            if not self._at_work[key]:
                del self._at_work[key]
            if not was_wrong:
                return False
            self._wrong.acquire_entry(key, self._most, self._seconds)
            return self._wrong.get_moving_window(key, self._most, self._seconds)[1] == self._most

    def clear(self) -> None:
        """Forget all guesses, as a restart does."""
        with self._lock:
            self._wrong.reset()
            self._at_work.clear()


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
