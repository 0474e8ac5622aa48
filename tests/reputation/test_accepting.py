"""Accepting where the system says no: without a busy loop, with one line, and well again by itself."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from reputation import faults
from reputation.accepting import Acceptor
from reputation.descriptors import Trouble
from tests.descriptors import none_left


@pytest.fixture(autouse=True)
def no_fault_is_left() -> Iterator[None]:
    yield
    faults.gone("connections: test", 0)


class Refusing:
    """A listening socket whose accept fails as often as told."""

    def __init__(self, listener: socket.socket, *errors: int) -> None:
        self._listener, self.errors, self.calls = listener, list(errors), 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._listener, name)

    def accept(self) -> tuple[socket.socket, Any]:
        self.calls += 1
        if self.errors:
            raise OSError(self.errors.pop(0), "no")
        return self._listener.accept()


class Door:
    """What an acceptor serves."""

    def __init__(self, *errors: int) -> None:
        self.taken: list[socket.socket] = []
        self.asked_for_room = 0
        self.listener = Refusing(socket.create_server(("127.0.0.1", 0)), *errors)
        self.loop = asyncio.new_event_loop()
        self.acceptor = Acceptor(self.loop, self.listener, self.welcome, self.make_room, Trouble("test"))  # type: ignore[arg-type]

    def welcome(self, sock: socket.socket, _peer: tuple[Any, ...]) -> None:
        self.taken.append(sock)

    def make_room(self) -> None:
        self.asked_for_room += 1

    def run(self, seconds: float) -> None:
        self.loop.call_soon(self.acceptor.start)
        self.loop.call_later(seconds, self.loop.stop)
        self.loop.run_forever()

    def close(self) -> None:
        self.acceptor.stop()
        self.loop.close()
        for sock in (*self.taken, self.listener):
            sock.close()


def knock(door: Door, many: int = 1) -> contextlib.ExitStack:
    stack = contextlib.ExitStack()
    for _ in range(many):
        stack.enter_context(socket.create_connection(door.listener.getsockname()))
    return stack


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ENOTSOCK])
def test_where_the_system_has_no_room_it_waits_a_little_and_comes_again(
    number: int, caplog: pytest.LogCaptureFixture
) -> None:
    with contextlib.closing(Door(*[number] * 5)) as door, knock(door):
        began = time.process_time()
        door.run(1.0)

        assert len(door.taken) == 1 and door.asked_for_room == door.acceptor.refused == 5
        assert door.listener.calls <= 8 and time.process_time() - began < 0.5
        assert [fault.name for fault in faults.standing()] == ["connections: test"]
        assert len(caplog.records) == 1


def test_a_client_that_is_gone_again_is_no_trouble() -> None:
    with contextlib.closing(Door(errno.ECONNABORTED, errno.EPROTO)) as door, knock(door, 3):
        door.run(0.2)

        assert len(door.taken) == 3 and not faults.standing()
        # Else an answer in two parts waits 40 ms for the client's word that the first has come.
        assert all(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for sock in door.taken)


def test_a_fault_with_one_connection_ends_no_door(caplog: pytest.LogCaptureFixture) -> None:
    with contextlib.closing(Door()) as door, knock(door, 3):
        welcome, turns = door.welcome, []

        def failing(sock: socket.socket, peer: tuple[Any, ...]) -> None:
            turns.append(sock)
            if len(turns) == 2:
                raise ZeroDivisionError
            welcome(sock, peer)

        door.acceptor._welcome = failing  # type: ignore[method-assign]
        door.run(0.2)

        assert len(door.taken) == 2 and turns[1].fileno() == -1
    assert "could not be taken" in caplog.text


def test_with_a_real_limit_who_waits_is_taken_when_a_descriptor_is_free() -> None:
    with contextlib.closing(Door()) as door, knock(door, 3):
        with none_left():
            door.run(0.3)
            assert not door.taken and door.acceptor.refused
        door.run(0.3)
        assert len(door.taken) == 3
