"""Lists in local files."""

import os
from pathlib import Path

import pytest

from reputation.intake.fetch import FetchError, checked_source, fetch

LIST = b"192.0.2.1\n"
BOUND = 1000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "my list.txt"
    made.write_bytes(LIST)
    return made


def test_a_file_is_read_by_its_path_or_its_address(file: Path) -> None:
    assert fetch(str(file), BOUND).body == LIST
    assert fetch(file.as_uri(), BOUND).body == LIST
    assert fetch(f"file://localhost{file.as_uri().removeprefix('file://')}", BOUND).body == LIST


def test_an_unchanged_file_is_not_read_again(file: Path) -> None:
    first = fetch(str(file), BOUND)
    again = fetch(str(file), BOUND, first.etag)

    assert (again.body, again.etag) == (None, first.etag)


def test_a_file_of_the_same_size_that_took_its_place_is_read(file: Path) -> None:
    first = fetch(str(file), BOUND)
    times = file.stat()
    other = file.with_name("new")
    other.write_bytes(b"192.0.2.9\n")
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.rename(file)

    assert fetch(str(file), BOUND, first.etag).body == b"192.0.2.9\n"


def test_a_source_is_kept_by_its_full_path(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)

    assert checked_source("my list.txt") == str(file)
    assert checked_source(file.as_uri()) == str(file)
    assert checked_source("https://lists.example/drop.txt") == "https://lists.example/drop.txt"


def test_what_is_no_readable_file_is_refused_with_a_sentence(tmp_path: Path, file: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    large = tmp_path / "large"
    large.write_bytes(bytes(BOUND + 1))

    for source, says in [
        (str(tmp_path / "none"), f"There is no file {tmp_path / 'none'}"),
        (str(file / "below"), "cannot be read"),
        (str(tmp_path), "is a folder, not a file"),
        (str(pipe), "is a pipe, not a file"),
        ("/dev/null", "is a device or socket, not a file"),
        (str(large), "larger than 1,000 bytes"),
        ("file://elsewhere/list", "a file on another machine"),
        ("file://[x/list", "no path"),
        (str(tmp_path / ("x" * 300)), "cannot be read"),
        (f"{tmp_path}/a\0b", "cannot be read"),
    ]:
        with pytest.raises(FetchError, match=says):
            fetch(source, BOUND)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read every file")
def test_a_file_that_may_not_be_read_is_called_so(file: Path) -> None:
    file.chmod(0)

    with pytest.raises(FetchError, match="may not be read by this user"):
        fetch(str(file), BOUND)


def test_a_feed_without_a_source_is_refused() -> None:
    with pytest.raises(FetchError, match="needs a source"):
        checked_source("  ")
