"""Messages that count for nobody: a figure for each reason, and a bounded number of them to read."""

from __future__ import annotations

from pathlib import Path

import pytest
from peewee import OperationalError

from reputation.addresses.address import parse_address
from reputation.intake import uncounted
from reputation.intake.uncounted import (
    COMPLAINTS,
    KEPT,
    KEPT_OF_ONE,
    LONGEST,
    MOST_WAITING,
    REASONS,
    TRAP,
    Uncounted,
    UncountedMessages,
    client_of,
)
from reputation.store.db import Store, connected, open_store
from reputation.store.models import UncountedMessage
from tests.conftest import MIGRATIONS, NOON
from tests.neighbour import apart, others
from tests.postgresql import drop_database, new_database
from tests.postgresql_proxy import Proxy


def message(client: str = "203.0.113.9", why: str = "unknown reporter", evidence: str = "") -> Uncounted:
    return Uncounted(NOON, COMPLAINTS, why, client, "192.0.2.66", evidence)


def test_each_is_counted_with_its_reason_and_kept_to_read(store: Store) -> None:
    messages = UncountedMessages()
    for one in (message(), message(), message()._replace(way=TRAP, why="own user")):
        messages.add(one)

    assert messages.rows() == [
        (COMPLAINTS, REASONS["unknown reporter"], 2),
        (TRAP, REASONS["own user"], 1),
    ]
    assert messages.write() == 3 and messages.write() == 0
    assert uncounted.newest(2) == [message()._replace(way=TRAP, why="own user"), message()]


def test_one_that_floods_us_pushes_nobody_else_out(store: Store) -> None:
    messages = UncountedMessages()
    messages.add(message("198.51.100.1"))
    messages.write()
    for _ in range(3):
        for _ in range(1000):
            messages.add(message("203.0.113.9"))
        assert messages.write() == KEPT_OF_ONE

    kept = [one.client for one in apart(uncounted.newest(1000))]
    assert kept == ["203.0.113.9"] * KEPT_OF_ONE + ["198.51.100.1"]
    assert messages.figures() == {(COMPLAINTS, "unknown reporter"): 3001}


def test_a_flood_from_everywhere_is_bounded_in_messages_and_in_octets(store: Store) -> None:
    messages = UncountedMessages()
    for number in range(MOST_WAITING + 100):
        messages.add(message(f"198.51.{number // 250}.{number % 250}", evidence="\ud800\0x" * LONGEST))

    assert messages.write() == MOST_WAITING
    kept = apart(uncounted.newest(1000))
    assert len(kept) == KEPT and max(len(one.evidence) for one in kept) <= LONGEST
    assert uncounted.prune(NOON + 30 * 86400) == 0 and uncounted.prune(NOON + 30 * 86400 + 1) == KEPT


def test_a_client_of_ipv6_is_its_64() -> None:
    assert client_of(parse_address("2001:db8::1:2:3:4")) == "2001:db8::/64"
    assert client_of(parse_address("203.0.113.9")) == "203.0.113.9" and client_of(None) == ""


def test_what_the_database_does_not_take_waits_for_the_next_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    messages = UncountedMessages()
    messages.add(Uncounted(NOON, "trap", "no hop", "192.0.2.30"))

    with monkeypatch.context() as patch:
        patch.setattr(store.database, "execute_sql", fails)
        with pytest.raises(OperationalError):
            messages.write()

    assert messages.write() == 1


def fails(*_: object, **__: object) -> None:
    """In place of a database whose disk is full."""
    raise OperationalError("the disk is full")


def test_what_is_there_although_nobody_said_so_is_kept_once(
    migrated_postgresql: dict[str, str], postgresql_url: str, tmp_path: Path
) -> None:
    url = new_database(postgresql_url, migrated_postgresql["lived_in"])
    with Proxy(url) as way:
        store = open_store(way.url, tmp_path, MIGRATIONS)
        messages = UncountedMessages()
        for number in range(2):
            messages.add(Uncounted(NOON, "trap", "no hop", f"192.0.2.{number}"))
        way.cut = "after"
        with pytest.raises(OperationalError), connected():
            messages.write()
        messages.add(Uncounted(NOON, "trap", "no hop", "192.0.2.1"))
        with connected():
            assert messages.write() == 3
            found = [row.client for row in others(UncountedMessage)]
        store.close()
    drop_database(url)

    assert sorted(found) == ["192.0.2.0", "192.0.2.1", "192.0.2.1"], "the last one came later, and says the same"
