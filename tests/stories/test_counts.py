"""Each question that was answered counts once: the real program, while PostgreSQL is away or its answers are lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from reputation.counting import batch_file
from tests import debian, postgresql
from tests.ports import free_port
from tests.postgresql_proxy import Proxy
from tests.stories.asking import Asker
from tests.stories.program import Program, wait_until

RATE = 500  # questions a second
LISTED = "192.0.2.7"
PATIENCE = 90.0  # seconds; a flush comes every five


class Server:
    """A PostgreSQL server of a test's own, which can be stopped and run again."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries, self._folder, self._port = binaries, folder, free_port()
        self._running = ExitStack()
        self.run()
        self.url = postgresql.new_named(f"postgresql://gatepost@127.0.0.1:{self._port}")

    def run(self) -> None:
        self._running.enter_context(postgresql.running(self._binaries, self._folder, self._port))

    def stop(self) -> None:
        self._running.close()


@pytest.fixture
def server() -> Iterator[Server]:
    binaries = postgresql.newest(debian.need("postgresql"))
    with postgresql.cluster(binaries) as folder:
        made = Server(binaries, folder)
        yield made
        made.stop()


@contextmanager
def serving(program: Program, url: str) -> Iterator[str]:
    """The program on a database, with an organization; yields the name of a question about a listed address."""
    variables = {"GATEPOST_DATABASE": url}
    label = program.command("organization", "add", "Acme", "--subscription", "advanced", "--json", **variables).json[
        "label"
    ]
    listing = ("--database", "standard", "--category", "KSS", "--reason", "spam")
    assert program.command("listing", "add", LISTED, *listing, **variables).code == 0
    program.start(**variables)
    yield f"7.2.0.192.{label}.r.rep.example"
    program.stop()


def counted(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("select coalesce(sum(queries), 0) from query_hour").fetchone()
    assert row
    return int(row[0])


def waiting(program: Program) -> int:
    """The questions that wait on disk."""
    found = 0
    for path in (program.data / "counts").glob("*.counts"):
        try:
            found += batch_file.questions(batch_file.read(path).batch)
        except (FileNotFoundError, batch_file.Unreadable):
            continue
    return found


def cut_a_flush(program: Program, way: Proxy, cut: str) -> None:
    """Until a flush was hit, whose counts wait on disk then; other jobs end transactions, too."""

    def is_cut() -> bool:
        if not way.cut:
            way.cut = cut
        return waiting(program) > 0

    wait_until(is_cut, PATIENCE, f"a flush is cut {cut} its commit")
    way.cut = ""
    wait_until(lambda: waiting(program) == 0, PATIENCE, "it comes through")


def again(program: Program, url: str) -> None:
    program.start(dns=f"{program.dns[0]}:{program.dns[1]}", GATEPOST_DATABASE=url)


def test_an_outage_under_load_costs_no_count_and_doubles_none(source: Program, server: Server) -> None:
    with serving(source, server.url) as name:
        with Asker(source.dns, name, RATE) as asker:
            wait_until(lambda: counted(server.url) > 0, PATIENCE, "the first flush")
            server.stop()
            wait_until(lambda: waiting(source) > 0, PATIENCE, "what is counted waits on disk")
            before = waiting(source)
            wait_until(lambda: waiting(source) > before, PATIENCE, "and so does what comes later")
            server.run()
            wait_until(lambda: waiting(source) == 0, PATIENCE, "it is delivered")
        assert asker.told.lost == 0 and asker.told.wrong == 0, asker.told
        wait_until(lambda: counted(server.url) >= asker.told.asked, PATIENCE, "the last flush")

        assert counted(server.url) == asker.told.asked


def test_a_program_that_stops_in_an_outage_loses_no_count(source: Program, server: Server) -> None:
    folder = source.data / "counts"
    with serving(source, server.url) as name:
        wait_until(folder.exists, PATIENCE, "the first flush")
        server.stop()
        with Asker(source.dns, name, RATE) as asker:
            wait_until(lambda: asker.told.asked > 200, PATIENCE, "some questions")
        assert asker.told.lost == 0
        source.stop()
        assert waiting(source) == asker.told.asked
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
        damaged, newer = (folder / f"0000000000{number}-000001-aaaa.counts" for number in (1, 2))
        damaged.write_bytes(os.urandom(3000))
        newer.write_bytes(b"gatepost counts 2 " + b"0" * 64 + b"\n{}")

        server.run()
        again(source, server.url)
        wait_until(lambda: counted(server.url) >= asker.told.asked, PATIENCE, "it is delivered")
        source.stop()

    assert counted(server.url) == asker.told.asked and waiting(source) == 0
    assert sorted(folder.glob("0*")) == [damaged.with_suffix(".damaged"), newer]
    told = source.log.read_text()
    assert f"{damaged} is damaged, or no file of counts" in told
    assert f"{newer} was written by another version of the program" in told


def test_commits_of_unknown_outcome_under_load_count_once(source: Program, server: Server) -> None:
    with Proxy(server.url) as way, serving(source, way.url) as name:
        with Asker(source.dns, name, RATE) as asker:
            wait_until(lambda: counted(server.url) > 0, PATIENCE, "the first flush")
            for cut in ("after", "before"):
                cut_a_flush(source, way, cut)
        assert asker.told.lost == 0 and way.cuts >= 2
        wait_until(lambda: counted(server.url) >= asker.told.asked, PATIENCE, "all of it is written")
        assert source.stop() == 0

        assert counted(server.url) == asker.told.asked


def test_a_program_that_is_killed_while_the_database_hangs_loses_no_count(source: Program, server: Server) -> None:
    with Proxy(server.url) as way, serving(source, way.url) as name:
        wait_until((source.data / "counts").exists, PATIENCE, "the first flush")
        way.flows.clear()
        with Asker(source.dns, name, RATE) as asker:
            wait_until(lambda: waiting(source) > 0, PATIENCE, "what is counted goes to disk though a try hangs")
        assert asker.told.lost == 0
        # What was counted in the last five seconds would be lost.
        wait_until(lambda: waiting(source) == asker.told.asked, PATIENCE, "all of it is on disk")
        source.stop(signal.SIGKILL)

        way.flows.set()
        again(source, way.url)
        wait_until(lambda: counted(server.url) >= asker.told.asked, PATIENCE, "it is delivered")
        source.stop()

    assert counted(server.url) == asker.told.asked and waiting(source) == 0
