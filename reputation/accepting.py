"""Accepts the connections of a door that runs on an asyncio loop, whatever the system says to it.

asyncio's own servers try a hundred times at once to accept where no descriptor is left, and log a traceback each time;
and they take every connection, as many as come. Here the door is asked first. It knows no protocol.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from reputation.descriptors import OF_ONE, Trouble

ACCEPTS_A_TURN = 32  # then those that are connected already have a turn
AGAIN_SECONDS = 0.1  # after the system had no room for one more
LOOK_SECONDS = 5.0  # between two looks at whether a trouble is over

log = logging.getLogger("gatepost.accepting")

Welcome = Callable[[socket.socket, tuple[Any, ...]], None]


class Acceptor:
    """Accepts on one listening socket. All but the constructor is called on the loop's thread."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        listener: socket.socket,
        welcome: Welcome,
        make_room: Callable[[], object],
        trouble: Trouble,
    ) -> None:
        """`welcome` takes each connection and its peer's address; `make_room` closes some where there is no room."""
        self._loop, self._listener, self._welcome = loop, listener, welcome
        self._make_room, self._trouble = make_room, trouble
        self._is_stopped = False
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self.refused = 0  # times that the system had no room for one more
        listener.setblocking(False)

    def start(self) -> None:
        """Begin to accept."""
        self._begin()
        self._look()

    def stop(self) -> None:
        """Stop to accept, for good; the socket stays open."""
        self._is_stopped = True
        for timer in self._timers.values():
            timer.cancel()
        self._loop.remove_reader(self._listener)

    def _begin(self) -> None:
        if not self._is_stopped:
            self._loop.add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        for _ in range(ACCEPTS_A_TURN):
            try:
                sock, peer = self._listener.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno in OF_ONE:
                    continue
                self._wait_for_room(error)
                return
            self._welcome_one(sock, peer)

    def _welcome_one(self, sock: socket.socket, peer: tuple[Any, ...]) -> None:
        try:
            sock.setblocking(False)
            with suppress(OSError):  # gone again
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio forgets it on such a socket
            self._welcome(sock, peer)
        except Exception:  # a fault of ours with one connection must not end the door
            log.exception("A connection could not be taken")
            sock.close()

    def _wait_for_room(self, error: OSError) -> None:
        """The listener stays ready meanwhile: who did not stop to look would do nothing else."""
        self.refused += 1
        self._trouble.met(error)
        self._make_room()
        self._loop.remove_reader(self._listener)
        self._timers["again"] = self._loop.call_later(AGAIN_SECONDS, self._begin)

    def _look(self) -> None:
        self._trouble.look()
        self._timers["look"] = self._loop.call_later(LOOK_SECONDS, self._look)
