"""All connections of the portal, on an asyncio loop in a thread: who may come in, who is late, and who goes.

No client holds a thread but while the application answers it, and no client keeps another one out for long: beyond the
bound of connections the one that has been quiet longest is closed, beyond those of memory and of waiting threads the
slowest.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

from portal.server.connection import Connection
from portal.server.exchange import Settings
from portal.server.limits import Limits
from portal.server.outgoing import Waiting
from portal.server.workers import Workers
from reputation.accepting import Acceptor
from reputation.addresses.address import Network, parse_address
from reputation.addresses.scored_networks import subject_of
from reputation.descriptors import Trouble
from reputation.places import FIGURES, Places

AT_ONCE = 8  # connections that are closed where the system has no room for one more
WORKERS_END = 0.5  # seconds for threads to end, once all connections are closed

log = logging.getLogger("gatepost.portal")


class ConnectionLoop:
    """The loop. `start()` returns at once; `stop()` when all is answered, or given up."""

    def __init__(
        self,
        listener: socket.socket,
        settings: Settings,
        limits: Limits,
        proxies: Sequence[Network],
        begin_thread: Callable[[], None],
    ) -> None:
        """`proxies` are networks whose clients may have all places; `begin_thread` is called on every thread first."""
        self.loop = asyncio.new_event_loop()
        self.limits, self.settings = limits, settings
        self._workers = Workers(limits.workers, limits.waiting, begin_thread, self.loop.time)
        self._listener, self._proxies, self._begin_thread = listener, proxies, begin_thread
        self.waiting: Waiting = self._workers
        self._places: Places[Connection] = Places(limits.connections, limits.of_client)
        self._acceptor = Acceptor(self.loop, listener, self._welcome, self._make_room, Trouble("portal"))
        self._tasks: set[asyncio.Task[None]] = set()
        self._held = 0  # octets of all connections
        self._counted: Counter[str] = Counter()
        self._all_left: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="portal", daemon=True)

    def figures(self) -> dict[str, int]:
        """Return what there is of connections now, and what was counted since the start (places.FIGURES)."""
        known = {"open": len(self._places), "bound": self.limits.connections}
        known["refused"] = self._counted["refused"] + self._acceptor.refused
        return {name: known.get(name, self._counted[name]) for name in FIGURES}

    def start(self) -> None:
        """Begin to accept."""
        self._workers.start()
        self._thread.start()

    def stop(self) -> None:
        """Accept no more, let requests in work be answered, close all connections and end the threads."""
        if self._thread.ident is None:
            self.loop.close()
            return
        asyncio.run_coroutine_threadsafe(self._finish(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self._workers.stop(WORKERS_END)
        self.loop.close()

    # What connections tell.

    def work(self, respond: Callable[[], None]) -> None:
        """Answer a request on the next thread that is free."""
        self._workers.do(respond)

    def rests(self, connection: Connection) -> None:
        """Tell that a connection is quiet from now on."""
        self._places.rest(connection)

    def is_busy(self, connection: Connection) -> None:
        """Tell that it must not be closed for a newcomer."""
        self._places.work(connection)

    def holds(self, connection: Connection) -> None:
        """Tell that a connection may hold more than before; where all hold too much, the slowest client goes."""
        self._account(connection)
        if self._held > self.limits.memory:
            self._free_memory()

    def left(self, connection: Connection) -> None:
        """Tell that a connection is closed."""
        self._held -= connection.accounted
        connection.accounted = 0
        self._places.leave(connection)
        if self._all_left and not len(self._places):
            self._all_left.set()

    def is_slowest(self, connection: Connection) -> None:
        """Close a connection for others that need what it holds."""
        self._close(connection, "closed as slowest")

    # Who comes, and who goes.

    def _welcome(self, sock: socket.socket, peer: tuple[Any, ...]) -> None:
        address = parse_address(str(peer[0]).partition("%")[0])
        whose = str(subject_of(address))  # as attempts with passwords are counted (limits.py): of IPv6 a /64
        if not self._has_room(whose, is_proxy=any(each.__contains__(address) for each in self._proxies)):
            self._counted["refused"] += 1
            sock.close()
            return
        connection = Connection(self, peer)
        self._places.enter(connection, whose)
        task = self.loop.create_task(self._begin(connection, sock))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _has_room(self, whose: str, is_proxy: bool) -> bool:
        """Whether there is a place for one more, or somebody has gone for it; not where all are at work."""
        rivals = self._places.rivals(whose, has_share=not is_proxy)
        if rivals is None:
            return True
        if (quietest := rivals.quietest) is not None:
            self._close(quietest, "closed for quiet")
        elif (slowest := self._slowest(self._places.of(rivals.whose))) is not None:
            self._close(slowest, "closed as slowest")
        else:
            return False
        return True

    async def _begin(self, connection: Connection, sock: socket.socket) -> None:
        try:
            await self.loop.connect_accepted_socket(lambda: connection, sock)
        except OSError:  # gone again
            self.left(connection)
            sock.close()

    def _close(self, connection: Connection, counted: str) -> None:
        if connection in self._places:
            self._counted[counted] += 1
            self.left(connection)  # its place is free at once; the loop closes it a moment later
            connection.abort()

    def _make_room(self) -> None:
        """The system has no descriptor left: those who need theirs least give it up."""
        for _ in range(AT_ONCE):
            quietest = self._places.quietest()
            if quietest is not None:
                self._close(quietest, "closed for quiet")

    def _slowest(self, among: Iterable[Connection]) -> Connection | None:
        """The slowest of those who hold something and are waited for."""
        return next(iter(self._by_rate(among)), None)

    def _by_rate(self, among: Iterable[Connection]) -> list[Connection]:
        now = self.loop.time()
        rates = {each: each.rate(now) for each in among if each.held()}
        return sorted((each for each, rate in rates.items() if rate < float("inf")), key=rates.__getitem__)

    def _account(self, connection: Connection) -> None:
        if connection in self._places:
            held = connection.held()
            self._held += held - connection.accounted
            connection.accounted = held

    def _free_memory(self) -> None:
        for connection in self._places:
            connection.look()
            self._account(connection)
        gathering = [each for each in self._places if each.is_gathering]
        largest = sorted(gathering, key=Connection.held, reverse=True)  # where all have only begun
        for goes in (*self._by_rate(self._places), *largest):
            if self._held <= self.limits.memory:
                return
            self._close(goes, "closed as slowest")

    def _sweep(self) -> None:
        now = self.loop.time()
        for connection in list(self._places):
            connection.look()
            self._account(connection)
            if connection.is_late(now):
                self._counted["closed by deadline"] += connection.expire()
        self.loop.call_later(self.limits.tick, self._sweep)

    # The thread.

    def _run(self) -> None:
        self._begin_thread()
        asyncio.set_event_loop(self.loop)
        self.loop.call_soon(self._acceptor.start)
        self.loop.call_soon(self._sweep)
        self.loop.run_forever()

    async def _finish(self) -> None:
        """Close the door, and wait for those in work."""
        self._acceptor.stop()
        self._listener.close()
        self.settings.is_ending = True
        self._all_left = asyncio.Event()
        for connection in list(self._places):
            connection.end()
        if len(self._places):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._all_left.wait(), self.limits.stop)
        if len(self._places):
            log.warning("%d requests were not answered before the end", len(self._places))
        for connection in list(self._places):
            connection.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # for those that are closed to say so
