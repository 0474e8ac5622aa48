"""A log line at most every few seconds."""

from __future__ import annotations

import logging

import pytest

from dnsd.throttled_log import ThrottledLog
from tests.dnsd.desk import Clock


def test_the_first_is_logged_the_next_are_counted(caplog: pytest.LogCaptureFixture):
    clock = Clock(5.0)
    throttled = ThrottledLog(logging.getLogger("dnsd.test"), every=10, clock=clock)

    for number in range(4):
        throttled.warn("trouble %d", number)
    clock.advance(10)
    throttled.warn("trouble %d", 4)
    clock.advance(10)
    throttled.warn("trouble %d", 5)

    said = [record.getMessage() for record in caplog.records]
    assert said == ["trouble 0", "trouble 4 (3 more like it since the last one)", "trouble 5"]
