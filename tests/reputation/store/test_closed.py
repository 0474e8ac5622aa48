"""A closed database gives nobody a connection, and says why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from peewee import OperationalError

from reputation.store import db
from reputation.store.closed import close_tables
from reputation.store.models import Feed
from reputation.store.models import database as proxy


@pytest.fixture(autouse=True)
def opened_again() -> Iterator[None]:
    before = proxy.obj
    yield
    proxy.initialize(before)


def test_whoever_reads_or_writes_is_told_why_not() -> None:
    close_tables("The database is away: wait.")

    for use in (lambda: db.connected().__enter__(), lambda: Feed.select().count(), lambda: db.write().__enter__()):
        with pytest.raises(OperationalError, match="The database is away: wait"):
            use()
