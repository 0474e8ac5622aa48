"""Packets in hex with the replies they get: the wire format stands still until somebody changes it on purpose.

Each file under tests/data/packets has lines: # a comment, > a query, < its reply.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dnsd import cast, wire
from tests.dnsd.desk import Desk

FILES = sorted((Path(__file__).parents[1] / "data" / "packets").glob("*.txt"))


def packets(path: Path, sign: str) -> list[bytes]:
    return [bytes.fromhex(line[1:]) for line in path.read_text().splitlines() if line.startswith(sign)]


def test_there_are_golden_packets():
    assert len(FILES) >= 8


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_golden_query_gets_its_golden_reply(path: Path):
    desk = Desk(cast.snapshot())
    queries, replies = packets(path, ">"), packets(path, "<")
    assert len(queries) == len(replies) > 0

    for query, reply in zip(queries, replies, strict=True):
        got = desk.ask(query)
        assert got is not None
        assert got.wire.hex(" ", 4) == reply.hex(" ", 4)
        assert wire.read(reply) == got
