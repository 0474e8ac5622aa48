"""Clients that hold what they never use: whatever they do, and however many they are, a page is there within a second.

Each of them shut the portal before its server had bounds of its own.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from portal.server import Limits, PortalServer
from reputation import descriptors
from tests.portal.server.serving import HEAD, ask, connected, received, serving, serving_app, usual_seconds
from tests.stories.program import wait_until

SHORT = Limits(head=1.0, idle=2.0, window=1.0, body=4.0, linger=0.5)
PATIENT = Limits(head=600.0, idle=600.0, window=600.0, body=600.0)
A_SECOND = 1.0
BEGINNINGS = {
    "the request line": b"GET /",
    "the headers": b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    "the body": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n",
    "the chunks": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\nab",
}


@pytest.fixture(autouse=True)
def enough_descriptors() -> None:
    descriptors.raise_limit()


class Drips:
    """Connections that send an octet now and then, from a thread."""

    def __init__(self, server: PortalServer, many: int, beginning: bytes) -> None:
        self.closed = 0
        self._open = [connected(server, f"127.0.{1 + number // 250}.{1 + number % 250}") for number in range(many)]
        for each in self._open:
            each.sendall(beginning)
            each.settimeout(0)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._drip)
        self._thread.start()

    def _drip(self) -> None:
        while not self._is_over.wait(0.2):
            for each in list(self._open):
                try:
                    each.send(b"a")
                    self._take(each)
                except BlockingIOError:
                    pass
                except OSError:
                    self._close(each)

    def _take(self, connection: socket.socket) -> None:
        if not connection.recv(4096):
            self._close(connection)

    def _close(self, connection: socket.socket) -> None:
        self.closed += 1
        self._open.remove(connection)
        connection.close()

    def end(self) -> None:
        self._is_over.set()
        self._thread.join()
        for each in self._open:
            each.close()


@contextlib.contextmanager
def dripping(server: PortalServer, many: int, beginning: bytes) -> Iterator[Drips]:
    drips = Drips(server, many, beginning)
    try:
        yield drips
    finally:
        drips.end()


@pytest.mark.parametrize("many", [64, 500])
@pytest.mark.parametrize("beginning", BEGINNINGS.values(), ids=BEGINNINGS)
def test_who_sends_an_octet_now_and_then_keeps_nobody_waiting(beginning: bytes, many: int) -> None:
    with serving(lambda _: b"page", limits=PATIENT) as server, dripping(server, many, beginning) as drips:
        assert usual_seconds(server) < A_SECOND
        assert drips.closed == 0  # it is not their end that lets us in


@pytest.mark.parametrize("beginning", BEGINNINGS.values(), ids=BEGINNINGS)
def test_who_sends_an_octet_now_and_then_is_closed_at_the_deadline(beginning: bytes) -> None:
    with serving(lambda _: b"page", limits=SHORT) as server, dripping(server, 20, beginning) as drips:
        wait_until(lambda: drips.closed == 20, 30, "the deadline")
        wait_until(lambda: server.figures()["open"] == 0, 10, "all have left")
        assert server.figures()["closed by deadline"] == 20


def test_who_is_late_is_told_so() -> None:
    with serving(lambda _: b"page", limits=SHORT) as server:
        for beginning in BEGINNINGS.values():
            with contextlib.closing(connected(server)) as slow:
                slow.sendall(beginning)
                assert received(slow).startswith(b"HTTP/1.1 408 Request Timeout\r\n")


def test_silent_connections_are_closed_and_so_are_kept_ones_later() -> None:
    with serving(lambda _: b"page", limits=SHORT) as server:
        with contextlib.closing(connected(server)) as silent, contextlib.closing(connected(server)) as kept:
            kept.sendall(HEAD)
            began = time.monotonic()
            assert received(silent) == b""
            assert received(kept).endswith(b"page")
            assert time.monotonic() - began >= SHORT.idle - 0.1
        assert server.figures()["closed by deadline"] == 1  # the one that never asked


def large(environ: dict[str, Any]) -> bytes:
    return b"x" * 20_000_000 if environ["PATH_INFO"] == "/large" else b"page"


@pytest.mark.parametrize("many", [64, 500])
def test_who_asks_for_much_and_never_reads_keeps_nobody_waiting(many: int) -> None:
    """The answer is streamed, so that each of them would hold a thread."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        start_response("200 OK", [])
        parts = 300 if environ["PATH_INFO"] == "/large" else 1
        return (b"x" * 65536 for _ in range(parts))

    with serving_app(app, limits=PATIENT) as server, contextlib.ExitStack() as others:
        for number in range(many):
            other = others.enter_context(
                contextlib.closing(connected(server, f"127.0.{1 + number // 250}.{1 + number % 250}"))
            )
            other.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            other.sendall(HEAD.replace(b"/ ", b"/large "))
        time.sleep(0.5)
        assert usual_seconds(server) < A_SECOND


def test_who_never_reads_is_closed_at_the_deadline() -> None:
    with serving(large, limits=SHORT) as server, contextlib.ExitStack() as others:
        for _ in range(3):
            other = others.enter_context(contextlib.closing(connected(server)))
            other.sendall(HEAD.replace(b"/ ", b"/large "))
        wait_until(lambda: server.figures()["closed by deadline"] == 3, 30, "the deadline")
        wait_until(lambda: server.figures()["open"] == 0, 10, "all have left")


def test_who_reads_slowly_and_steadily_gets_all() -> None:
    with serving(large, limits=SHORT) as server, contextlib.closing(connected(server)) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        slow.sendall(HEAD.replace(b"/ ", b"/large ").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        come, end = 0, time.monotonic() + 3
        while time.monotonic() < end:
            come += len(slow.recv(30_000))
            time.sleep(0.02)
        assert come + len(received(slow)) > 20_000_000


def test_idle_connections_beyond_the_bound_make_the_quietest_go_and_a_page_is_there() -> None:
    limits = Limits(connections=100, of_client=60, head=600.0)
    with serving(lambda _: b"page", limits=limits) as server, contextlib.ExitStack() as others:
        idle = [
            others.enter_context(contextlib.closing(connected(server, f"127.0.3.{1 + number % 200}")))
            for number in range(400)
        ]
        assert usual_seconds(server) < A_SECOND
        figures = server.figures()
        assert figures["open"] <= 100 and figures["refused"] == 0
        assert figures["closed for quiet"] >= 300
        assert received(idle[0]) == b""


def test_one_client_has_its_share_and_takes_nobody_elses() -> None:
    limits = Limits(connections=100, of_client=10, head=600.0, idle=600.0)
    with serving(lambda _: b"page", limits=limits) as server, contextlib.ExitStack() as others:
        kept = others.enter_context(contextlib.closing(connected(server, "127.0.0.9")))
        kept.sendall(HEAD)
        assert kept.recv(65536)
        for _ in range(300):
            others.enter_context(contextlib.closing(connected(server, "127.0.0.8")))
        wait_until(lambda: server.figures()["closed for quiet"] == 290, 10, "its own are closed")
        kept.sendall(HEAD)
        assert b"200 OK" in kept.recv(65536)


def test_a_proxy_of_ours_may_have_all_places() -> None:
    limits = Limits(connections=50, of_client=10, head=600.0)
    with (
        serving(lambda _: b"page", limits=limits, proxies=("127.0.0.8/32",)) as server,
        contextlib.ExitStack() as others,
    ):
        for _ in range(40):
            others.enter_context(contextlib.closing(connected(server, "127.0.0.8")))
        wait_until(lambda: server.figures()["open"] == 40, 10, "all are open")
        assert server.figures()["closed for quiet"] == 0


def test_nobody_in_work_is_closed_for_a_newcomer_who_is_refused_then() -> None:
    go_on = threading.Event()

    def answer(environ: dict[str, Any]) -> bytes:
        go_on.wait(20)
        return b"page"

    with serving(answer, limits=Limits(connections=3, of_client=3)) as server, contextlib.ExitStack() as others:
        asking = [others.enter_context(contextlib.closing(connected(server))) for _ in range(3)]
        for each in asking:
            each.sendall(HEAD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        time.sleep(0.2)
        newcomer = others.enter_context(contextlib.closing(connected(server)))
        assert received(newcomer) == b""
        assert server.figures()["refused"] == 1
        go_on.set()
        assert [received(each)[-4:] for each in asking] == [b"page"] * 3


def test_bodies_that_take_too_much_memory_make_the_slowest_go() -> None:
    limits = Limits(memory=3_000_000, window=600.0)
    beginning = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
    with serving(lambda _: b"page", limits=limits) as server, contextlib.ExitStack() as others:
        for number in range(12):
            other = others.enter_context(contextlib.closing(connected(server, f"127.0.0.{10 + number}")))
            other.sendall(beginning)
            with contextlib.suppress(OSError):  # one of those that go
                other.sendall(b"x" * 400_000)
        wait_until(lambda: server.figures()["closed as slowest"] >= 4, 10, "the slowest go")
        response, body = ask(server, body=b"y" * 100_000)
        assert (response.status, body) == (200, b"page")


@pytest.mark.parametrize("head", [b"GET //[ HTTP/1.1\r\n\r\n", b"GET http://[::1 HTTP/1.1\r\n\r\n", b"\0\xff\r\n\r\n"])
def test_nothing_that_a_client_writes_is_a_traceback(head: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with serving(lambda _: b"page") as server, contextlib.closing(connected(server)) as client:
        client.sendall(head)
        assert received(client).startswith(b"HTTP/1.1 400 ")
    assert caplog.text == ""


def test_an_honest_upload_over_a_slow_line_arrives_whole() -> None:
    """Slower than any line of today, and longer than the window: twice the least rate."""
    limits = Limits(head=1.0, window=1.0, least_rate=2048.0, body=60.0)
    with serving(lambda environ: environ["wsgi.input"].read()[-4:], limits=limits) as server:
        with contextlib.closing(http.client.HTTPConnection(server.host, server.port, timeout=10)) as slow:
            slow.putrequest("POST", "/")
            slow.putheader("Content-Length", "16384")
            slow.endheaders()
            for _ in range(15):
                slow.send(b"x" * 1024)
                time.sleep(0.25)
            slow.send(b"x" * 1020 + b"done")
            assert slow.getresponse().read() == b"done"


def test_a_burst_buys_no_time_for_dripping() -> None:
    with serving(lambda _: b"page", limits=SHORT) as server, contextlib.closing(connected(server)) as slow:
        began = time.monotonic()
        slow.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 900_000)
        assert received(slow).startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - began < SHORT.body


def test_twenty_people_who_download_at_once_all_get_the_whole_file() -> None:
    """More than may wait where another one needs a thread: here nobody does."""
    parts = 80

    def app(_: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Length", str(parts * 65536))])
        return (b"x" * 65536 for _ in range(parts))

    found: list[int] = []

    def download(server: PortalServer) -> None:
        with contextlib.closing(connected(server)) as client:
            client.sendall(HEAD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            come = b""
            while piece := client.recv(65536):
                come += piece
                time.sleep(0.005)
            found.append(len(come.partition(b"\r\n\r\n")[2]))

    with serving_app(app) as server:
        threads = [threading.Thread(target=download, args=(server,)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.figures()["closed as slowest"] == 0
    assert found == [parts * 65536] * 20
