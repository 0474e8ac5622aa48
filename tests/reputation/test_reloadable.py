"""What of the settings a running program takes, and what it says of the rest."""

from __future__ import annotations

from reputation.reloadable import RELOADABLE, Change, changes, taken_over
from reputation.settings import BY_NAME, read


def test_each_name_is_that_of_a_setting() -> None:
    assert set(BY_NAME) >= RELOADABLE


def test_a_change_says_what_is_in_force_what_is_written_and_whether_it_waits() -> None:
    running = read({}, {})
    found = read({"daily_quota": "5", "zone": "other.example", "mail_server": "smtp://u:hunter2@mx.example"}, {})

    assert changes(running, found) == [
        Change("zone", "rep.example", "other.example", True),
        Change("daily_quota", "0", "5", False),
        Change("mail_server", "", "smtp://u:•••@mx.example", False),
    ]
    assert changes(running, running) == []


def test_of_what_was_read_only_what_needs_no_restart_is_taken() -> None:
    running = read({}, {})

    taken = taken_over(running, read({"daily_quota": "5", "zone": "other.example"}, {}))

    assert (taken.daily_quota, taken.zone) == (5, "rep.example")
