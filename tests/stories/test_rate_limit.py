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
    with contextlib.closing(Udp(program.dns)) as client:
        for _ in range(QUESTIONS):
            client.send(OUTSIDE)
        client._socket.settimeout(0.5)
        replies = []
        with contextlib.suppress(TimeoutError):
            while True:
                replies.append(wire.read(client.receive()))
    return ["tc" not in reply.flags for reply in replies]


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
