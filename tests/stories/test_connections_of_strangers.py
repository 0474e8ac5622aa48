"""Thousands of connections of strangers at every door of the program: nobody else notices, and the log stays short."""

from __future__ import annotations

import contextlib
import resource
import socket
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from reputation import descriptors
from tests.ports import free_port
from tests.stories.program import SOURCE, A, Program, wait_until

FEW = 1024  # descriptors, as many systems give, and not one more
MANY = 2000  # idle connections to the portal, and a quarter of it to each other door: beyond all bounds
A_SECOND = 1.0
LONGEST_LOG = 8192  # octets, with the lines of the start
EMPTY = "2.0.0.127"


@pytest.fixture
def few(tmp_path: Path) -> Iterator[Program]:
    """The program with so few descriptors."""
    descriptors.raise_limit()
    shell = ("/bin/sh", "-c", f'ulimit -n {FEW} && exec "$@"', "sh")
    made = Program((*shell, *SOURCE), tmp_path / "data")
    yield made
    made.stop()


def idle(stack: contextlib.ExitStack, address: tuple[str, int], many: int, says: bytes = b"") -> None:
    """Open so many connections, from many addresses, and leave them."""
    for number in range(many):
        source = (f"127.0.{1 + number // 250}.{1 + number % 250}", 0)
        with contextlib.suppress(OSError):  # closed for the next one
            connection = socket.create_connection(address, 10, source)
            stack.enter_context(contextlib.closing(connection))
            connection.sendall(says)


def portal_address(program: Program) -> tuple[str, int]:
    host, _, port = program.portal.removeprefix("http://").rpartition(":")
    return host, int(port)


def seconds_for_a_page(program: Program) -> float:
    """Of five times the third longest: a busy machine delays some."""
    found = []
    for _ in range(5):
        began = time.monotonic()
        with urllib.request.urlopen(f"{program.portal}/login", timeout=30) as answer:
            assert b"Log in" in answer.read()
        found.append(time.monotonic() - began)
    return sorted(found)[2]


def used(program: Program) -> int:
    return len(list(Path(f"/proc/{program.pid}/fd").iterdir()))


def processor_seconds(program: Program) -> float:
    fields = Path(f"/proc/{program.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def is_answered_over_tcp(program: Program) -> bool:
    name = f"{EMPTY}.r.rep.example"
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    question = b"\0\1\0\0\0\1\0\0\0\0\0\0" + labels + b"\0\0\1\0\1"
    with socket.create_connection(program.dns, 10) as asking:
        asking.sendall(len(question).to_bytes(2, "big") + question)
        return len(asking.recv(4096)) > 12


@pytest.mark.parametrize("says", [b"", b"GET / HTTP/1.1\r\nX-Slow: "], ids=["silent", "a request begun"])
def test_two_thousand_connections_to_every_door_keep_nobody_out_of_any(few: Program, says: bytes) -> None:
    trap = ("127.0.0.1", free_port())
    few.start("--trap", f"{trap[0]}:{trap[1]}", "--trap-domain", "trap.example")
    seconds_for_a_page(few)  # the first page reads its templates
    with contextlib.ExitStack() as strangers:
        for address, many in ((portal_address(few), MANY), (few.dns, MANY // 4), (trap, MANY // 4)):
            idle(strangers, address, many, says)
        assert used(few) < FEW - 50
        assert seconds_for_a_page(few) < A_SECOND
        assert few.ask(EMPTY, "NOBODY", qtype=A).rcode == 3
        assert is_answered_over_tcp(few)
        with socket.create_connection(trap, 10) as mailing:
            assert mailing.recv(100).startswith(b"220 ")
    assert few.log.stat().st_size < LONGEST_LOG, few.log.read_text()[-3000:]


def test_where_no_descriptor_is_left_it_says_so_once_and_is_well_again_by_itself(few: Program) -> None:
    few.start()
    seconds_for_a_page(few)
    time.sleep(1)
    before = few.log.stat().st_size
    with contextlib.ExitStack() as strangers:
        resource.prlimit(few.pid, resource.RLIMIT_NOFILE, (used(few), FEW))
        idle(strangers, portal_address(few), 100)
        idle(strangers, few.dns, 100)
        wait_until(lambda: "connections: portal" in few.log.read_text(), 30, "the fault")
        wait_until(lambda: "connections: DNS over TCP" in few.log.read_text(), 30, "the fault")
        began = processor_seconds(few)
        time.sleep(3)
        assert processor_seconds(few) - began < 1.5  # not as fast as it can, again and again
        assert few.ask(EMPTY, "NOBODY").rcode == 3
        # Jobs cannot open the database either, and say so with their tracebacks.
        assert few.log.stat().st_size - before < 4 * LONGEST_LOG, few.log.read_text()[-3000:]
        assert few.log.read_text().count("connections: ") < 5
    resource.prlimit(few.pid, resource.RLIMIT_NOFILE, (FEW, FEW))
    assert seconds_for_a_page(few) < A_SECOND
    assert is_answered_over_tcp(few)


def test_the_limit_is_raised_at_the_start_and_said(tmp_path: Path) -> None:
    shell = ("/bin/sh", "-c", 'ulimit -Sn 256 && exec "$@"', "sh")
    program = Program((*shell, *SOURCE), tmp_path / "data")
    try:
        program.start()
        soft, hard = resource.prlimit(program.pid, resource.RLIMIT_NOFILE)
        assert soft == min(hard, descriptors.MOST) > 256
        assert f"At most {soft:,} descriptors" in program.log.read_text()
    finally:
        program.stop()
