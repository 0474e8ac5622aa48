"""Without its database a node serves its last state and says as of when; once it is back, the rest begins by itself.

Nothing is ever made in place of a database that has gone: that would be served as "nothing is listed".
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from tests.postgresql import drop_database, new_database
from tests.stories.hanging import away
from tests.stories.program import SOURCE, Program, wait_until
from tests.stories.test_restart import KSS, LABELS, list_address, made

NAME = "gatepost.sqlite3"
NOBODY = 65534
BACK_SECONDS = 60  # it is tried every ten seconds, and the machine may be busy


class Lived(NamedTuple):
    """A data folder in which something was served, and the code under which it is asked."""

    folder: Path
    label: str


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    program = Program(SOURCE, tmp_path_factory.mktemp("lived") / "data")
    label = made(program)
    program.start()
    assert program.stop() == 0
    return Lived(program.data, label)


@pytest.fixture
def copy(lived: Lived, source: Program) -> Program:
    shutil.copytree(lived.folder, source.data)
    return source


def sentence_of(program: Program) -> str:
    """What the log says of the database."""
    lines = [line for line in program.log.read_text().splitlines() if " database: " in line]
    return lines[-1].partition(" database: ")[2] if lines else ""


def readiness(program: Program) -> Any:
    with urllib.request.urlopen(f"{program.portal}/readyz", timeout=10) as answer:
        return json.load(answer)


def status(program: Program, path: str) -> int:
    try:
        with urllib.request.urlopen(program.portal + path, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def gone(file: Path) -> None:
    for part in file.parent.glob(f"{NAME}*"):
        part.unlink()


def no_database(file: Path) -> None:
    gone(file)
    file.write_bytes(b"no database at all " * 400)


def torn(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))


def emptied(file: Path) -> None:
    gone(file)
    file.touch()


def in_a_missing_place(file: Path) -> None:
    gone(file)
    file.symlink_to("/nowhere/mounted/gatepost.sqlite3")


def a_folder(file: Path) -> None:
    gone(file)
    file.mkdir()


def of_a_newer_program(file: Path) -> None:
    with contextlib.closing(sqlite3.connect(file)) as database, database:
        database.execute("insert into schema_migration (name, applied) values ('9999_later', '2030-01-01')")


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (gone, "is gone, and what was served of it lies in"),
        (no_database, "is damaged"),
        (torn, "damaged"),
        (emptied, "is empty, and what was served of it lies in"),
        (in_a_missing_place, "is gone"),
        (a_folder, "gatepost.sqlite3"),
        (of_a_newer_program, "was changed by a newer version of Gatepost (9999_later)"),
    ],
)
def test_a_start_serves_as_of_before_until_the_database_is_back(
    copy: Program, lived: Lived, harm: Callable[[Path], None], says: str
) -> None:
    file = copy.data / NAME
    harm(file)
    before = file.lstat() if os.path.lexists(file) else None

    copy.start()

    assert copy.ask(LABELS, lived.label) == KSS
    wait_until(lambda: says in sentence_of(copy), 30, f"it is said: {copy.log.read_text()}")
    assert "Traceback" not in copy.log.read_text()
    assert readiness(copy)["ready"] is True
    pages = {path: status(copy, path) for path in ("/login", "/", "/lookup", "/help", "/criteria")}
    assert pages == {"/login": 503, "/": 503, "/lookup": 200, "/help": 200, "/criteria": 200}
    assert os.path.lexists(file) is (before is not None), "nothing was made in its place"
    assert copy.stop(signal.SIGKILL) == -signal.SIGKILL
    copy.start()
    assert copy.ask(LABELS, lived.label) == KSS, "a start after a kill serves, too"

    shutil.rmtree(file) if file.is_dir() else gone(file)
    shutil.copy(lived.folder / NAME, file)
    list_address(copy, "192.0.2.77")
    wait_until(lambda: copy.ask("77.2.0.192", lived.label) == KSS, BACK_SECONDS, "it is current")
    wait_until(lambda: status(copy, "/login") == 200, 10, "pages are there")
    assert copy.stop() == 0
    assert "Traceback" not in copy.log.read_text()


@pytest.fixture
def of_nobody(lived: Lived) -> Iterator[Program]:
    """A copy that belongs to another user than root, as whom it is served: to root nothing is read-only."""
    if os.geteuid():
        pytest.skip("only root can become somebody else")
    as_nobody = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--")
    with tempfile.TemporaryDirectory(prefix="gatepost-test-") as folder:
        program = Program((*as_nobody, *SOURCE), Path(folder, "data"))
        if subprocess.run([*program.words, "--version"], capture_output=True).returncode:
            pytest.skip("nobody may not enter the checkout")
        shutil.copytree(lived.folder, program.data)
        for place in (Path(folder), program.data, *program.data.rglob("*")):
            os.chown(place, NOBODY, NOBODY)
        yield program
        program.stop()


def test_what_cannot_be_written_is_served_as_of_before_until_it_can(of_nobody: Program, lived: Lived) -> None:
    program, folder = of_nobody, of_nobody.data
    modes = {place: place.stat().st_mode & 0o777 for place in (*folder.iterdir(), folder)}
    for place, mode in modes.items():
        place.chmod(mode & 0o555)

    program.start()

    assert program.ask(LABELS, lived.label) == KSS
    wait_until(lambda: "cannot be written" in sentence_of(program), 30, f"it is said: {program.log.read_text()}")
    assert readiness(program)["ready"] is True and "Traceback" not in program.log.read_text()
    for place, mode in reversed(modes.items()):
        place.chmod(mode)
    list_address(program, "192.0.2.79")
    wait_until(lambda: program.ask("79.2.0.192", lived.label) == KSS, BACK_SECONDS, "it is current")
    assert "data folder: well again" in program.log.read_text()
    assert program.stop() == 0


def test_without_a_prepared_snapshot_it_says_why_and_ends(copy: Program) -> None:
    no_database(copy.data / NAME)
    shutil.rmtree(copy.data / "prepared")

    done = copy.command("serve", "--dns", "127.0.0.1:0", "--portal", "127.0.0.1:0")

    assert done.code == 1 and "is damaged" in done.err and "Traceback" not in done.err


def test_no_command_makes_a_database_in_place_of_one_that_has_gone(copy: Program) -> None:
    gone(copy.data / NAME)

    done = copy.command("organization", "list")

    assert done.code == 1 and "To begin anew with an empty one, remove that folder" in done.err
    assert not (copy.data / NAME).exists()
    shutil.rmtree(copy.data / "prepared")
    assert copy.command("organization", "list").code == 0


def test_one_that_goes_away_while_it_is_served_is_not_missed_by_dns(copy: Program, lived: Lived) -> None:
    copy.start()
    aside = copy.data.parent / "aside"
    aside.mkdir()
    for file in copy.data.glob(f"{NAME}*"):
        file.rename(aside / file.name)

    wait_until(lambda: status(copy, "/login") == 503, 30, "pages notice it")

    assert copy.ask(LABELS, lived.label) == KSS
    assert not (copy.data / NAME).exists() or not (copy.data / NAME).stat().st_size
    assert readiness(copy)["ready"] is True
    assert copy.stop() == 0
    copy.start()
    assert copy.ask(LABELS, lived.label) == KSS, "as of before"
    for file in aside.iterdir():
        file.rename(copy.data / file.name)
    list_address(copy, "192.0.2.78")
    wait_until(lambda: copy.ask("78.2.0.192", lived.label) == KSS, BACK_SECONDS, "it is current")


@pytest.fixture
def url(postgresql_url: str) -> Iterator[str]:
    made = new_database(postgresql_url)
    yield made
    drop_database(made)


def organization(source: Program, url: str) -> str:
    added = source.command("organization", "add", "Acme", "--json", GATEPOST_DATABASE=url)
    return str(added.json["label"])


def listed(source: Program, address: str, url: str) -> None:
    words = ("listing", "add", address, "--database", "standard", "--category", "KSS", "--reason", "spam")
    assert source.command(*words, GATEPOST_DATABASE=url).code == 0


def test_a_start_without_postgresql_serves_as_of_before_until_it_is_back(source: Program, url: str) -> None:
    label = organization(source, url)
    listed(source, "192.0.2.7", url)
    source.start(GATEPOST_DATABASE=url)
    assert source.stop() == 0

    with away(url):
        source.start(GATEPOST_DATABASE=url)
        assert source.ask(LABELS, label) == KSS
        wait_until(
            lambda: "cannot be used" in sentence_of(source) or "cannot be reached" in sentence_of(source), 60, "why"
        )
        assert readiness(source)["ready"] is True
        assert status(source, "/login") == 503
    listed(source, "192.0.2.77", url)

    wait_until(lambda: source.ask("77.2.0.192", label) == KSS, BACK_SECONDS, "it is current")
    assert source.stop() == 0


def test_a_database_of_postgresql_that_was_emptied_is_not_served(source: Program, url: str) -> None:
    label = organization(source, url)
    listed(source, "192.0.2.7", url)
    source.start(GATEPOST_DATABASE=url)
    assert source.stop() == 0
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")

    source.start(GATEPOST_DATABASE=url)

    assert source.ask(LABELS, label) == KSS
    wait_until(lambda: "is empty, and what was served of it lies in" in sentence_of(source), 30, "it is said")
    with psycopg.connect(url) as connection:
        tables = connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()
    assert tables == (0,)
