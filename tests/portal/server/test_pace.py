"""The pace of a client: what it did before gives it no credit."""

from __future__ import annotations

from portal.server.pace import Pace


def test_within_a_window_nobody_is_too_slow() -> None:
    assert not Pace(0.0).is_too_slow(9.9, 0, 10.0, 100.0)


def test_who_keeps_the_rate_in_each_window_goes_on_and_a_burst_buys_no_other_one() -> None:
    pace = Pace(0.0)

    assert not pace.is_too_slow(10.0, 1000, 10.0, 100.0)
    assert not pace.is_too_slow(20.0, 1_000_000, 10.0, 100.0)
    assert pace.is_too_slow(30.0, 1_000_999, 10.0, 100.0)


def test_what_was_there_before_does_not_count() -> None:
    assert Pace(0.0, done=5000).is_too_slow(10.0, 5999, 10.0, 100.0)


def test_with_slack_some_progress_is_wanted_all_the_same() -> None:
    assert not Pace(0.0).is_too_slow(10.0, 1, 10.0, 100.0, slack=100_000)
    assert Pace(0.0).is_too_slow(10.0, 0, 10.0, 100.0, slack=100_000)
