"""HTTP as browsers, proxies and programs speak it: several requests on a connection, bodies in chunks, half-closes."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from portal.security import LARGEST_REQUEST
from portal.server import Limits, PortalServer
from tests.portal.server.serving import HEAD, connected, received, serving, serving_app
from tests.stories.program import wait_until

CLOSE = b"\r\nConnection: close\r\n\r\n"


def echo(environ: dict[str, Any]) -> bytes:
    body = environ["wsgi.input"].read()
    return f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} {environ.get('CONTENT_LENGTH', '-')} ".encode() + body


@pytest.fixture
def server() -> Iterator[PortalServer]:
    with serving(echo, limits=Limits(head=2.0, linger=1.0)) as made:
        yield made


@pytest.fixture
def client(server: PortalServer) -> Iterator[socket.socket]:
    with contextlib.closing(connected(server)) as made:
        yield made


def bodies(data: bytes) -> list[bytes]:
    """The bodies of answers that have a length."""
    found = []
    while data:
        head, _, data = data.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        found.append(data[:length])
        data = data[length:]
    return found


def test_requests_sent_at_once_are_answered_in_order(client: socket.socket) -> None:
    client.sendall(b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(50)))
    client.sendall(b"GET /last HTTP/1.1\r\nHost: x" + CLOSE)

    assert bodies(received(client)) == [f"GET /{number} - ".encode() for number in [*range(50), "last"]]


def test_requests_with_bodies_sent_at_once_keep_their_own(client: socket.socket) -> None:
    one = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
    two = b"POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1;x=y\r\nf\r\n0\r\nT: u\r\n\r\n"
    client.sendall(one + two + one + b"GET /c HTTP/1.1\r\nHost: x" + CLOSE)

    assert bodies(received(client)) == [b"POST /a 3 abc", b"POST /b 3 def", b"POST /a 3 abc", b"GET /c - "]


def test_a_request_may_come_an_octet_at_a_time(client: socket.socket) -> None:
    for octet in b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3" + CLOSE + b"abc":
        client.sendall(bytes([octet]))

    assert bodies(received(client)) == [b"POST /a 3 abc"]


def test_who_closes_its_half_is_answered(client: socket.socket) -> None:
    client.sendall(HEAD)
    client.shutdown(socket.SHUT_WR)

    assert bodies(received(client)) == [b"GET / - "]


def test_who_closes_its_half_within_a_request_is_closed(client: socket.socket) -> None:
    client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nab")
    client.shutdown(socket.SHUT_WR)

    assert received(client) == b""


def test_http_1_0_is_answered_and_closed(client: socket.socket) -> None:
    client.sendall(b"GET /old HTTP/1.0\r\n\r\n")

    assert bodies(received(client)) == [b"GET /old - "]


def test_who_asks_before_it_sends_a_body_is_told_to_go_on(client: socket.socket) -> None:
    client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue" + CLOSE)
    assert client.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.sendall(b"abc")

    assert bodies(received(client)) == [b"POST / 3 abc"]


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 3\r\nTransfer-Encoding: chunked",
        b"Content-Length: -3",
        b"Content-Length: +3",
        b"Content-Length: 1_0",
        b"Content-Length: x",
        b"Content-Length: ",
        b"Content-Length: 3\r\nContent-Length: 4",
    ],
)
def test_a_body_whose_end_is_not_clear_is_refused_and_nothing_behind_it_is_a_request(
    client: socket.socket, lines: bytes
) -> None:
    client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + lines + b"\r\n\r\n0\r\n\r\n" + HEAD)

    answer = received(client)
    assert answer.startswith(b"HTTP/1.1 400 ") and answer.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize(
    "header",
    [b"Content-Length\x0b: 0", b" 0", b"\tfolded: x", b"Na me: x", b": x", b"no colon", b"Content-Length : 0"],
)
def test_a_header_that_could_be_read_in_another_way_is_refused(client: socket.socket, header: bytes) -> None:
    client.sendall(b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n" + header + b"\r\n\r\nGET /")

    answer = received(client)

    assert answer.startswith(b"HTTP/1.1 400 ") and answer.count(b"HTTP/1.1 ") == 1


def test_a_request_of_a_client_that_is_gone_is_not_answered_by_the_application() -> None:
    asked: list[str] = []
    goes_on, working = threading.Event(), threading.Event()

    def answer(environ: dict[str, Any]) -> bytes:
        asked.append(environ["PATH_INFO"])
        working.set()
        assert goes_on.wait(30)
        return b"x"

    limits = Limits(workers=1, of_client=100)
    with serving(answer, limits=limits) as server, contextlib.closing(connected(server)) as first:
        first.sendall(HEAD)
        assert working.wait(30)
        for _ in range(20):
            gone = connected(server)
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            gone.sendall(b"POST /gone HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
            time.sleep(0.02)
            gone.close()
        wait_until(lambda: server.figures()["open"] == 1, 30, "the others have left")
        goes_on.set()
        with contextlib.closing(connected(server)) as last:
            last.sendall(b"GET /last HTTP/1.1\r\nHost: x" + CLOSE)
            received(last)

    assert asked == ["/", "/last"]


@pytest.mark.parametrize("chunks", [b"x\r\n", b"-1\r\n", b"0x3\r\nabc\r\n", b"3\r\nabcd\r\n", b"1" * 2000, b"\r\n"])
def test_chunks_that_are_none_are_refused(client: socket.socket, chunks: bytes) -> None:
    client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)

    assert received(client).startswith(b"HTTP/1.1 400 ")


def test_a_head_that_is_too_long_is_refused(client: socket.socket) -> None:
    with contextlib.suppress(OSError):
        client.sendall(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000)

    assert received(client).startswith(b"HTTP/1.1 413 ")


def test_lines_without_a_carriage_return_are_refused_at_once(client: socket.socket) -> None:
    client.sendall(b"GET / HTTP/1.1\nHost: x\n\n")

    assert received(client).startswith(b"HTTP/1.1 400 ")


def test_of_a_body_that_is_too_large_the_application_sees_the_length_at_once_and_can_say_so() -> None:
    seen: list[tuple[str, bytes]] = []

    def answer(environ: dict[str, Any]) -> bytes:
        seen.append((environ["CONTENT_LENGTH"], environ["wsgi.input"].read()))
        return b"too large"

    most = Limits.body_octets
    with serving(answer) as server:
        for lines in (b"Content-Length: %d" % (most + 1), b"Transfer-Encoding: chunked"):
            with contextlib.closing(connected(server)) as client:
                client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + lines + b"\r\n\r\n")
                with contextlib.suppress(OSError):
                    client.sendall(b"%x\r\n" % (most + 1))
                    for _ in range(20):
                        client.sendall(b"x" * 65536)
                assert received(client).endswith(b"too large")

    assert [body for _, body in seen] == [b"", b""] and all(int(length) > most for length, _ in seen)
    assert most > LARGEST_REQUEST


def test_stop_lets_a_request_in_work_be_answered_and_closes_all_others() -> None:
    begun = threading.Event()

    def answer(_: dict[str, Any]) -> bytes:
        begun.set()
        time.sleep(0.5)
        return b"page"

    with serving(answer) as server:
        asking, idle = connected(server), connected(server)
        asking.sendall(HEAD)
        assert begun.wait(10)
    with contextlib.closing(asking), contextlib.closing(idle):
        assert bodies(received(asking)) == [b"page"]
        assert received(idle) == b""


def test_stop_does_not_wait_for_a_request_that_never_ends(caplog: pytest.LogCaptureFixture) -> None:
    begun, over = threading.Event(), threading.Event()

    def answer(_: dict[str, Any]) -> bytes:
        begun.set()
        over.wait(60)
        return b""

    with serving(answer, limits=Limits(stop=0.3)) as server, contextlib.closing(connected(server)) as asking:
        asking.sendall(HEAD)
        assert begun.wait(10)
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 5
        over.set()
    assert "not answered before the end" in caplog.text


def test_an_error_of_the_application_is_a_500_with_its_story_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def answer(_: dict[str, Any]) -> bytes:
        raise ConnectionRefusedError("the database is away")

    with serving(answer) as server, contextlib.closing(connected(server)) as client:
        client.sendall(HEAD)
        assert received(client).startswith(b"HTTP/1.1 500 ")
    assert "the database is away" in caplog.text


def test_an_answer_that_breaks_off_is_no_whole_one(caplog: pytest.LogCaptureFixture) -> None:
    def app(_: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"half"
        raise ZeroDivisionError

    with serving_app(app) as server, contextlib.closing(connected(server)) as client:
        client.sendall(HEAD)
        answer = received(client)
    assert b"half" in answer and not answer.endswith(b"0\r\n\r\n")
    assert "ZeroDivisionError" in caplog.text


def test_a_piece_of_an_answer_does_not_wait_for_the_whole() -> None:
    go_on = threading.Event()

    def app(_: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"x" * 100_000
        go_on.wait(20)
        yield b"the end"

    with serving_app(app) as server, contextlib.closing(connected(server)) as client:
        client.sendall(HEAD)
        come = b""
        while len(come) < 100_000:
            come += client.recv(65536)
        go_on.set()
        assert b"the end" in client.recv(65536)
