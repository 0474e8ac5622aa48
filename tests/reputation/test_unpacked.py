"""The folder of the unpacked program: what is removed from it comes back, from the file that was started."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reputation import faults, unpacked
from reputation.unpacked import CACHE, FAULT, UNPACK_ONLY, VARIABLE, Unpacked, inherited, started
from tests.onefile import packed

SECONDS = 60.0


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    return packed.one_file(packed.launcher(), packed.frozen(folder / "frozen"), folder / "gatepost")


@pytest.fixture
def folder(small: Path, tmp_path: Path) -> Path:
    """It is unpacked, in a base of its own."""
    (tmp_path / "base").mkdir(mode=0o700)
    return Path(packed.run(small, **{CACHE: str(tmp_path / "base"), UNPACK_ONLY: "1"}).stdout.strip())


@pytest.fixture
def left(small: Path, folder: Path) -> Iterator[dict[str, str]]:
    """What the launcher leaves to the program: two open descriptors, and where they are said."""
    lock, file = os.open(folder, os.O_RDONLY), os.open(small, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_SH)
    yield {VARIABLE: f"{lock} {file} {folder.parent}", "HOME": "/"}
    for descriptor in (lock, file):
        try:
            os.close(descriptor)
        except OSError:  # it has been exchanged for another one
            pass


@pytest.fixture
def kept(left: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Unpacked]:
    monkeypatch.setattr(unpacked, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(unpacked, "AGAIN_SECONDS", 0.1)
    made = inherited(left, folder / "gatepost")
    assert made is not None
    made.start()
    time.sleep(0.2)  # it has seen the folder as it is
    yield made
    made.stop()
    faults.gone(FAULT, 0)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def said(folder: Path) -> str:
    parts = (folder / "_internal" / "part.txt", folder / "_internal" / "deep" / "er" / "part.txt")
    return "".join(part.read_text() for part in parts if part.exists())


def is_locked(folder: Path) -> bool:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@pytest.mark.parametrize(
    "removed",
    ["_internal/part.txt", "_internal/deep/er/part.txt", "_internal/deep", "_internal", "gatepost", ".", ".."],
)
def test_what_is_removed_comes_back_and_the_folder_stays_locked(kept: Unpacked, folder: Path, removed: str) -> None:
    path = (folder / removed).resolve()
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)  # it comes back meanwhile
    else:
        path.unlink()

    until(lambda: said(folder) == packed.SAID and (folder / "gatepost").exists() and (folder / ".seal").exists())

    until(lambda: is_locked(folder))


def test_what_is_removed_while_other_files_come_back_comes_back_too(kept: Unpacked, folder: Path) -> None:
    for _ in range(60):
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.005)

    until(lambda: said(folder) == packed.SAID and (folder / "gatepost").exists() and (folder / ".seal").exists())


def test_what_cannot_come_back_is_a_fault_until_it_does(kept: Unpacked, folder: Path) -> None:
    folder.parent.chmod(0o777)
    (folder / "_internal" / "part.txt").unlink()

    until(lambda: any(fault.name == FAULT for fault in faults.standing()))
    (fault,) = (fault for fault in faults.standing() if fault.name == FAULT)
    assert f"Files were removed from {folder} and cannot be written again; restart Gatepost: " in fault.sentence
    assert f"{folder.parent}: others may write it (mode 777)" in fault.sentence

    folder.parent.chmod(0o700)
    until(lambda: said(folder) == packed.SAID)
    until(lambda: not any(fault.name == FAULT for fault in faults.standing()))


def test_where_another_file_has_been_written_over_it_that_is_said(
    left: dict[str, str], folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.write_text("#!/bin/sh\necho /elsewhere\n")
    other.chmod(0o755)
    lock, _, base = left[VARIABLE].split()
    file = os.open(other, os.O_RDONLY)
    made = inherited({VARIABLE: f"{lock} {file} {base}"}, folder / "gatepost")
    assert made is not None

    assert not made._make_whole(1)

    assert any("restart Gatepost: /elsewhere" in fault.sentence for fault in faults.standing())
    faults.gone(FAULT, 2)
    os.close(file)


def test_the_variable_is_taken_out_and_no_child_gets_the_descriptors(left: dict[str, str], folder: Path) -> None:
    lock, file, _ = left[VARIABLE].split()
    for descriptor in (int(lock), int(file)):
        os.set_inheritable(descriptor, True)

    assert inherited(left, folder / "gatepost") is not None

    assert left == {"HOME": "/"}
    assert not os.get_inheritable(int(lock)) and not os.get_inheritable(int(file))


@pytest.mark.parametrize("value", ["", "3", "a b /", "3 b /", "999999 999998 /", "0 1 /"])
def test_descriptors_of_somebody_else_are_left_alone(folder: Path, value: str) -> None:
    """As in a program that another one of the same folder has started: they are closed, or are others."""
    assert inherited({VARIABLE: value}, folder / "gatepost") is None


def test_a_program_from_its_source_has_none() -> None:
    assert inherited({}, Path(sys.executable)) is None
    assert started({}, Path(sys.executable)) == Path(sys.executable)


def test_it_is_started_again_by_its_file(left: dict[str, str], folder: Path, small: Path, tmp_path: Path) -> None:
    assert started(left, folder / "gatepost") == small
    lock, _, base = left[VARIABLE].split()
    gone = tmp_path / "gone"
    gone.write_text("")
    with gone.open() as opened:
        gone.unlink()
        left[VARIABLE] = f"{lock} {opened.fileno()} {base}"
        assert started(left, folder / "gatepost") == folder / "gatepost"
