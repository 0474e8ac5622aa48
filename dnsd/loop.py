"""One thread on one UDP socket: batches of datagrams in, answers out, without Python from start to stop.

It reads no packet itself: fastpath.py does, and what that leaves is handed over to Python through a socket pair, so
that the kernel is the bounded queue. Of its places a client network takes a few at most, so that a flood from one
leaves room for the others. It needs the compiled modules; udp.py has the loop that runs interpreted.
"""

from __future__ import annotations

from array import array

import cython

from dnsd.protocol import LONGEST_UDP_QUERY
from dnsd.rate_limit import Client, RateLimit
from dnsd.writing import Zone
from reputation.verdict.live import Live
from reputation.verdict.snapshot import Snapshot
from reputation.verdict.steps import Steps4, Steps6
from reputation.verdict.tally import Tally

if cython.compiled:
    from cython.cimports.dnsd.fastpath import respond
    from cython.cimports.dnsd.netio import (
        gp_batch,
        gp_client,
        gp_hand_over,
        gp_nanoseconds,
        gp_new,
        gp_now,
        gp_receive,
        gp_send,
    )
    from cython.cimports.dnsd.questions import bucket_in
    from cython.cimports.dnsd.walk import leave
    from cython.cimports.libc.stdlib import free
    from cython.cimports.posix.unistd import usleep
    from cython.cimports.reputation.verdict.atomics import gp_acquire, gp_load, gp_release

BATCH = cython.declare(cython.int, 64)
# Not a multiple of 4096: equal places in slots would fight for the same lines of the cache. A reply needs the rest.
SLOT = cython.declare(cython.Py_ssize_t, 2112)
ROOM = cython.declare(cython.Py_ssize_t, LONGEST_UDP_QUERY)
STOP_NANOSECONDS = cython.declare(cython.longlong, 100_000_000)
SHARES = cython.declare(cython.uint, 1 << 10)  # client networks meet in one of these
PLACES = cython.declare(cython.ulonglong, 600)  # on the way to Python, for each of them: half of what may wait
ERROR_PAUSE = cython.declare(cython.uint, 1000)  # microseconds, so that an error that stays burns no processor


@cython.final
@cython.cclass
class Loop:
    """One loop over a UDP socket.

    `serve` runs in a thread of its own until `stop`. Other threads read the figures at any time.
    """

    def __init__(
        self,
        zone: Zone,
        live: Live,
        tally: Tally,
        allowed: tuple[Steps4, Steps6] | None,
        limits: RateLimit,
        now: int = 0,
    ) -> None:
        """`allowed` holds 1 where a client may ask; None where everybody may. `now` holds the clock; 0 lets it run."""
        self.now = now
        self.zone, self.live, self.tally, self.limits, self.client = zone, live, tally, limits, Client()
        self.turns = live.watch()
        self.everyone = allowed is None
        self.allowed4, self.allowed6 = allowed if allowed is not None else (None, None)
        self.stopping = False
        self.received = self.slow_path = self.slow_path_lost = self.refused = 0
        # Each has one writer: the loop, and the thread that takes from the queue.
        self.handed, self.taken = array("Q", bytes(8 << 10)), array("Q", bytes(8 << 10))

    def stop(self) -> None:
        """Make the thread answer what has been received, and end."""
        self.stopping = True

    def take(self, share: int) -> None:
        """Free the place in the queue that a packet of this share had. One thread alone may call it."""
        gp_release(cython.address(self.taken[share]), self.taken[share] + 1)

    def figures(self) -> dict[str, int]:
        """Return the counts of packets received, handed over, and lost to a full queue, and of answers refused."""
        return {
            "received": self.received,
            "slow path": self.slow_path,
            "slow path lost": self.slow_path_lost,
            "refused": self.refused,
        }

    def serve(self, descriptor: int, slow_path: int, wildcard: bool) -> None:
        """Answer on a UDP socket whose receive timeout brings the loop back; `slow_path` takes what is not plain."""
        self.turns.run()
        try:
            self._serve(descriptor, slow_path, wildcard)
        finally:
            self.turns.rest()

    @cython.cfunc
    def _serve(self, descriptor: cython.int, slow_path: cython.int, wildcard: cython.int) -> cython.void:
        slots: cython.uchar[::1] = bytearray(BATCH * SLOT)
        sizes: cython.Py_ssize_t[::1] = array("l", bytes(8 * BATCH))
        batch: cython.pointer[gp_batch] = gp_new()
        n: cython.int
        deadline: cython.longlong
        with cython.nogil:
            while not self.stopping:
                n = self._turn(batch, slots, sizes, descriptor, slow_path, wildcard, 1)
                if n < 0:
                    usleep(ERROR_PAUSE)
            # What the kernel had received before the stop is answered too.
            deadline = gp_nanoseconds() + STOP_NANOSECONDS
            while gp_nanoseconds() < deadline:
                n = self._turn(batch, slots, sizes, descriptor, slow_path, wildcard, 0)
                if n <= 0:
                    break
        free(batch)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _turn(
        self,
        batch: cython.pointer[gp_batch],
        slots: cython.uchar[::1],
        sizes: cython.Py_ssize_t[::1],
        descriptor: cython.int,
        slow_path: cython.int,
        wildcard: cython.int,
        wait: cython.int,
    ) -> cython.int:
        """One batch: receive, answer, hand over, send; how many came."""
        n: cython.int
        which: cython.ulonglong
        self.turns.begin()
        n = gp_receive(
            batch, descriptor, cython.address(slots[0]), SLOT, ROOM, cython.address(sizes[0]), wildcard, wait
        )
        if n <= 0:
            return n
        self.received += n
        # After receiving: a packet that came after a swap is answered from the new snapshot.
        which = gp_load(cython.address(self.live.which))
        if which == 1:
            self._answer(self.live.slot_a, batch, slots, sizes, n, slow_path)
        elif which == 2:
            self._answer(self.live.slot_b, batch, slots, sizes, n, slow_path)
        else:
            self._hand_all_over(batch, sizes, n, slow_path)
        self.refused += gp_send(batch, descriptor, cython.address(sizes[0]), n)
        return n

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _answer(
        self,
        snapshot: Snapshot,
        batch: cython.pointer[gp_batch],
        slots: cython.uchar[::1],
        sizes: cython.Py_ssize_t[::1],
        n: cython.int,
        slow_path: cython.int,
    ) -> cython.void:
        """The replies to a batch in its slots; a size of 0 is no reply from here."""
        i: cython.int
        size: cython.Py_ssize_t
        now: cython.uint = self.now if self.now else gp_now()
        self.client.at = gp_nanoseconds()
        if n > 1:
            self._foresee(snapshot, slots, sizes, n)
        for i in range(n):
            self._name_client(batch, i)
            if self.everyone or self._may_ask():
                size = respond(
                    self.zone, snapshot, self.tally, self.limits, self.client, slots, i * SLOT, sizes[i], now
                )
            else:
                size = leave(self.tally, self.limits, self.client, now)
            if size < 0:
                self._hand_over(batch, i, sizes[i], slow_path)
                size = 0
            sizes[i] = size

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _foresee(
        self, snapshot: Snapshot, slots: cython.uchar[::1], sizes: cython.Py_ssize_t[::1], n: cython.int
    ) -> cython.void:
        """What a batch will want of the large tables comes from the memory all at once, and not one after the other."""
        i: cython.int
        wanted = cython.declare(cython.uint[64])  # one for each of BATCH
        origins: cython.bint = snapshot.policies.asks_for_origins  # else no answer looks for one
        for i in range(n):
            wanted[i] = bucket_in(slots, i * SLOT, sizes[i])
            snapshot.standard.feeds.steps4.prefetch(wanted[i])
            if origins:
                snapshot.origins.steps4.prefetch(wanted[i])
        for i in range(n):
            snapshot.standard.feeds.steps4.prefetch_rest(wanted[i])
            if origins:
                snapshot.origins.steps4.prefetch_rest(wanted[i])

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _name_client(self, batch: cython.pointer[gp_batch], i: cython.int) -> cython.void:
        """Who sent packet `i` of the batch."""
        high: cython.ulonglong = 0
        low: cython.ulonglong = 0
        version: cython.int = gp_client(batch, i, cython.address(high), cython.address(low))
        self.client.place(version, high, low)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _may_ask(self) -> cython.bint:
        """Whether the access list has the client; who is not in it is told so by Python."""
        if self.client.version == 4:
            return self.allowed4.seek(cython.cast(cython.uint, self.client.low)) & 1
        return self.allowed6.seek(self.client.high, self.client.low) & 1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _hand_all_over(
        self, batch: cython.pointer[gp_batch], sizes: cython.Py_ssize_t[::1], n: cython.int, slow_path: cython.int
    ) -> cython.void:
        """Nothing is published yet: Python says so."""
        i: cython.int
        for i in range(n):
            self._name_client(batch, i)
            self._hand_over(batch, i, sizes[i], slow_path)
            sizes[i] = 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _hand_over(
        self, batch: cython.pointer[gp_batch], i: cython.int, size: cython.Py_ssize_t, slow_path: cython.int
    ) -> cython.void:
        share: cython.uint = self.limits.bucket(self.client.network, 0) % SHARES
        waiting: cython.ulonglong = self.handed[share] - gp_acquire(cython.address(self.taken[share]))
        self.slow_path += 1
        if waiting >= PLACES or gp_hand_over(batch, slow_path, i, size, self.client.verdict, share):
            self.slow_path_lost += 1
        else:
            self.handed[share] += 1
