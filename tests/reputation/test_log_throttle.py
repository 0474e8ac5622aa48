"""The log under a flood: the first of a kind is always there, the rest is a number, and the disk stays free."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from reputation import log_throttle
from reputation.log_throttle import FIRST, FIRST_TRACES, MOST_KINDS, LogThrottle, throttled
from tests.dnsd.desk import Clock
from tests.stories.program import wait_until


class Written:
    """A logger of its own that writes into memory through a throttle."""

    def __init__(self, name: str, clock: Clock, first: int = FIRST) -> None:
        self.clock = clock
        self.throttle = LogThrottle(first, clock=clock)
        self.throttle.begin()
        self._out = io.StringIO()
        handler = logging.StreamHandler(self._out)
        handler.addFilter(self.throttle)
        self.log = logging.getLogger(name)
        self.log.handlers, self.log.propagate = [handler], False
        self.log.setLevel(logging.DEBUG)

    @property
    def lines(self) -> list[str]:
        return self._out.getvalue().splitlines()

    @property
    def octets(self) -> int:
        return len(self._out.getvalue().encode())


@pytest.fixture
def written(request: pytest.FixtureRequest) -> Written:
    return Written(request.node.name, Clock(100.0))


def test_the_first_lines_of_a_kind_are_written_and_the_rest_is_a_number_within_a_minute(written: Written) -> None:
    for number in range(1000):
        written.log.warning("no place for %d", number)
    written.throttle.tell()
    assert written.lines == [f"no place for {number}" for number in range(FIRST)]

    written.clock.advance(60)
    written.throttle.tell()
    assert written.lines[FIRST:] == ["… 990 more like it in the last minute, such as: no place for 10"]
    written.throttle.tell()
    assert len(written.lines) == FIRST + 1


def test_a_flood_of_a_hundred_thousand_lines_writes_a_few_hundred_octets(written: Written) -> None:
    for number in range(100_000):
        written.log.error("accept failed: %s", number)
    written.throttle.close()

    assert written.octets < 500
    assert "99,990 more" in written.lines[-1]


def test_a_flood_in_which_no_line_is_like_another_is_bounded_too_and_its_number_is_told(written: Written) -> None:
    for number in range(20_000):
        text = "".join(chr(97 + int(digit)) for digit in str(number))
        written.log.error(f"bad: {text}")  # what others' code does
    written.throttle.close()

    assert len(written.lines) < MOST_KINDS + FIRST + 5
    assert f"{20_000 - MOST_KINDS - FIRST:,} more like it" in written.lines[-1]
    assert len(written.throttle._texts) + len(written.throttle._templates) <= MOST_KINDS + 1


def test_no_flood_hides_the_first_of_another_kind(written: Written) -> None:
    for number in range(3000):
        text = "".join(chr(97 + int(digit)) for digit in str(number))
        written.log.error(f"bad: {text}")
        written.log.error("accept failed: %s", number)
    written.log.error("the disk is full: %s", "/data")
    written.log.warning("accept failed: %s", "as a warning")

    assert written.lines[-2:] == ["the disk is full: /data", "accept failed: as a warning"]


def test_a_template_that_has_no_word_of_its_own_is_known_by_what_it_says(written: Written) -> None:
    for _ in range(50):
        written.log.warning("%s: %s", "database", "it is locked")
    written.log.warning("%s: %s", "clock", "it was set back by 3600 s")

    assert len(written.lines) == FIRST + 1 and written.lines[-1].startswith("clock")


def test_texts_that_differ_by_numbers_alone_are_alike(written: Written) -> None:
    for number in range(50):
        written.log.warning(f"took {number} ms")

    assert len(written.lines) == FIRST


def test_a_traceback_is_held_back_with_its_line_and_another_error_is_another_kind(written: Written) -> None:
    for number in range(1000):
        try:
            raise KeyError(number)
        except KeyError:
            written.log.exception("a job failed")
    many = written.octets
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        written.log.exception("a job failed")

    assert many < FIRST_TRACES * 1000
    assert written.lines[-1] == "ZeroDivisionError"


def test_every_minute_begins_anew(written: Written) -> None:
    for _ in range(3):
        for _ in range(100):
            written.log.warning("no place for %s", "you")
        written.clock.advance(60)
        written.throttle.tell()

    assert len(written.lines) == 3 * (FIRST + 1)


def test_few_lines_are_never_touched(written: Written) -> None:
    for _ in range(20 * FIRST):
        written.log.info("published %s", "policies")
        written.clock.advance(60 / FIRST)

    assert len(written.lines) == 20 * FIRST


def test_values_that_do_not_fit_their_template_are_left_to_logging(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)

    written.log.warning("%d", "no number")

    assert written.throttle.filter(logging.makeLogRecord({"msg": "%d", "args": ("no number",)}))


@pytest.fixture
def root() -> Iterator[io.StringIO]:
    """A handler of the root logger that writes into memory."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    logging.getLogger().addHandler(handler)
    yield out
    logging.getLogger().removeHandler(handler)


def test_within_the_context_all_loggers_are_throttled_and_the_number_comes_by_itself(
    root: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_throttle, "LOOK_SECONDS", 0.05)
    with throttled(every=0.2) as throttle:
        throttle.begin()
        for number in range(500):
            logging.getLogger("some.library").error("no room: %d", number)
        wait_until(lambda: "490 more like it" in root.getvalue(), 10, "the number")
        for number in range(500):
            logging.getLogger("some.library").error("no room: %d", number)

    assert root.getvalue().count("more like it") == 2
    for number in range(50):
        logging.getLogger("some.library").error("after: %d", number)
    assert "after: 49" in root.getvalue()


def test_the_lines_of_a_start_are_not_held_back() -> None:
    throttle = LogThrottle(clock=Clock(0.0))

    def passing(text: str) -> int:
        line = {"msg": "loaded the list %s", "args": (text,)}
        return sum(throttle.filter(logging.makeLogRecord(line)) for _ in range(300))

    assert passing("one") == 300
    throttle.begin()
    assert passing("two") == 0
