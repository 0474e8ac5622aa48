"""The settings of the answer limit, from the command line to the wire."""

from __future__ import annotations

import contextlib

import pytest

from tests.dnsd import wire
from tests.dnsd.ask import Tcp, Udp
from tests.stories.program import Program

QUESTIONS = 300  # more than a client network may have at once
OUTSIDE = wire.query("other.example")


def answered(program: Program) -> list[bool]:
    """Of the answers to questions without a code, which are whole; the others say: come by TCP."""
    replies = []
    with contextlib.closing(Udp(program.dns)) as client:
        for number in range(QUESTIONS):
            client.send(OUTSIDE)
            # What has come is taken out meanwhile: the kernel holds less than so many answers for a client.
            replies += those_that_came(client, 0.5 if number == QUESTIONS - 1 else 0)
    return ["tc" not in wire.read(reply).flags for reply in replies]


def those_that_came(client: Udp, patience: float) -> list[bytes]:
    """The answers that are there, and those that come within so many seconds of the one before."""
    client._socket.settimeout(patience)
    found = []
    with contextlib.suppress(TimeoutError, BlockingIOError):
        while True:
            found.append(client.receive())
    client._socket.settimeout(5)
    return found


@pytest.mark.parametrize(
    "flags", [("--rate-limit", "1"), ("--rate-limit", "1", "--rate-limit-exempt", "127.0.0.0/8"), ("--rate-limit", "0")]
)
def test_who_is_spared_gets_every_answer(source: Program, flags: tuple[str, ...]) -> None:
    source.start(*flags)

    assert answered(source) == [True] * QUESTIONS


def test_who_is_not_spared_is_limited_over_udp_alone(source: Program) -> None:
    source.start("--rate-limit", "1", "--rate-limit-exempt", "192.0.2.0/24")

    whole = answered(source)

    assert 50 < whole.count(True) < QUESTIONS / 2
    assert 50 < whole.count(False) < QUESTIONS / 2
    assert len(whole) < QUESTIONS
    with contextlib.closing(Tcp(source.dns)) as client:
        assert [client.ask(OUTSIDE).rcode for _ in range(50)] == [wire.REFUSED] * 50
