"""Each batch of counts is in the database once, whatever becomes of the database, the way to it, or the program."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from peewee import DataError, OperationalError

from reputation import faults
from reputation.counting import delivery, hours, quotas
from reputation.counting.batch_file import questions
from reputation.counting.delivery import KEEP, LATE, Delivery
from reputation.customers.organizations import Customer
from reputation.store import db
from reputation.store.db import SQLITE_NAME, Store, connected, open_store
from reputation.store.models import BotHour, DeliveredBatch, OtherHour, QueryHour, QueryLogEntry, QuotaDay, VolumeHour
from reputation.verdict.counters import HOUR, Batch, Counters
from reputation.verdict.decision import NOT_LISTED, Decision
from reputation.verdict.matches import Matches
from reputation.verdict.origins import EMPTY
from reputation.verdict.zones import DYNAMIC, DYNAMIC_LISTING, FOREVER, STANDARD
from tests.conftest import MIGRATIONS, NOON, Cast, make_cast
from tests.neighbour import others
from tests.postgresql import drop_database, new_database
from tests.postgresql_proxy import Proxy

LISTED = Decision(DYNAMIC_LISTING, FOREVER, "dynamic", "")
ADDRESS = 0xCB007109  # 203.0.113.9
DAY = 24 * HOUR


@pytest.fixture(autouse=True)
def no_fault() -> Iterator[None]:
    """Whatever a test has told is told no more."""
    yield
    for fault in faults.standing():
        faults.gone(fault.name, NOON)


def ask(counters: Counters, organization: int, times: int, now: int = NOON) -> None:
    """Questions about one listed address, a bot, and one other packet."""
    for _ in range(times):
        counters.record(organization, DYNAMIC, LISTED, 4, ADDRESS, now)
    counters.other("txt", now)


def flush(counts: Delivery, now: int = NOON) -> str:
    return hours.flush(counts, EMPTY, now)


def asked() -> dict[int, int]:
    """The questions of each hour, of all but the neighbour."""
    return {row.hour: row.queries for row in others(QueryHour)}


def everything() -> tuple[dict[int, int], int, int, int, int]:
    """Of each table that a flush writes: its sum."""
    return (
        asked(),
        sum(row.packets for row in others(OtherHour)),
        sum(row.volume for row in others(VolumeHour)),
        sum(row.bots for row in others(BotHour)),
        sum(row.weight for row in others(QueryLogEntry)),
    )


def once(times: int) -> tuple[dict[int, int], int, int, int, int]:
    return {NOON: times}, 1, times, 1, times


def standing() -> dict[str, str]:
    return {fault.name: fault.sentence for fault in faults.standing()}


class Place:
    """A database to which nobody has a connection, and a program that counts for Acme."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        self.store = open_store(url, folder, MIGRATIONS)
        with connected():
            self.acme: Customer = make_cast().acme
        self.counters = Counters()
        self.counts = Delivery(self.counters, folder)

    def restarted(self) -> Delivery:
        """What the next program makes of the folder."""
        self.counts.close()
        self.counts = Delivery(self.counters, self.folder)
        return self.counts

    def files(self) -> list[Path]:
        return sorted((self.folder / "counts").glob("*.counts"))


@pytest.fixture
def place(migrated: Path, tmp_path: Path) -> Iterator[Place]:
    shutil.copy(migrated / "lived_in" / SQLITE_NAME, tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "BUSY_SECONDS", 0.2)
        made = Place("", tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def way(postgresql_url: str, migrated_postgresql: dict[str, str]) -> Iterator[Proxy]:
    """A way to a PostgreSQL database that can be cut."""
    url = new_database(postgresql_url, migrated_postgresql["lived_in"])
    with Proxy(url) as proxy:
        yield proxy
    drop_database(url)


@pytest.fixture
def far(way: Proxy, tmp_path: Path) -> Iterator[Place]:
    made = Place(way.url, tmp_path)
    yield made
    made.store.close()


def fails(act: Callable[[], object]) -> str:
    with pytest.raises(Exception) as told:
        act()
    return str(told.value)


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_commit_of_which_nobody_knows_the_outcome_counts_once(way: Proxy, far: Place, cut: str) -> None:
    flush(far.counts)
    ask(far.counters, far.acme.id, 7)

    way.cut = cut
    fails(lambda: flush(far.counts))
    with connected():
        assert asked() == ({NOON: 7} if cut == "after" else {}), "the cut was where it should be"
    flush(far.counts)

    assert way.cuts == 1 and far.files() == []
    with connected():
        assert everything() == once(7)


@pytest.mark.parametrize("cut", ["before", "after"])
def test_the_same_counts_once_where_the_program_ends_in_between(way: Proxy, far: Place, cut: str) -> None:
    flush(far.counts)
    ask(far.counters, far.acme.id, 7)
    way.cut = cut
    fails(lambda: flush(far.counts))
    way.is_away = True
    way.hang_up()
    ask(far.counters, far.acme.id, 2, NOON + HOUR)
    fails(lambda: flush(far.counts, NOON + HOUR))
    assert len(far.files()) == 2

    way.is_away = False
    flush(far.restarted(), NOON + 2 * HOUR)

    assert far.files() == []
    with connected():
        assert asked() == {NOON: 7, NOON + HOUR: 2}


def test_many_cuts_in_a_row_count_once(way: Proxy, far: Place) -> None:
    for number in range(12):
        ask(far.counters, far.acme.id, 5)
        way.cut = ("after", "before", "")[number % 3]
        try:
            flush(far.counts)
        except OperationalError:
            pass
    way.cut = ""
    flush(far.counts)

    assert way.cuts == 8
    with connected():
        assert asked() == {NOON: 60}
        assert sum(row.packets for row in others(OtherHour)) == 12


def test_what_was_counted_in_an_outage_is_in_its_own_hours(way: Proxy, far: Place) -> None:
    flush(far.counts)
    way.is_away = True
    way.hang_up()
    for number in range(6):
        now = NOON + number * HOUR // 2
        ask(far.counters, far.acme.id, 1, now)
        fails(lambda now=now: flush(far.counts, now))  # type: ignore[misc]

    way.is_away = False
    said = flush(far.counts, NOON + 3 * HOUR)

    assert said == "Wrote 6 queries and 6 other packets. 6 of the queries had waited on disk."
    with connected():
        assert asked() == {NOON: 2, NOON + HOUR: 2, NOON + 2 * HOUR: 2}
        assert [row.bots for row in others(BotHour).order_by(BotHour.hour)] == [1, 1, 1]


def test_a_locked_database_costs_nothing(place: Place) -> None:
    flush(place.counts)
    with sqlite3.connect(place.folder / SQLITE_NAME) as other:
        other.execute("BEGIN IMMEDIATE")
        ask(place.counters, place.acme.id, 3)
        assert "locked" in fails(lambda: flush(place.counts))
        ask(place.counters, place.acme.id, 4)
        assert "locked" in fails(lambda: flush(place.counts))
        assert len(place.files()) == 2, "what was tried does not grow"
        other.rollback()
    other.close()

    flush(place.restarted())

    with connected():
        assert asked() == {NOON: 7}


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_full_database_costs_nothing(store: Store, cast: Cast, tmp_path: Path) -> None:
    counters = Counters()
    counts = Delivery(counters, tmp_path)
    pages = store.database.execute_sql("PRAGMA page_count").fetchone()[0]
    store.database.execute_sql(f"PRAGMA max_page_count = {pages}")
    for number in range(3000):
        counters.record(cast.acme.id, DYNAMIC, LISTED, 4, ADDRESS + number, NOON)
    assert "full" in fails(lambda: flush(counts))
    assert asked() == {}
    store.database.execute_sql("PRAGMA max_page_count = 1000000")

    flush(counts)

    assert asked() == {NOON: 3000} and sum(row.weight for row in others(QueryLogEntry)) == 3000


def test_a_database_that_was_moved_away_costs_nothing(place: Place) -> None:
    flush(place.counts)
    file = place.folder / SQLITE_NAME
    file.rename(place.folder / "elsewhere")
    ask(place.counters, place.acme.id, 3)
    assert "unable to open" in fails(lambda: flush(place.counts))
    assert not file.exists(), "no empty one is made in its place"
    (place.folder / "elsewhere").rename(file)

    flush(place.restarted())

    with connected():
        assert asked() == {NOON: 3}


def test_a_new_database_gets_nothing_of_the_one_before(place: Place, migrated: Path) -> None:
    flush(place.counts)
    with sqlite3.connect(place.folder / SQLITE_NAME) as other:
        other.execute("BEGIN IMMEDIATE")
        ask(place.counters, place.acme.id, 3)
        fails(lambda: flush(place.counts))
        other.rollback()
    other.close()
    shutil.copy(place.folder / SQLITE_NAME, place.folder / "before")
    for left in place.folder.glob(f"{SQLITE_NAME}-*"):
        left.unlink()
    (place.folder / SQLITE_NAME).unlink()
    shutil.copy(migrated / "lived_in" / SQLITE_NAME, place.folder)
    with connected():
        make_cast()

    flush(place.restarted(), NOON + LATE)

    assert len(place.files()) == 1 and place.counts.figures().foreign == (place.files()[0].name,)
    assert "1 files of counts are of another database" in standing()["counts of another"]
    with connected():
        assert asked() == {}


def test_a_database_put_back_from_a_backup_takes_what_waits_and_misses_what_it_had(place: Place) -> None:
    ask(place.counters, place.acme.id, 2)
    flush(place.counts)
    backup = place.folder / "backup"
    with sqlite3.connect(place.folder / SQLITE_NAME) as source, sqlite3.connect(backup) as target:
        source.backup(target)
    source.close()
    target.close()
    ask(place.counters, place.acme.id, 3)
    flush(place.counts)
    ask(place.counters, place.acme.id, 5)
    place.counts.keep(NOON, always=True)
    for left in place.folder.glob(f"{SQLITE_NAME}*"):
        left.unlink()
    backup.rename(place.folder / SQLITE_NAME)

    flush(place.restarted())

    with connected():
        assert asked() == {NOON: 2 + 5}, "the three went with the database that was replaced"


def test_two_nodes_on_one_database_count_each_what_they_were_asked(store: Store, cast: Cast, tmp_path: Path) -> None:
    nodes = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        nodes.append(Delivery(Counters(), tmp_path / name))
    for node in nodes:
        for _ in range(3):
            ask(node.counters, cast.acme.id, 2)
            flush(node)
        ask(node.counters, cast.acme.id, 2)
        node.keep(NOON, always=True)
    for node in nodes:
        flush(node)

    assert asked() == {NOON: 16}


def test_a_copy_of_a_folder_counts_nothing_twice(store: Store, cast: Cast, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    one = Delivery(Counters(), tmp_path / "one")
    flush(one)
    ask(one.counters, cast.acme.id, 2)
    one.keep(NOON, always=True)
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    flush(one)
    for _ in range(3):
        ask(one.counters, cast.acme.id, 1)
        flush(one)

    said = flush(Delivery(Counters(), tmp_path / "two"))

    assert said == "Nothing was asked." and asked() == {NOON: 5}


def test_names_are_kept_as_long_as_a_batch_may_come_again(store: Store, cast: Cast, tmp_path: Path) -> None:
    counts = Delivery(Counters(), tmp_path)
    for number in range(20):
        ask(counts.counters, cast.acme.id, 1)
        if number == 10:
            counts.keep(NOON, always=True)
        flush(counts)

    assert others(DeliveredBatch).count() == 2, "of those that lay on disk, and of the last one"
    with db.write():
        assert delivery.prune(NOON + KEEP) == 0
        assert delivery.prune(NOON + KEEP + 1) == 2


def test_evidence_and_figures_are_written_together_or_not_at_all(store: Store, cast: Cast, tmp_path: Path) -> None:
    counts = Delivery(Counters(), tmp_path)
    ask(counts.counters, cast.acme.id, 4)
    seen = []

    def count(matches: Matches) -> str:
        seen.append(len(matches))
        if len(seen) == 1:
            raise OperationalError("canceling statement")
        return "Counted."

    with pytest.raises(OperationalError):
        hours.flush(counts, EMPTY, NOON, then=count)
    assert asked() == {}
    assert hours.flush(counts, EMPTY, NOON, then=count).endswith("Counted.")

    assert everything() == once(4) and seen == [4, 4]


def test_an_outage_lifts_no_quota_and_counts_no_day_twice(store: Store, cast: Cast, tmp_path: Path) -> None:
    midnight = NOON - NOON % DAY + DAY
    counts = Delivery(Counters(), tmp_path)
    ask(counts.counters, cast.acme.id, 90, midnight - 60)
    counts.keep(midnight - 55, always=True)  # the database is away from here on
    ask(counts.counters, cast.acme.id, 60, midnight + 60)
    counts.keep(midnight + 65, always=True)

    flush(counts, midnight + HOUR)
    quotas.follow(100, midnight + HOUR)
    assert not others(QuotaDay).where(QuotaDay.over_at.is_null(False)).exists(), "60 were of this day"

    ask(counts.counters, cast.acme.id, 40, midnight + HOUR)
    counts.keep(midnight + HOUR, always=True)
    flush(counts, midnight + 2 * HOUR)
    assert "1 organizations have used up" in quotas.follow(100, midnight + 2 * HOUR)
    assert quotas.follow(100, midnight + 2 * HOUR + 5) == ""


def test_while_a_try_hangs_what_is_counted_goes_to_disk(store: Store, cast: Cast, tmp_path: Path) -> None:
    seconds = [0.0]
    counts = Delivery(Counters(), tmp_path, clock=lambda: seconds[0])
    flush(counts)
    ask(counts.counters, cast.acme.id, 3)
    hangs, goes_on = threading.Event(), threading.Event()

    def hang(_: Matches) -> str:
        hangs.set()
        assert goes_on.wait(60)
        raise OperationalError("server closed the connection unexpectedly")

    def run() -> None:
        with pytest.raises(OperationalError):
            hours.flush(counts, EMPTY, NOON, then=hang)

    hanging = threading.Thread(target=run)
    hanging.start()
    assert hangs.wait(60)
    assert counts.keep(NOON) == 0, "it may come through at once"
    seconds[0] = 5.0
    ask(counts.counters, cast.acme.id, 2)
    assert counts.keep(NOON + 5) == 2 and counts.figures().questions == 5
    assert len(list((tmp_path / "counts").glob("*.counts"))) == 2
    assert flush(counts) == "The flush before is not over yet."
    goes_on.set()
    hanging.join()

    flush(counts)

    assert asked() == {NOON: 5}


def test_a_program_ends_in_time_though_the_database_hangs(store: Store, cast: Cast, tmp_path: Path) -> None:
    counts = Delivery(Counters(), tmp_path)
    flush(counts)
    ask(counts.counters, cast.acme.id, 3)
    goes_on = threading.Event()

    said = counts.finish(lambda: str(goes_on.wait(60)), NOON, 0.2)
    goes_on.set()

    assert said == f"The database does not take what was counted: 3 questions wait in {tmp_path / 'counts'}."
    counts.close()
    flush(Delivery(Counters(), tmp_path))
    assert asked() == {NOON: 3}


def test_a_batch_that_the_tables_cannot_hold_is_set_aside_and_the_others_go_on(
    store: Store, cast: Cast, tmp_path: Path
) -> None:
    counts = Delivery(Counters(), tmp_path)
    for times in (1, 2):
        ask(counts.counters, cast.acme.id, times)
        counts.keep(NOON, always=True)

    def add(batch: Batch) -> str:
        if questions(batch) == 1:
            raise DataError("numeric value out of range")
        return ""

    for _ in range(delivery.TRIES):
        with pytest.raises(DataError):
            counts.flush(add, NOON)
    done = counts.flush(add, NOON)

    assert done and (done.batches, done.questions) == (1, 2)
    assert len(counts.figures().set_aside) == 1 and "counts set aside" in standing()


def test_where_no_disk_takes_them_they_stay_in_memory_and_count_once(store: Store, cast: Cast, tmp_path: Path) -> None:
    (tmp_path / "counts").write_text("no folder")
    counts = Delivery(Counters(), tmp_path)
    store.database.execute_sql("alter table query_hour rename to elsewhere")
    for number in range(4):
        ask(counts.counters, cast.acme.id, 1)
        fails(lambda number=number: flush(counts, NOON + number * LATE))  # type: ignore[misc]
    assert counts.figures()[:3] == (2, 4, NOON)
    assert "It is kept in memory alone" in standing()["counts"] and "File exists" in standing()["counts"]
    store.database.execute_sql("alter table elsewhere rename to query_hour")

    flush(counts)

    assert asked() == {NOON: 4} and "counts" not in standing()


def test_counts_that_wait_for_more_than_a_minute_are_a_fault_until_they_are_delivered(place: Place) -> None:
    flush(place.counts)
    with sqlite3.connect(place.folder / SQLITE_NAME) as other:
        other.execute("BEGIN IMMEDIATE")
        ask(place.counters, place.acme.id, 3)
        fails(lambda: flush(place.counts))
        assert "counts" not in standing(), "a moment is none"
        fails(lambda: flush(place.counts, NOON + LATE))
        found = place.counts.figures()
        other.rollback()
    other.close()

    assert (found.batches, found.questions, found.oldest_at) == (1, 3, NOON)
    sentence = standing()["counts"]
    assert sentence.startswith("What was counted waits for the database: database is locked.")
    assert sentence.endswith(f"It is kept in {place.folder / 'counts'}, and is counted once.")
    flush(place.counts, NOON + LATE)
    assert "counts" not in standing() and place.counts.figures()[:4] == (0, 0, None, 3)


def test_many_batches_are_delivered_over_several_turns(store: Store, cast: Cast, tmp_path: Path) -> None:
    seconds = [0.0]
    counts = Delivery(Counters(), tmp_path, clock=lambda: seconds[0])
    for number in range(6):
        ask(counts.counters, cast.acme.id, 1, NOON + number * HOUR)
        counts.keep(NOON + number * HOUR, always=True)

    def slow(_: Matches) -> str:
        seconds[0] += 2.0
        return ""

    hours.flush(counts, EMPTY, NOON + 6 * HOUR, then=slow)
    assert 1 <= sum(asked().values()) < 6
    for _ in range(3):
        hours.flush(counts, EMPTY, NOON + 6 * HOUR, then=slow)

    assert asked() == {NOON + number * HOUR: 1 for number in range(6)}


def test_questions_without_a_listing_are_counted_late_too(store: Store, cast: Cast, tmp_path: Path) -> None:
    counts = Delivery(Counters(), tmp_path)
    counts.counters.record(cast.acme.id, STANDARD, NOT_LISTED, 4, 1, NOON)
    counts.keep(NOON, always=True)
    flush(counts, NOON + DAY)

    assert asked() == {NOON: 1}


def test_the_database_behind_the_way_is_the_one_that_is_looked_at(way: Proxy, far: Place) -> None:
    """The tests above read through the same way as the program: this one looks past it."""
    ask(far.counters, far.acme.id, 7)
    flush(far.counts)
    with connected():
        name = db.proxy.execute_sql("select current_database()").fetchone()[0]
        port = db.proxy.execute_sql("select inet_server_port()").fetchone()[0]
    with psycopg.connect(f"postgresql://gatepost@127.0.0.1:{port}/{name}") as past:
        row = past.execute("select sum(queries) from query_hour where organization_id = %s", (far.acme.id,)).fetchone()

    assert row and row[0] == 7 and f":{port}/" not in way.url


def test_counts_of_a_time_to_come_that_wait_are_a_fault_at_once(place: Place) -> None:
    with sqlite3.connect(place.folder / SQLITE_NAME) as other:
        other.execute("BEGIN IMMEDIATE")
        ask(place.counters, place.acme.id, 3)
        fails(lambda: flush(place.counts))
        fails(lambda: flush(place.counts, NOON - 3600))
        assert "counts" in standing(), "the clock was set back, and nobody knows for how long they wait"
        other.rollback()
    other.close()

    flush(place.counts, NOON - 3600)
    assert "counts" not in standing()
