"""A file of columns is read as it was written, or refused with a sentence; a former file survives what goes wrong."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
import time
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest

from reputation.verdict import column_file
from reputation.verdict.column_file import START, UnusableFile
from tests.conftest import ROOT

SIZE = 200_000
PATIENCE = 120  # seconds
COLUMNS = (array("H", range(1000)), array("Q"), array("I", range(SIZE)), array("B", b"x"))
HEAD = {"part": "tried", "list": [1, 2]}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "columns"
    column_file.write(made, HEAD, COLUMNS)
    return made


def test_columns_are_read_as_they_were_written_and_cannot_be_changed(path: Path) -> None:
    found = column_file.read(path)

    assert found.head == HEAD
    assert [(column.format, list(column)) for column in found.columns] == [
        (column.typecode, list(column)) for column in COLUMNS
    ]
    with pytest.raises(TypeError, match="read-only"):
        found.columns[0][0] = 1


def test_views_outlive_the_name_of_their_file(path: Path) -> None:
    found = column_file.read(path).columns[2]
    column_file.write(path, HEAD, [array("I", [7])])
    path.unlink()

    assert found[SIZE - 1] == SIZE - 1


def changed(place: Callable[[bytes], int]) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[place(content)] ^= 1
        path.write_bytes(content)

    return change


def shortened(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def lengthened(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def linked(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


def given_away(path: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can give a file to somebody else")
    os.chown(path, 65534, -1)


DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a changed octet of a column": (changed(lambda content: len(content) // 2), "a column is not as it was written"),
    "a changed octet of the head": (changed(lambda content: START.size + 5), "its head is not as it was written"),
    "a changed magic": (changed(lambda content: 0), "is no such file"),
    "another layout": (changed(lambda content: 8), "is of another version of the program"),
    "another length of the head": (changed(lambda content: 16), "its head is not as it was written"),
    "shortened": (shortened, "octets instead of"),
    "lengthened": (lengthened, "octets instead of"),
    "emptied": (lambda path: path.write_bytes(b"") and None, "it is too short"),
    "world-writable": (lambda path: path.chmod(0o602), "may be written by other users (mode 602)"),
    "writable by a group": (lambda path: path.chmod(0o620), "may be written by other users (mode 620)"),
    "somebody else's": (given_away, "belongs to user 65534"),
    "a link": (linked, "cannot be opened"),
    "a folder": (lambda path: (path.unlink(), path.mkdir()) and None, "is no file"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_file_that_is_not_to_be_trusted_is_refused_with_a_sentence(path: Path, name: str) -> None:
    damage, sentence = DAMAGES[name]
    damage(path)

    with pytest.raises(UnusableFile, match=re.escape(str(path))) as refused:
        column_file.read(path)

    assert sentence in str(refused.value)


def test_every_octet_of_the_columns_is_verified(tmp_path: Path) -> None:
    path = tmp_path / "small"
    column_file.write(path, HEAD, [array("H", range(32)), array("I", range(16))])  # both fill their places
    whole = path.read_bytes()

    for at in range(len(whole) - 128, len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 128]) + whole[at + 1 :])
        with pytest.raises(UnusableFile):
            column_file.read(path)


def test_on_a_full_disk_the_former_file_stays(path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    former = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            column_file.write(path, {"part": "new"}, [array("I", range(SIZE))])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, former)

    assert column_file.read(path).head == HEAD
    assert list(path.parent.iterdir()) == [path], "nothing half is left"


def test_a_process_that_is_killed_while_it_writes_leaves_a_whole_file(path: Path) -> None:
    program = (
        "import sys; from array import array; from pathlib import Path; from reputation.verdict import column_file\n"
        f"while True: column_file.write(Path(sys.argv[1]), {HEAD!r}, [array('I', range({SIZE}))])"
    )
    new, cut, end = path.with_name("columns.new"), 0, time.monotonic() + PATIENCE
    while cut < 5:
        assert time.monotonic() < end, "no process was killed while it wrote"
        with subprocess.Popen([sys.executable, "-c", program, str(path)], cwd=ROOT) as process:
            before = path.stat().st_ino
            while path.stat().st_ino == before or not new.exists():
                time.sleep(0.0001)
            process.kill()
        cut += new.exists()
        assert column_file.read(path).columns[-1].nbytes == 4 * SIZE

    column_file.write(path, HEAD, COLUMNS)
    assert list(path.parent.iterdir()) == [path]
