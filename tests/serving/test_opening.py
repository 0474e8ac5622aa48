"""The database is tried again until it can be used, and nobody gets a connection before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from peewee import OperationalError

from reputation import faults
from reputation.refusal import StoreError
from reputation.store.db import connected
from reputation.store.models import database as proxy
from reputation.store.trouble import DATABASE
from serving import opening
from serving.ending import Stopped


@pytest.fixture(autouse=True)
def nothing_stays(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = proxy.obj
    monkeypatch.setattr(opening, "FIRST_WAIT", 0.01)
    yield
    faults.gone(DATABASE, 0)
    proxy.initialize(before)


def never() -> bool:
    return False


def test_it_is_tried_again_and_a_fault_says_why() -> None:
    tries, seen = list[int](), list[str]()

    def attempt() -> str:
        tries.append(1)
        if len(tries) < 4:
            raise StoreError(f"Away for the {len(tries)}. time.")
        return "opened"

    def meanwhile() -> None:
        seen.append(next(fault.sentence for fault in faults.standing() if fault.name == DATABASE))
        with pytest.raises(OperationalError, match="Away for the"), connected():
            pass

    assert opening.opened(attempt, True, meanwhile, never) == "opened"
    assert seen == ["Away for the 1. time.", "Away for the 2. time.", "Away for the 3. time."]
    assert [fault.name for fault in faults.standing()] == [DATABASE], "the job that watches it ends it"


def test_where_nothing_is_served_yet_it_is_not_tried_again() -> None:
    def attempt() -> str:
        raise StoreError("Away.")

    with pytest.raises(StoreError, match=r"Away\."):
        opening.opened(attempt, False, lambda: None, never)


def test_at_the_end_nothing_is_waited_for() -> None:
    over = list[int]()

    def attempt() -> str:
        raise StoreError("Away.")

    with pytest.raises(Stopped):
        opening.opened(attempt, True, lambda: over.append(1), lambda: bool(over))
