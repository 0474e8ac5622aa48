"""The load, against real servers: it counts what came back, and sees what is wrong."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from benchmarks import data, dnsperf, lists, load, packets
from benchmarks.load import Compiled
from benchmarks.packets import Asked
from benchmarks.servers import DidNotStart, Server
from benchmarks.servers.dnslib_own import DnslibOwn
from benchmarks.servers.echo import Echo
from tests.debian import do_without

ZONE = "r.rep.example"
CODE = data.codes(1)[0]
COUNT = 500
CORE = max(os.sched_getaffinity(0))
Served = TypeVar("Served", bound=Server)


@pytest.fixture(scope="module")
def asker(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    if not load.has_compiler():
        do_without("there is no C compiler: the load is compiled by one")
    return Compiled(tmp_path_factory.mktemp("load"), (CORE, CORE))


@pytest.fixture(scope="module")
def listed() -> data.Entries:
    return data.entries(300, 20)


@pytest.fixture(scope="module")
def asked(listed: data.Entries, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    folder = tmp_path_factory.mktemp("questions")
    return packets.write(folder, data.questions(listed, COUNT), ZONE, [CODE])


@pytest.fixture(scope="module")
def echo(asker: Compiled, asked: Asked, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Echo]:
    with running(Echo(tmp_path_factory.mktemp("echo"), asker.echo), asked) as server:
        yield server


@pytest.fixture(scope="module")
def own(listed: data.Entries, asked: Asked, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnslibOwn]:
    folder = tmp_path_factory.mktemp("dnslib")
    arrays = lists.write_arrays(folder / "arrays.npz", listed)
    with running(DnslibOwn(folder, f"{CODE}.{ZONE}", arrays), asked) as server:
        yield server


@contextmanager
def running(server: Served, asked: Asked) -> Iterator[Served]:
    try:
        server.start((CORE,), next(dnsperf.packets(asked.plain)))
        yield server
    finally:
        server.stop()


def test_right_answers_are_found_right(asker: Compiled, own: DnslibOwn, asked: Asked) -> None:
    assert asker.check(own.port, asked.plain, asked.expected, COUNT) == ""


@pytest.mark.parametrize(("place", "value"), [(0, 5), (1, 77), (2, 9)], ids=["rcode", "octet", "presence"])
def test_each_part_of_an_answer_is_compared(
    asker: Compiled, own: DnslibOwn, asked: Asked, tmp_path: Path, place: int, value: int
) -> None:
    expected = bytearray(asked.expected.read_bytes())
    listed_a = next(at for at in range(0, len(expected), 3) if expected[at + 1])
    unlisted = next(at for at in range(0, len(expected), 3) if not expected[at + 2])
    expected[(unlisted if place == 2 else listed_a) + place] = value
    wrong = tmp_path / "expected"
    wrong.write_bytes(expected)

    assert asker.check(own.port, asked.plain, wrong, COUNT) == f"1 of {COUNT} answers differ, 0 are missing"


def test_a_flood_counts_answers(asker: Compiled, echo: Echo, asked: Asked) -> None:
    flooded = asker.flood(echo.port, asked.edns, 0.1)

    assert flooded.answered > 0
    assert flooded.lost == 0
    assert flooded.rate == pytest.approx(flooded.answered / 0.1, rel=0.5)


def test_two_askers_are_counted_together(asker: Compiled, echo: Echo, asked: Asked) -> None:
    flooded = asker.flood(echo.port, asked.plain, 0.2, askers=2)

    assert flooded.answered > 0
    assert flooded.rate == pytest.approx(flooded.answered / 0.2, rel=0.5)


def test_a_steady_run_asks_at_its_rate_and_times_each_answer(asker: Compiled, echo: Echo, asked: Asked) -> None:
    paced = asker.steady(echo.port, asked.plain, 0.5, 1000)

    assert 400 <= paced.sent <= 501
    assert paced.lost == 0
    assert 0 < paced.p50 <= paced.p99 <= paced.p999 <= paced.longest


def test_a_silent_port_loses_every_question_and_ends(asker: Compiled, asked: Asked) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))

        paced = asker.steady(silent.getsockname()[1], asked.plain, 0.1, 1000)
        burst = asker.burst(silent.getsockname()[1], asked.plain, 2, 100)

    assert paced.lost == paced.sent > 0
    assert (burst.bursts, burst.lost) == (2, 200)


def test_a_burst_without_a_loss_says_so(asker: Compiled, echo: Echo, asked: Asked) -> None:
    assert asker.burst(echo.port, asked.plain, 2, 256) == load.Burst(2, 0)


def test_a_calm_run_asks_at_its_rate_and_sleeps_meanwhile(asker: Compiled, echo: Echo, asked: Asked) -> None:
    before = os.times()

    paced = asker.calm(echo.port, asked.plain, 0.5, 400)

    used = os.times()
    assert 150 <= paced.sent <= 201
    assert (paced.lost, paced.wrong) == (0, 0)
    assert 0 < paced.p50 <= paced.p90 <= paced.p99 <= paced.longest
    assert used.children_user + used.children_system - before.children_user - before.children_system < 0.3


def test_a_calm_run_finds_the_answers_that_are_wrong(asker: Compiled, echo: Echo, asked: Asked) -> None:
    paced = asker.calm(echo.port, asked.plain, 0.1, 500, expected=asked.expected)

    assert paced.wrong == paced.sent - paced.lost > 0


def test_a_sender_with_a_nap_keeps_its_rate_from_the_address_that_it_is_given(asker: Compiled, asked: Asked) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.53", 0))
        flooding = {"to": "127.0.0.53", "from": "127.0.0.99", "nap": 1000}
        paced = asker.calm(door.getsockname()[1], asked.plain, 0.2, 5_000, **flooding)
        client = door.recvfrom(512)[1]

    assert 700 <= paced.sent <= 1001
    assert client[0] == "127.0.0.99"


def test_a_mode_that_is_none_is_told(asker: Compiled, asked: Asked) -> None:
    with pytest.raises(load.Broken, match="there is no mode gallop"):
        asker._run("gallop", 1, asked.plain, 0.1)


def test_processor_time_and_memory_of_a_server_can_be_read(asker: Compiled, echo: Echo, asked: Asked) -> None:
    before = echo.processor_seconds()
    asker.flood(echo.port, asked.plain, 0.1)

    assert 0 < echo.processor_seconds() - before < 10
    assert 10_000 < echo.memory() < 10_000_000


def test_a_server_that_ends_at_once_says_what_it_logged(tmp_path: Path) -> None:
    class Broken(Echo):
        def command(self) -> list[str]:
            return ["sh", "-c", "echo no such list; exit 1"]

    broken = Broken(tmp_path, tmp_path)
    with pytest.raises(DidNotStart, match="no such list"):
        broken.start((CORE,), b"")
    broken.stop()
