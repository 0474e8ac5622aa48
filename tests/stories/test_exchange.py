"""Sixteen installations exchange what they see: real programs, each with a key, a database and a portal of its own.

Three of them lie. What the others make of it stays within a bound of what it is without the liars, and one that was cut
off catches up. Each has a loopback address of its own; evidence is written into their databases as traps would.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pytest

from reputation.exchange import choices, peers
from reputation.intake import peer_words, spam_reports
from reputation.intake.estimate import LEANS, NEAR, THRESHOLDS, leaned
from reputation.intake.peer_trust import BEGINNING, MOST_WORD
from reputation.intake.spam_reports import Incoming
from reputation.store.db import SQLITE_NAME, open_store
from reputation.store.models import ExchangePeer
from tests.conftest import MIGRATIONS
from tests.stories.program import SOURCE, Program, wait_until

ALL, LIARS, CUT_OFF, WATCHED = 16, 3, 0, 1
HONEST = range(ALL - LIARS)
SPAMMERS = [f"198.18.{number}" for number in range(60)]  # networks: the first 24 bits
INNOCENT = [f"198.19.{number}" for number in range(60)]
SEEN = 0.35  # the share of the spammers that one installation sees in a round
PATIENCE = 300  # seconds, on a machine with other work
T = TypeVar("T")


class Installation(NamedTuple):
    number: int
    program: Program
    host: str

    @property
    def name(self) -> str:
        return f"installation {self.number}"

    @contextmanager
    def inside(self) -> Iterator[None]:
        """With its database, as a command of its own would have it."""
        store = open_store("", self.program.data, MIGRATIONS)
        try:
            with store.connection():
                yield
        finally:
            store.close()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask its database, as quickly as one can."""
        with closing(sqlite3.connect(self.program.data / SQLITE_NAME)) as connection:
            return connection.execute(sql).fetchall()

    def start(self) -> None:
        self.program.start("--portal", f"{self.host}:8080", "--exchange-every", "1")

    def ask(self, question: Callable[[], T]) -> T:
        with self.inside():
            return question()


@pytest.fixture
def sixteen(tmp_path: Path, migrated: Path) -> Iterator[list[Installation]]:
    """All of them know each other; nobody was introduced by anybody: the worst case for the honest ones."""
    octet = 20 + os.getpid() % 200  # of this run alone
    made = []
    for number in range(ALL):
        data = tmp_path / f"data{number}"
        data.mkdir()
        shutil.copy(migrated / "empty" / SQLITE_NAME, data)
        made.append(Installation(number, Program(SOURCE, data), f"127.{octet}.0.{number + 1}"))
    introductions = [one.ask(lambda one=one: introduce(one)) for one in made]  # type: ignore[misc]
    for one in made:
        others = [text for number, text in enumerate(introductions) if number != one.number]
        one.ask(lambda others=others: [peers.add(peers.read(text), int(time.time())) for text in others])  # type: ignore[misc]
    yield made
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: one.program.stop(), made))


def introduce(one: Installation) -> str:
    now = int(time.time())
    choices.introduce(one.program.data, one.name, f"http://{one.host}:8080/exchange/", now)
    choices.give(True, False, False, now)
    return choices.current().introduction


def see(one: Installation, chance: random.Random, round_: int) -> None:
    """An honest one sees some of the spammers; a liar says what it likes, of many addresses each."""
    if one.number in HONEST:
        seen = [f"{net}.{round_ * 20 + one.number}" for net in SPAMMERS if chance.random() < SEEN]
    else:
        seen = [f"{net}.{host}" for net in INNOCENT for host in range(round_ * 10, round_ * 10 + 10)]
    one.ask(lambda: spam_reports.accept_many([Incoming(address, "trap") for address in seen], int(time.time())))


def everybody_has_taken(those: list[Installation], all_: list[Installation]) -> bool:
    """Whether each of `those` has read the newest batch of each other one of `all_`."""
    heads = {one.name: newest(one) for one in all_}
    cursors = "SELECT name, cursor FROM exchange_peer"
    return all(heads.values()) and all(
        cursor >= heads.get(name, 0) for one in those for name, cursor in one.rows(cursors)
    )


def newest(one: Installation) -> int:
    """The number of its newest batch."""
    return int(one.rows("SELECT coalesce(max(number), 0) FROM exchange_batch")[0][0])


def words(without_liars: bool = False) -> dict[str, float]:
    """What others' words come to at this moment, by network; for a trial without those of the liars."""
    names = [f"{net}.0/24" for net in (*SPAMMERS, *INNOCENT)]
    liars = [f"installation {number}" for number in range(ALL) if number not in HONEST]
    with ExchangePeer._meta.database.atomic() as whole:
        if without_liars:
            ExchangePeer.update(paused=True).where(ExchangePeer.name << liars).execute()
        found = peer_words.words_about(names, int(time.time()))
        whole.rollback()
    return {name: found.get(name, (0.0, 0.0))[0] for name in names}


def listed(found: dict[str, float]) -> list[set[str]]:
    """Which networks each level would list for others' words alone, where half of all mail is spam."""
    return [
        {name for name, spam in found.items() if leaned(spam, spam, LEANS[NEAR], 0.5) >= least} for least in THRESHOLDS
    ]


def test_sixteen_installations_exchange_and_three_that_lie_move_nothing(sixteen: list[Installation]) -> None:
    chance = random.Random(13)
    for one in sixteen:
        see(one, chance, 0)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Installation.start, sixteen))
    wait_until(lambda: everybody_has_taken(sixteen, sixteen), PATIENCE, "each has the first batch of each other")

    assert sixteen[CUT_OFF].program.stop() == 0
    rest = [one for one in sixteen if one.number != CUT_OFF]
    for round_ in (1, 2):
        before = [newest(one) for one in rest]
        for one in rest:
            see(one, chance, round_)
        wait_until(
            lambda before=before: all(newest(one) > old for one, old in zip(rest, before, strict=True)),
            PATIENCE,
            "each has made another batch",
        )  # type: ignore[misc]
    wait_until(lambda: everybody_has_taken(rest, rest), PATIENCE, "each has the last batch of each other")

    bound = 2 * LIARS * BEGINNING * MOST_WORD
    for one in rest[: len(HONEST) - 1]:
        with_liars, without = one.ask(words), one.ask(lambda: words(without_liars=True))
        assert max(abs(with_liars[name] - without[name]) for name in without) <= bound
        assert max(with_liars[f"{net}.0/24"] for net in INNOCENT) <= LIARS * BEGINNING * MOST_WORD + 1e-6
        assert listed(with_liars)[:3] == listed(without)[:3]
    seen = sixteen[WATCHED].ask(words)
    assert sum(seen[f"{net}.0/24"] > 2 for net in SPAMMERS) >= 0.9 * len(SPAMMERS)

    sixteen[CUT_OFF].start()
    wait_until(lambda: everybody_has_taken([sixteen[CUT_OFF]], rest), PATIENCE, "it has caught up")
    assert sum(spam > 1 for spam in sixteen[CUT_OFF].ask(words).values()) >= 0.5 * len(SPAMMERS)
    problems = sixteen[CUT_OFF].ask(lambda: [one.problem for one in peers.all_peers() if one.problem])
    assert problems == []
