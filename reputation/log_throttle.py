"""Keeps the log readable and the disk free: of lines that are alike the first few a minute, then their number.

Whoever can cause a line can cause a million of them. Lines are alike that have the same logger, level and template
(and, with a traceback, the same kind of error), whatever values they are filled with. The first of a kind is always
written, and what is held back is told within the minute after it: "… 4,711 more like it in the last minute". A line of
which there are few is never touched.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache

FIRST, FIRST_TRACES = 10, 3  # of a kind that are written in a minute; each traceback is twenty lines
FIRST_AT_START = 1000  # until all is built: a start has a line for each feed and each file
MINUTE = 60.0
MOST_KINDS = 1000  # that are remembered at once, of templates, and as many of texts
LONGEST_KIND, LONGEST_SAMPLE = 160, 300  # characters
LOOK_SECONDS = 1.0  # between two looks at whose minute is over
DIRECTIVE = re.compile(r"%(?:\([^)]*\))?[-#0 +]*[\d*.]*[a-zA-Z%]")
DECIDED = "is_written"  # marks a line of which it is known whether it is written

Kind = tuple[str, int, str, str]  # logger, level, template or text, the error's type


class _Minute:
    """What was seen of one kind since a moment."""

    def __init__(self, since: float) -> None:
        self.since, self.written, self.held_back = since, 0, 0
        self.sample = ""  # the first one that was held back


class LogThrottle(logging.Filter):
    """A filter for the handlers of the root logger. Threads may share it."""

    def __init__(self, first: int = FIRST, every: float = MINUTE, clock: Callable[[], float] = time.monotonic) -> None:
        """Write the `first` of a kind within `every` seconds, by `clock`, from `begin()` on; before it many more."""
        super().__init__()
        self._first, self._every, self._clock = FIRST_AT_START, every, clock
        self._first_later = first
        # Templates are the program's, and few. Texts without values may hold what a client has sent, and be as many
        # as it likes: they are kept apart, so that they push out none of the others.
        self._templates: dict[Kind, _Minute] = {}
        self._texts: dict[Kind, _Minute] = {}
        self._lock = threading.Lock()
        self._is_holding = threading.Event()
        self._is_closed = threading.Event()

    def begin(self) -> None:
        """Tell that the start is over."""
        with self._lock:
            self._first = self._first_later

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a line is to be written; count it otherwise."""
        decided = getattr(record, DECIDED, None)  # for another handler before, or by ourselves
        if decided is None:
            decided = self._decide(record)
            setattr(record, DECIDED, decided)
        return bool(decided)

    def _decide(self, record: logging.LogRecord) -> bool:
        try:
            kind, is_template = _kind(record)
        except Exception:  # values that do not fit their template: logging says so itself where it writes the line
            return True
        with self._lock:
            is_written = self._count(kind, is_template, record)
        if not is_written:
            self._is_holding.set()
        return is_written

    def tell(self, is_end: bool = False) -> None:
        """Write the number of those that were held back, of each kind whose minute is over; at the end of all."""
        for kind, minute in self._over(is_end):
            name, level, _, _ = kind
            logging.getLogger(name).log(
                level,
                "… %s more like it in the last minute, such as: %s",
                f"{minute.held_back:,}",
                minute.sample,
                extra={DECIDED: True},
            )

    def run(self) -> None:
        """Tell again and again, until it is closed."""
        while not self._is_closed.is_set():
            self._is_holding.wait()
            while not self._is_closed.wait(LOOK_SECONDS):
                self.tell()
                with self._lock:
                    if not any(minute.held_back for kinds in self._kinds() for minute in kinds.values()):
                        self._is_holding.clear()
                        break

    def close(self) -> None:
        """Tell what is still held back, and end `run`."""
        self._is_closed.set()
        self._is_holding.set()
        self.tell(is_end=True)

    def _kinds(self) -> tuple[dict[Kind, _Minute], dict[Kind, _Minute]]:
        return self._templates, self._texts

    def _count(self, kind: Kind, is_template: bool, record: logging.LogRecord) -> bool:
        """With the lock held."""
        now = self._clock()
        minute = self._minute(kind, is_template, now)
        if now - minute.since >= self._every and not minute.held_back:
            minute.since, minute.written = now, 0
        first = min(self._first, FIRST_TRACES) if record.exc_info else self._first
        if minute.written < first:
            minute.written += 1
            return True
        if not minute.held_back:
            minute.sample = _sample(record)
        minute.held_back += 1
        return False

    def _minute(self, kind: Kind, is_template: bool, now: float) -> _Minute:
        kinds = self._templates if is_template else self._texts
        if kind not in kinds and len(kinds) >= MOST_KINDS:
            self._forget_quiet(kinds, now)
        if kind not in kinds and len(kinds) >= MOST_KINDS:
            kind = (kind[0], kind[1], "", "")  # all others of this logger and level together
        return kinds.setdefault(kind, _Minute(now))

    def _forget_quiet(self, kinds: dict[Kind, _Minute], now: float) -> None:
        for kind in [kind for kind, one in kinds.items() if not one.held_back and now - one.since >= self._every]:
            del kinds[kind]

    def _over(self, is_end: bool) -> list[tuple[Kind, _Minute]]:
        """Those to tell of; they are forgotten."""
        now = self._clock()
        found = []
        with self._lock:
            for kinds in self._kinds():
                for kind, minute in list(kinds.items()):
                    if minute.held_back and (is_end or now - minute.since >= self._every):
                        found.append((kind, minute))
                        del kinds[kind]
        return found


@contextmanager
def throttled(first: int = FIRST, every: float = MINUTE) -> Iterator[LogThrottle]:
    """Throttle what the handlers of the root logger write, inside the context; `every` is in seconds."""
    throttle = LogThrottle(first, every)
    handlers = list(logging.getLogger().handlers)
    for handler in handlers:
        handler.addFilter(throttle)
    thread = threading.Thread(target=throttle.run, name="log-throttle", daemon=True)
    thread.start()
    try:
        yield throttle
    finally:
        throttle.close()
        thread.join()
        for handler in handlers:
            handler.removeFilter(throttle)


def _kind(record: logging.LogRecord) -> tuple[Kind, bool]:
    """The kind of a line, and whether it is known by its template."""
    error = record.exc_info[0] if isinstance(record.exc_info, tuple) else None
    template = str(record.msg)
    # A template with no word of its own, such as "%s: %s", says nothing of what kind a line is.
    is_template = bool(record.args) and _has_words(template)
    text = template if is_template else re.sub(r"\d+", "0", record.getMessage())
    kind = (record.name, record.levelno, text[:LONGEST_KIND], error.__qualname__ if error else "")
    return kind, is_template


@lru_cache(MOST_KINDS)
def _has_words(template: str) -> bool:
    return any(map(str.isalpha, DIRECTIVE.sub("", template)))


def _sample(record: logging.LogRecord) -> str:
    text = record.getMessage()
    return text if len(text) <= LONGEST_SAMPLE else f"{text[: LONGEST_SAMPLE - 1]}…"
