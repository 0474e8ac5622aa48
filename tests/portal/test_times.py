"""Moments as texts: for programs, for the fields of a form, and back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask_login import login_user

from portal import times
from portal.auth import SessionUser
from reputation.customers import users
from tests.conftest import NOON, Cast
from tests.portal.conftest import ADA
from tests.portal.reported import VIENNA, at, lives_in

SUMMER_ENDS = at(VIENNA, 2026, 10, 25, 2, 30), at(VIENNA, 2026, 10, 25, 2, 30, fold=1)


@pytest.fixture(autouse=True)
def request_from_vienna(app: Flask, cast: Cast) -> Iterator[None]:
    lives_in(ADA, VIENNA)
    with app.test_request_context("/"):
        login_user(SessionUser(users.with_email(ADA), "a-token"))
        yield


def test_programs_are_told_in_utc() -> None:
    assert times.iso(NOON) == "2026-09-21T12:00:00Z"
    assert [times.iso(timestamp) for timestamp in SUMMER_ENDS] == ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]


def test_a_field_is_in_the_readers_time_zone_and_comes_back() -> None:
    assert times.field(NOON + 5) == "2026-09-21T14:00"
    assert times.field(NOON + 5, to="seconds") == "2026-09-21T14:00:05"
    assert times.from_field("2026-09-21T14:00") == NOON
    assert times.from_field(times.field(NOON + 5, to="seconds")) == NOON + 5


def test_a_day_is_the_readers() -> None:
    assert times.iso_day(at(VIENNA, 2026, 9, 22)) == "2026-09-22"
    assert times.iso_day(at(VIENNA, 2026, 9, 22) - 1) == "2026-09-21"
    assert times.from_field("2026-09-22") == at(VIENNA, 2026, 9, 22)


@pytest.mark.parametrize("text", ["", "soon", "2026-02-30T08:00", "10000-01-01T00:00", "08:00"])
def test_what_is_no_moment_is_told_as_one_kind_of_error(text: str) -> None:
    with pytest.raises(ValueError):
        times.from_field(text)
