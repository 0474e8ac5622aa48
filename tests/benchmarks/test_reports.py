"""A small flood into the running program, and how a flood's figures are told."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import data, packets, reports
from benchmarks.__main__ import PAGE
from benchmarks.flood import counting, evidence
from benchmarks.flood.counting import Door, Kept
from benchmarks.flood.evidence import Flood
from benchmarks.flood.program import Flooded, Outcome, flooded, token_secrets
from benchmarks.load import Paced
from benchmarks.report import put
from benchmarks.reports import Found, Memory
from benchmarks.servers import gatepost
from benchmarks.servers.gatepost import Installation
from reputation.addresses.address import parse_address
from tests.reputation.intake.maillog.log_lines import counted

CORE = max(os.sched_getaffinity(0))
FLOOD = Flood(api=16, trap=12, log=12)
QUIET, BUSY = Paced(40, 90, 120, 300, 500, 200_000, 0), Paced(44, 180, 900, 5000, 800, 200_000, 3)
MEMORY = Memory(100_000_000, 190_000_000, 150_000_000)
ALL_KEPT = [Door("api", 16, Kept(8, 0), 8, 2, 0), Door("trap", 12, Kept(6, 0), 6, 0, 0)]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return gatepost.install(tmp_path_factory.mktemp("flood") / "data", data.codes(1)[0])


@pytest.fixture
def server(installation: Installation, tmp_path: Path) -> Iterator[Flooded]:
    asked = packets.write(tmp_path / "q", [data.Question(4, 1, False, False)], "r.rep.example", data.codes(1))
    started = Flooded(tmp_path / "server", installation, "rep.example", interpreted=not gatepost.is_compiled())
    try:
        started.start((CORE,), asked.plain.read_bytes()[2:])
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
def secrets(installation: Installation) -> list[str]:
    return token_secrets(installation, int(time.time()))


def test_the_running_program_counts_every_good_report_and_refuses_the_others(
    server: Flooded, installation: Installation, secrets: list[str]
) -> None:
    outcome = flooded(server, installation, secrets, FLOOD, CORE, lambda: time.sleep(0.1))

    assert [(door.name, door.kept, door.refused, door.failed) for door in outcome.doors] == [
        ("api", Kept(8, 0), 8, 0), ("trap", Kept(6, 0), 6, 0), ("log", Kept(6, 0), None, 0),
    ]  # fmt: skip
    assert outcome.lost == 0
    # What is counted is told from what is not: senders of another flood have none of these.
    others = counting.kept(installation, Flood(14, 14, 14).good(), counting.rows(installation))
    assert [one.good for one in others.values()] == [0, 0, 0]


def test_a_door_alone_says_how_much_it_takes(server: Flooded, installation: Installation, secrets: list[str]) -> None:
    for flood in (Flood(10, 0, 0), Flood(0, 10, 0), Flood(0, 0, 400, lines_a_second=0)):
        assert reports.capacity(server, installation, secrets, flood, CORE) > 1


def test_a_flood_of_any_size_is_split_among_the_doors() -> None:
    million = Flood.of(1_000_000)
    assert million[:3] == (10_000, 40_000, 950_000) and million.total == 1_000_000
    assert Flood.of(1_001).total == 1_000 and all(number % 2 == 0 for number in Flood.of(1_001).by_door().values())


def test_every_good_report_is_of_a_sender_of_its_own() -> None:
    good = Flood(1000, 2000, 3000).good()

    senders = [address for door in good.values() for address in door]
    assert [len(door) for door in good.values()] == [500, 1000, 1500]
    assert len(set(senders)) == len(senders) == len({parse_address(address) for address in senders})


def test_every_second_line_of_the_log_tells_of_spam() -> None:
    good = [f"198.51.100.{at}" for at in range(1, 7)]
    now = int(time.time())

    lines = [line.decode(errors="replace") for line in evidence.lines(good, now)]

    assert counted("postfix", lines[::2], now=now) == [("spam", address) for address in good]
    assert counted("postfix", lines[1::2], now=now) == []


def test_a_flood_without_a_loss_says_so_and_shows_its_figures() -> None:
    text = reports.section(found(ALL_KEPT))

    assert text.startswith("28 reports in 14 s, 2 a second, every second one malformed: no good one was lost.")
    assert "| together | 28 | 14 | 14 | 14 | 14 | 0 | 2 | 0 |" in text
    assert "| asked | 400,000 | 400,000 |  |" in text
    assert "| lost | 0 | 6 |  |" in text
    assert "| p99, µs | 90 | 180 | 2.00 |" in text
    assert "| held for itself | 100 MB | 190 MB | 150 MB |" in text
    assert "| mail log of Postfix | 2,346 |" in text
    assert "its quiet p99: 2.00, **not met**. Memory should stay within 300 MB: met." in text
    assert put(PAGE.read_text(), "reports", text).count("no good one was lost") == 1


def test_a_good_report_that_was_lost_is_told_with_its_door() -> None:
    doors = [ALL_KEPT[0]._replace(kept=Kept(7, 0)), ALL_KEPT[1]]

    assert reports.loss(Outcome(ALL_KEPT, 14.0)) == ""
    assert reports.loss(Outcome(doors, 14.0)) == "good reports were lost: 1 of 8 by API"
    assert "**good reports were lost: 1 of 8 by API**" in reports.section(found(doors))


def test_answers_that_a_door_should_not_give_are_counted_apart() -> None:
    told = {"201 without a reason": 8, "400 with a reason": 7, "429 with a reason": 2, "500 with a reason": 1}

    assert counting.later(told, "api") == 2
    assert counting.failed(told) == 1
    assert counting.failed({"250": 9, "451": 2, "SMTPServerDisconnected": 3, "400 without a reason": 1}) == 4


def found(doors: list[Door]) -> Found:
    return Found(
        Outcome(doors, 14.0),
        [QUIET, QUIET],
        [BUSY, BUSY],
        MEMORY,
        "2 cores",
        0.4,
        {"api": 55.4, "trap": 110.0, "log": 2345.6},
    )
