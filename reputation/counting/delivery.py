"""Delivers counts to the database, each batch once, whatever becomes of the database, of the way to it, or of us.

A batch has a name, which is written in the transaction that writes its counts. Where nobody knows what became of a
transaction, the same batch is tried again, and does nothing where its name is there already. While the database does
not take it, it waits on disk (spool.py) with all that is counted later; `keep` sees to that where a try hangs. It is
added to the hours in which it was counted.

It owns when and how often; hours.py says what is written.
"""

from __future__ import annotations

import contextlib
import logging
import secrets as random
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from peewee import DataError, IntegrityError

from reputation import faults
from reputation.clock import was_within
from reputation.counting import batch_file
from reputation.counting.batch_file import NamedBatch
from reputation.counting.spool import Spool, Waiting
from reputation.store import db, secrets
from reputation.store.db import connected
from reputation.store.models import DeliveredBatch
from reputation.verdict.counters import Batch, Counters

log = logging.getLogger("gatepost.counts")

DAY = 86400
KEEP = 90 * DAY  # of the names of batches that lay on disk: a copy of the folder may bring one again
A_TURN = 4.0  # seconds, after which no other batch is begun: the next turn goes on
PATIENCE = 4.0  # seconds of one try, after which what is counted goes to disk meanwhile
LATE = 60  # seconds that counts may wait before it is a fault
TRIES = 5  # of a batch that the database refuses for what it says, and not because it is away
# None of them says that the database is away; and a pool without a free connection raises ValueError.
OF_THE_BATCH = (DataError, IntegrityError, ArithmeticError, LookupError, TypeError)

Adding = Callable[[Batch], str]


class Flushed(NamedTuple):
    """What one turn has delivered: batches, questions and other packets, and what `add` said of them last.

    Of the questions, `late` had waited on disk.
    """

    batches: int = 0
    questions: int = 0
    others: int = 0
    late: int = 0
    said: str = ""

    def and_also(self, batch: Batch, was_late: bool, said: str) -> Flushed:
        """Add one more batch."""
        asked, others = batch_file.questions(batch), sum(batch.others.values())
        late = self.late + asked * was_late
        return Flushed(self.batches + 1, self.questions + asked, self.others + others, late, said or self.said)


class _Held:
    """A batch in memory. Once it was tried nothing is added to it."""

    def __init__(self, named: NamedBatch) -> None:
        self.named, self.was_tried = named, False


class Delivery:
    """The way of counts from memory to the database. Any thread may call it; one delivers at a time."""

    def __init__(
        self, counters: Counters, data: Path | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Without a folder `data` what waits stays in memory."""
        self.counters, self._clock = counters, clock
        self._spool = Spool(data) if data else None
        self._node, self._number = random.token_hex(8), 0
        self._lock = threading.Lock()  # of what follows: held for a moment, and never while the database is asked
        self._turn = threading.Lock()  # of who delivers
        self._held: list[_Held] = []
        self._done: list[str] = []  # delivered from memory: nobody will try them again, and their names can go
        self._tries: Counter[str] = Counter()
        self._trying_since: float | None = None
        self._database = ""
        self._why = ""  # the database does not take them; "" while it does
        self._disk = ""  # nor does the disk
        self._late = self._lost = 0

    def flush(self, add: Adding, now: int, waits: float = 0.0) -> Flushed | None:
        """Deliver what was counted; return what was, or None while another thread is at it, for longer than `waits`.

        `add` adds a batch to the tables, inside the transaction. Where that fails all is kept, and the error raised.
        """
        if not self._turn.acquire(timeout=waits):
            return None
        try:
            with self._lock:
                self._take(now)
                if self._why or self._files_wait():
                    self._store()
            return self._deliver(add, now)
        finally:
            self._turn.release()
            self._tell(now)

    def keep(self, now: int, always: bool = False) -> int:
        """Keep on disk what is counted while a try to deliver hangs, or `always`; return how many batches wait then."""
        since = self._trying_since
        if not always and (since is None or self._clock() - since < PATIENCE):
            return 0
        with self._lock:
            self._take(now)
            self._store()
        self._tell(now)
        return self.figures().batches

    def finish(self, flush: Callable[[], str], now: int, seconds: float) -> str:
        """Give all to the database if it takes that within so many seconds, the rest to the disk; return a sentence.

        The program ends after it, whatever the database does: what is left waits for the next start.
        """
        said: list[str] = []
        if self._why:
            self.keep(now, always=True)

        def try_it() -> None:
            try:
                said.append(flush())
            except Exception as error:  # what is left waits on disk, as is said below
                log.warning("The last counts could not be written: %s", error)

        last = threading.Thread(target=try_it, name="last flush", daemon=True)
        with contextlib.suppress(RuntimeError):  # the system gives no thread: the disk takes the counts
            last.start()
            last.join(seconds)
        self.keep(now, always=True)
        left = self.figures()
        if not left.batches:
            return said[0] if said else "Nothing was asked."
        where = f"wait in {self._spool.folder}" if self._spool and not self._disk else "are lost: no disk took them"
        return f"The database does not take what was counted: {left.questions:,} questions {where}."

    def close(self) -> None:
        """Let another program deliver what waits in the folder."""
        with self._lock:
            if self._spool:
                self._spool.close()

    def figures(self) -> Waiting:
        """Return what waits, on disk and in memory, and what became of the rest."""
        with self._lock:
            found = self._spool.figures(self._database) if self._spool else Waiting()
            held = [one.named for one in self._held]
            times = [named.at for named in held] + ([] if found.oldest_at is None else [found.oldest_at])
            asked = sum(batch_file.questions(named.batch) for named in held)
            return found._replace(
                batches=found.batches + len(held), questions=found.questions + asked, late=self._late,
                oldest_at=min(times, default=None), lost=found.lost + self._lost,
            )  # fmt: skip

    def _take(self, now: int) -> None:
        """Take what was counted into memory, as a batch or with the last one that was not tried."""
        batch = self.counters.drain(now)
        if not batch:
            return
        last = self._held[-1] if self._held else None
        if last and not last.was_tried:
            last.named.batch.add(batch)
            last.named = last.named._replace(at=now)
            return
        self._number += 1
        self._held.append(_Held(NamedBatch(f"{self._node}-{self._number}", "", now, batch)))

    def _files_wait(self) -> bool:
        try:
            if not self._spool or not self._spool.take_turn():
                return False
            self._spool.look()
            self._disk = ""
        except OSError as error:
            self._disk = error.strerror or str(error)
            return False
        return bool(self._spool.figures(self._database).batches)

    def _store(self) -> None:
        """Move what is held to the disk. Where the disk does not take it, it stays in memory."""
        if self._spool is None:
            return
        try:
            while self._held:
                one = self._held[0]
                if not self._spool.holds(one.named.name):
                    database = self._database or self._spool.database
                    self._spool.add(one.named._replace(database=database), one.was_tried)
                self._held.pop(0)
            self._disk = ""
        except OSError as error:
            self._disk = error.strerror or str(error)

    def _deliver(self, add: Adding, now: int) -> Flushed:
        flushed, end = Flushed(), self._clock() + A_TURN
        self._trying_since = self._clock()
        try:
            self._learn_database()
            while self._clock() < end and (found := self._next()) is not None:
                self._trying_since = self._clock()
                named, was_late = found
                said = self._try(named, add, now)
                if said is not None:
                    flushed = flushed.and_also(named.batch, was_late, said)
        except BaseException as error:
            self._failed(error)
            raise
        finally:
            self._trying_since = None
        with self._lock:
            self._why = ""
        if flushed.late:
            log.info("Counted %d questions that had waited on disk, each in its own hour.", flushed.late)
        return flushed

    def _learn_database(self) -> None:
        """What tells this database from others: so no batch is delivered to one that has other organizations."""
        if self._database:
            return
        with connected():
            self._database = secrets.get_or_create(secrets.DATABASE, 16).hex()
        with self._lock:
            try:
                if self._spool:
                    self._spool.is_for(self._database)
            except OSError as error:
                self._disk = error.strerror or str(error)

    def _next(self) -> tuple[NamedBatch, bool] | None:
        """The oldest batch that waits, and whether it lies on disk."""
        with self._lock:
            named = self._spool.first(self._database) if self._spool else None
            if named:
                return named, True
            if not self._held:
                return None
            self._held[0].was_tried = True
            return self._held[0].named, False

    def _try(self, named: NamedBatch, add: Adding, now: int) -> str | None:
        done = list(self._done)
        try:
            with connected(), db.write():
                said = _added_once(named, done, add, now)
        except OF_THE_BATCH as error:
            self._refused(named.name, error)
            raise
        with self._lock:
            self._delivered(named, done, is_new=said is not None)
        return said

    def _delivered(self, named: NamedBatch, done: list[str], is_new: bool) -> None:
        self._tries.pop(named.name, None)
        self._done = [name for name in self._done if name not in done]
        self._held = [one for one in self._held if one.named.name != named.name]
        if self._spool and self._spool.holds(named.name):
            self._late += batch_file.questions(named.batch) * is_new
            self._spool.remove(named.name)
        else:
            self._done.append(named.name)

    def _failed(self, error: BaseException) -> None:
        with self._lock:
            self._why = str(error).strip().partition("\n")[0][:200] or type(error).__name__
            self._store()

    def _refused(self, name: str, error: Exception) -> None:
        """One that the tables cannot hold must not hold up the others."""
        with self._lock:
            self._tries[name] += 1
            if self._tries[name] >= TRIES:
                self._store()
                self._give_up(name, error)

    def _give_up(self, name: str, error: Exception) -> None:
        del self._tries[name]
        if self._spool:
            self._spool.give_up(name, error)
        for one in [one for one in self._held if one.named.name == name]:
            log.error("Counts are lost, the database cannot hold them, and no disk took them: %s", error)
            self._lost += batch_file.questions(one.named.batch)
            self._held.remove(one)

    def _tell(self, now: int) -> None:
        """Tell what is not well to the room of faults."""
        for name, sentence in self._faults(self.figures(), now).items():
            if sentence:
                faults.raised(name, sentence, now)
            else:
                faults.gone(name, now)

    def _faults(self, found: Waiting, now: int) -> dict[str, str]:
        """A sentence for each fault; "" where it is not there. It stays the same as long as the fault does."""
        folder = self._spool.folder if self._spool else None
        is_late = found.oldest_at is not None and not was_within(found.oldest_at, now, LATE)
        where = f"in {folder}, and is counted once" if folder and not self._disk else "in memory alone"
        why = self._why or "there was much to write"
        disk = f" {folder}: {self._disk}. Make room there, or let this user write." if folder and self._disk else ""
        waits = f"What was counted waits for the database: {why}. It is kept {where}.{disk}"
        damaged = (
            f"{folder}: {len(found.set_aside)} files of counts cannot be read, and are in no figure; see the log. "
        )
        foreign = f"{folder}: {len(found.foreign)} files of counts are of another database, or of another version. "
        return {
            "counts": waits if is_late else "",
            "counts set aside": f"{damaged}Remove them, or put back whole ones." if found.set_aside else "",
            "counts of another": f"{foreign}They wait for it: remove them if it is gone." if found.foreign else "",
        }


def prune(now: int) -> int:
    """Forget the names of batches that were delivered 90 days ago; return how many. Call it inside a transaction."""
    return int(DeliveredBatch.delete().where(DeliveredBatch.delivered_at < now - KEEP).execute())


def _added_once(named: NamedBatch, done: list[str], add: Adding, now: int) -> str | None:
    """Add a batch to the tables; None where its name is there: then an earlier try has come through."""
    if done:
        DeliveredBatch.delete().where(DeliveredBatch.batch << done).execute()
    new = DeliveredBatch.insert(batch=named.name, delivered_at=now).on_conflict_ignore()
    if not list(new.returning(DeliveredBatch.batch).tuples()):
        return None
    return add(named.batch)
