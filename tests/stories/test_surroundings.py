"""Where a program is started: streams that are closed, languages that there are not, folders that cannot be used.

A row is a surrounding. In the first table it serves as ever; in the second one sentence says what to do, and no row has
a traceback.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.ports import free_port
from tests.stories.program import PATIENCE, SOURCE, Program, clean_environment, wait_until

COMMAND = '"$@"'


class Surrounding(NamedTuple):
    """A line of the shell in which COMMAND is the program, and variables."""

    name: str
    line: str = COMMAND
    variables: dict[str, str] = {}

    def __str__(self) -> str:
        return self.name


SERVES = [
    Surrounding("stdout closed", f"exec {COMMAND} >&-"),
    Surrounding("stderr closed", f"exec {COMMAND} 2>&-"),
    Surrounding("all streams closed", f"exec {COMMAND} <&- >&- 2>&-"),
    Surrounding("stdout is full", f"exec {COMMAND} >/dev/full"),
    Surrounding("the log is full", f"exec {COMMAND} 2>/dev/full"),
    Surrounding("no such time zone", f"exec {COMMAND}", {"TZ": "Foo/Bar"}),
    Surrounding("no file of a time zone", f"exec {COMMAND}", {"TZ": ":/nope"}),
    Surrounding("a time zone by its rule", f"exec {COMMAND}", {"TZ": "CET-1CEST,M3.5.0,M10.5.0/3"}),
    Surrounding("no such language", f"exec {COMMAND}", {"LANG": "xx_YY.nonsense", "LC_ALL": "xx_YY.nonsense"}),
    Surrounding("no variables at all", f"exec env -i PATH=/usr/bin:/bin {COMMAND}"),
    Surrounding("no home", f"exec env -u HOME {COMMAND}"),
    Surrounding("umask 000", f"umask 000; exec {COMMAND}"),
    Surrounding("umask 777", f"umask 777; exec {COMMAND}"),
    Surrounding("no such TMPDIR", f"exec {COMMAND}", {"TMPDIR": "/nope"}),
    Surrounding("a device as TMPDIR", f"exec {COMMAND}", {"TMPDIR": "/dev/full", "SQLITE_TMPDIR": "/dev/full"}),
    Surrounding("a current folder that was removed", f"mkdir gone; cd gone; rmdir ../gone; exec {COMMAND}"),
    Surrounding("few descriptors", f"ulimit -n 128; exec {COMMAND}"),
]


@pytest.fixture
def serving(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Program, subprocess.Popen[bytes]]]:
    """The program in a surrounding, when it answers; it is ended."""
    around: Surrounding = request.param
    source = Program(SOURCE, tmp_path / "data")
    source.dns = ("127.0.0.1", free_port())
    door = f"{source.dns[0]}:{source.dns[1]}"
    words = [*SOURCE, "serve", "--data", str(source.data), "--dns", door, "--portal", "127.0.0.1:0"]
    with source.log.open("wb") as log:
        process = subprocess.Popen(
            ["sh", "-c", around.line, "sh", *words], cwd=tmp_path, stdout=subprocess.PIPE, stderr=log,
            env={**clean_environment(), **around.variables},
        )  # fmt: skip
    assert process.stdout
    try:
        wait_until(lambda: answers(source), PATIENCE, f"it answers\n{source.log.read_text()}")
        yield source, process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


def answers(source: Program) -> bool:
    try:
        return source.ask_name("rep.example", 6)[3] & 15 == 0
    except OSError:
        return False


@pytest.mark.parametrize("serving", SERVES, ids=str, indirect=True)
def test_it_serves_as_ever(serving: tuple[Program, subprocess.Popen[bytes]]) -> None:
    source, process = serving

    process.send_signal(signal.SIGTERM)

    assert process.wait(PATIENCE) == 0
    assert "Traceback" not in source.log.read_text()
    found = {path.name: path.stat().st_mode & 0o777 for path in source.data.iterdir()}
    assert found["gatepost.sqlite3"] == 0o600
    assert not {name: oct(mode) for name, mode in found.items() if mode & 0o077}


def test_it_serves_where_nobody_reads_what_it_prints(source: Program) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    source.dns = ("127.0.0.1", free_port())
    door = f"{source.dns[0]}:{source.dns[1]}"
    words = [*SOURCE, "serve", "--data", str(source.data), "--dns", door, "--portal", "127.0.0.1:0"]
    process = subprocess.Popen(words, stdout=writing, stderr=writing, env=clean_environment())
    os.close(writing)
    try:
        wait_until(lambda: answers(source), PATIENCE, "it answers")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()


class Refusal(NamedTuple):
    """A surrounding in which it cannot serve, and what it says; `prepare` is a line of the shell."""

    name: str
    prepare: str
    says: str
    line: str = f"exec {COMMAND}"
    data: str = "data"

    def __str__(self) -> str:
        return self.name


REFUSED = [
    Refusal("the data folder is a file", "echo > data", "cannot be written (it is a file)"),
    Refusal("a file in the way", "echo > data", "cannot be written", data="data/below"),
    Refusal("the settings are a folder", "mkdir -p data/gatepost.toml", "gatepost.toml cannot be read: it is no file"),
    Refusal(
        "the settings are a pipe",
        "mkdir data; mkfifo data/gatepost.toml",
        "gatepost.toml cannot be read: it is no file",
    ),
    Refusal("the settings are no text", "mkdir data; printf 'zone = \"\\377\"' > data/gatepost.toml", "cannot be read"),
    Refusal("the database is a folder", "mkdir -p data/gatepost.sqlite3", "gatepost.sqlite3"),
    Refusal(
        "a current folder that was removed",
        "mkdir gone",
        "cannot be written",
        f"cd gone; rmdir ../gone; exec {COMMAND}",
    ),
    Refusal("little memory", "true", "no more memory", f"ulimit -v 200000; exec {COMMAND}"),
    Refusal(
        "files of no size", "true", "cannot be locked (File too large): make room there", f"ulimit -f 0; exec {COMMAND}"
    ),
]


@pytest.mark.parametrize("row", REFUSED, ids=str)
def test_one_sentence_says_why_it_cannot_serve(row: Refusal, tmp_path: Path) -> None:
    subprocess.run(["sh", "-c", row.prepare], cwd=tmp_path, check=True)
    words = [*SOURCE, "serve", "--data", row.data, "--dns", f"127.0.0.1:{free_port()}", "--portal", "127.0.0.1:0"]

    done = subprocess.run(
        ["sh", "-c", row.line, "sh", *words], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE,
        env=clean_environment(),
    )  # fmt: skip

    told = done.stderr.splitlines()
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr
    assert told[-1].startswith("gatepost: ") and row.says in told[-1], done.stderr


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter, as those of pytest are not."""
    with tempfile.TemporaryDirectory(prefix="gatepost-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_a_folder_and_settings_of_somebody_else_are_named_with_what_to_do(open_folder: Path) -> None:
    """As another user, where we are root: to root nothing is closed."""
    if os.geteuid():
        pytest.skip("only root can become somebody else")
    data = open_folder / "data"
    data.mkdir()
    data.chmod(0o755)
    (data / "gatepost.toml").touch(0o644)
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
    if subprocess.run([*as_nobody, sys.executable, SOURCE[1], "--version"], capture_output=True, cwd="/").returncode:
        pytest.skip("nobody may not enter the checkout")
    words = [*as_nobody, *SOURCE, "organization", "list", "--data", str(data)]

    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, cwd="/", env=clean_environment())
    (data / "gatepost.toml").chmod(0o600)
    closed = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, cwd="/", env=clean_environment())

    assert done.returncode == 1 and "it belongs to root, and this program runs as nobody" in done.stderr, done
    assert closed.returncode == 1 and "let this user read it" in closed.stderr, closed
    assert "Traceback" not in done.stderr + closed.stderr
