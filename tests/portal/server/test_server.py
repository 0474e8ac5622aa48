"""The portal's web server: a door that says when it is open, and threads that give way to DNS."""

from __future__ import annotations

import contextlib
import gc
import os
import socket
import struct
import sys
import threading
from typing import Any

import pytest

from portal.server import Limits, PortalServer
from reputation.thread_priority import lowered
from tests.portal.conftest import Clock
from tests.portal.server.serving import ask, serving


def test_it_answers_as_soon_as_start_returns() -> None:
    with serving(lambda environ: environ["PATH_INFO"].encode()) as server:
        response, body = ask(server, "/check")

    assert (response.status, body) == (200, b"/check")
    assert response.headers["Server"] == "Gatepost"


def test_it_listens_on_ipv6_and_says_so() -> None:
    with serving(lambda _: b"six", "::1") as server:
        assert server.url == f"http://[::1]:{server.port}"
        assert ask(server)[1] == b"six"


def test_stop_ends_every_thread_and_frees_the_port() -> None:
    before = set(threading.enumerate())
    with serving(lambda _: b"") as server:
        ask(server)

    assert set(threading.enumerate()) - before == set()
    with socket.create_server(("127.0.0.1", server.port)):
        pass


def test_stop_without_start_is_no_fault() -> None:
    PortalServer(lambda _environ, _start: [], "127.0.0.1", 0).stop()


def test_a_port_in_use_is_told_with_what_to_do() -> None:
    with serving(lambda _: b"") as server, pytest.raises(OSError, match="another program has this port") as refusal:
        PortalServer(lambda _environ, _start: [], "127.0.0.1", server.port).start()

    assert f"127.0.0.1:{server.port}" in str(refusal.value) and "--portal" in str(refusal.value)


def test_an_address_of_another_machine_is_told_with_what_to_do() -> None:
    with pytest.raises(OSError, match="this machine has no such address"):
        PortalServer(lambda _environ, _start: [], "192.0.2.1", 0).start()


def test_workers_give_way_to_dns_and_other_threads_do_not() -> None:
    def niceness(_: dict[str, Any]) -> bytes:
        return str(os.getpriority(os.PRIO_PROCESS, threading.get_native_id())).encode()

    with serving(niceness) as server:
        answers = {int(ask(server)[1]) for _ in range(3)}
        [listener] = [thread for thread in threading.enumerate() if thread.name == "portal"]
        assert listener.native_id and os.getpriority(os.PRIO_PROCESS, listener.native_id) == lowered()

    assert answers == {lowered()}
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) < lowered()


def test_a_silent_client_on_every_worker_shuts_nobody_out_for_long() -> None:
    with serving(lambda _: b"still here") as server, contextlib.ExitStack() as silent:
        for _ in range(Limits.workers):
            connection = silent.enter_context(socket.create_connection((server.host, server.port)))
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n")

        assert ask(server)[1] == b"still here"


def test_a_client_that_leaves_early_leaves_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Browsers do so at each reload. What a finalizer raises goes to stderr in Python 3.13, and to nobody before it."""
    said: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", said.append)
    is_left = threading.Event()

    def answer(_: dict[str, Any]) -> bytes:
        is_left.wait(10)
        return b"x" * 5_000_000

    with serving(answer) as server:
        with socket.create_connection((server.host, server.port)) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # leave by a reset
        is_left.set()
        ask(server)
    gc.collect()

    assert said == []


def test_the_application_runs_behind_it(app: Any, cast: Any, clock: Clock) -> None:
    server = PortalServer(app, "127.0.0.1", 0)
    server.start()
    try:
        response, body = ask(server, "/login")
    finally:
        server.stop()

    assert response.status == 200
    assert b"Log in" in body
