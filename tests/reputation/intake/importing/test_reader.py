"""A list is read in a process of its own: what comes back, and what becomes of one that wants too much."""

from __future__ import annotations

import gzip
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reputation.intake import formats
from reputation.intake.bounds import FeedBounds
from reputation.intake.formats import FORMATS, Format, FormatError
from reputation.intake.guards import guard
from reputation.intake.importing import limits, reader, trying
from reputation.intake.importing.lists import Before
from reputation.intake.importing.reader import NotRead
from reputation.intake.origins.revisions import SEED
from tests.conftest import NOON
from tests.reputation.intake.importing.hostile import MEGABYTE, Reading, addresses, read, repeated
from tests.reputation.intake.lists import plain_list, sample
from tests.stories.program import wait_until

every_format = pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)


@every_format
def test_each_format_is_read_there_as_it_is_here(form: Format) -> None:
    """What a format imports only when it needs it could not be imported there."""
    written = f"{form.name}:{form.sample_option}" if form.sample_option else form.name
    body, bounds = sample(form.sample), FeedBounds()

    if form.name == "asn":  # the table has none of the AS for documentation
        with pytest.raises(FormatError, match="there is no entry in its 4 lines"):
            read(body, written, bounds=bounds, origins=SEED.read_bytes)
        return
    found = read(body, written, bounds=bounds)

    parsed = formats.parse(body, written, bounds.max_bytes, NOON)
    ranges = guard(parsed, bounds).ranges
    assert found.stored.ranges == ranges and found.stored.digest() == ranges.digest()
    assert found.warnings[: len(parsed.warnings)] == parsed.warnings
    assert (found.entries, found.bad, found.dated, found.expires) == (
        parsed.entries, parsed.bad, parsed.dated, parsed.expires,
    )  # fmt: skip


def test_the_networks_of_an_as_are_those_of_the_table_of_origins() -> None:
    found = read(b"AS3320 Deutsche Telekom\n", "asn", origins=SEED.read_bytes)

    assert found.change.entries > 100 and found.stored.texts == ("AS3320 Deutsche Telekom",)


@pytest.mark.parametrize("form", ["gzip", "bzip2", "xz", "zip", "zstd"])
def test_packed_lists_are_unpacked_there(form: str) -> None:
    found = read(packed(form, plain_list(30).encode()))

    assert found.change.entries == 30


def packed(form: str, content: bytes) -> bytes:
    import bz2
    import io
    import lzma
    import zipfile

    from reputation.intake.formats.packing import zstd

    if form == "zip":
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("liste-größe.txt", content)
        return buffer.getvalue()
    packers = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zstd": zstd.compress}
    return packers[form](content)


def test_dates_as_publishers_write_them_are_read_there() -> None:
    for said in ("Mon Sep 14 10:00:00 2026", "Mon, 14 Sep 2026 10:00:00 +0000", "2026/09/14 10:00:00"):
        assert read(f"# Last modified: {said}\n192.0.2.1\n".encode()).dated > 0, said


def test_what_is_served_is_compared_there() -> None:
    four, six = read(b"192.0.2.1\n192.0.2.3\n").stored.ranges.to_blobs()

    found = read(b"192.0.2.3\n192.0.2.5\n192.0.2.7\n", entries_before=2, before=lambda: Before(four, six, "[]"))

    assert (found.change.entries, found.change.added, found.change.removed) == (3, 2, 1)


def test_a_list_before_that_is_damaged_is_told_and_not_compared() -> None:
    found = read(b"192.0.2.3\n", entries_before=2, before=lambda: Before(b"GPR", b"", "[]"))

    assert "damaged" in found.damage and found.change.added == 1 and not found.held


def test_a_list_that_guards_refuse_is_none_and_says_why() -> None:
    found = read(b"1.1.1.1\n192.0.2.1\n", bounds=FeedBounds())

    assert found.refusal.startswith("The list holds 1.1.1.1 (line 1: 1.1.1.1)") and not found.stored.count_of(4)


def test_a_list_that_cannot_be_read_is_refused_with_the_same_sentence() -> None:
    with pytest.raises(FormatError, match="2 of 2 entries cannot be read as plain; is the format right"):
        read(b"words\nand others\n")


def test_two_million_entries_take_little_memory() -> None:
    """Half a gigabyte was taken before, in the process that serves. Ten million are in the benchmarks."""
    limits.use(limits.Limits(memory=130 * MEGABYTE))

    found = read(addresses(2_000_000))

    assert found.change.entries == found.stored.count_of(4) == 2_000_000


def test_two_million_entries_over_as_many_before_take_little_more() -> None:
    stored = read(addresses(2_000_000)).stored
    four, six = stored.ranges.to_blobs()
    limits.use(limits.Limits(memory=180 * MEGABYTE))

    found = read(addresses(1_900_000), entries_before=2_000_000, before=lambda: Before(four, six, "[]"))

    assert (found.change.added, found.change.removed, found.held) == (0, 100_000, "")


def test_a_list_that_needs_more_memory_is_a_sentence() -> None:
    limits.use(limits.Limits(memory=96 * MEGABYTE))
    document = [b'{"a": [', *repeated(b'{"n": "192.0.2.1"},', 30 * MEGABYTE), b'{"n": "192.0.2.1"}]}']

    with pytest.raises(NotRead, match=r"too large: .* more than 96 MB of memory\. Set import_memory higher") as caught:
        read(document, "json:a.n")

    assert caught.value.is_spent


def test_one_line_of_a_hundred_megabytes_is_one_bad_line() -> None:
    limits.use(limits.Limits(memory=96 * MEGABYTE))

    found = read([b"192.0.2.1\n", *repeated(b"a" * MEGABYTE, 100 * MEGABYTE), b"\n192.0.2.9\n192.0.2.11\n"])

    assert found.change.entries == 3 and found.bad == 1
    assert found.warnings[-1] == "lines longer than 1,048,576 characters, whose ends were left out: 1"


def test_a_decompression_bomb_is_refused_before_it_is_large() -> None:
    limits.use(limits.Limits(memory=96 * MEGABYTE))

    with pytest.raises(FormatError, match=r"unpacks to more than 67,108,864 bytes"):
        read(gzip.compress(bytes(300 * MEGABYTE), 1), bounds=FeedBounds())


def test_a_list_that_takes_too_long_is_a_sentence() -> None:
    limits.use(limits.Limits(seconds=1))
    begun = time.monotonic()

    with pytest.raises(NotRead, match=r"takes too long: it was not read within 1 s\. Set import_time higher") as caught:
        read(repeated(b"not an address at all\n" * 1000, 200 * MEGABYTE))

    assert caught.value.is_spent and time.monotonic() - begun < 60


def test_a_process_that_is_killed_is_a_sentence() -> None:
    reading = Reading(addresses(3_000_000))

    os.kill(reading.process, signal.SIGKILL)

    error = reading.result()
    assert error is not None and error.is_spent
    assert "ended from outside (SIGKILL), as Linux does where memory is short" in str(error)


def test_a_stop_ends_what_is_read_and_is_not_the_lists_fault() -> None:
    reading = Reading(addresses(3_000_000))

    reader.stop()

    error = reading.result()
    assert error is not None and not error.is_spent and "The program was stopped" in str(error)


def test_no_more_than_two_are_read_at_a_time() -> None:
    readings = [Reading(addresses(3_000_000)) for _ in range(2)]

    with reader.put_aside(b"192.0.2.1\n") as spool, pytest.raises(NotRead, match="try again in a minute") as caught:
        reader.run(spool, {"work": "try"}, dict, MEGABYTE, patience=0.1)

    assert not caught.value.is_spent
    reader.stop()
    assert all(reading.result() for reading in readings)


def test_what_does_not_fit_on_the_disk_is_a_sentence(tmp_path: Path) -> None:
    limits.use(limits.Limits(), tmp_path / "gone")

    with pytest.raises(NotRead, match=r"could not be put aside in .*gone: No such file or directory") as caught:
        read(b"192.0.2.1\n")

    assert not caught.value.is_spent


def test_nothing_of_a_list_stays_in_the_folder(tmp_path: Path) -> None:
    limits.use(limits.Limits(), tmp_path)

    read(b"192.0.2.1\n")

    assert list(tmp_path.iterdir()) == []


def test_the_process_can_do_nothing_but_read_what_it_was_given(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("a password")
    with socket.create_server(("127.0.0.1", 0)) as listening, reader.put_aside(b"") as spool:
        order = {
            "work": "try", "file": str(file), "folder": str(tmp_path), "port": listening.getsockname()[1],
            "parent": os.getpid(),
        }  # fmt: skip
        answer = reader.run(spool, order, dict, MEGABYTE)

    assert set(answer.head["tried"].values()) == {"refused"}, answer.head["tried"]
    assert file.read_text() == "a password" and [one.name for one in tmp_path.iterdir()] == ["secret"]


def test_by_what_it_is_confined_is_told(caplog: pytest.LogCaptureFixture) -> None:
    reader.note_held(None)
    with caplog.at_level(logging.INFO, "gatepost.import"):
        read(b"192.0.2.1\n")

    held = reader.holds()
    assert held is not None and {"bounds", "system calls"} <= set(held)
    assert "Lists are read in a process of their own, confined by: bounds, " in caplog.text


def test_it_is_given_no_password_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEPOST_DATABASE", "postgresql://gatepost:secret@localhost/gatepost")

    assert "secret" not in str(reader._environment())


def test_it_ends_with_the_program_that_started_it(tmp_path: Path) -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from tests.reputation.intake.importing.hostile import Reading, addresses\n"
        "print(Reading(addresses(3_000_000)).process, flush=True)\n"
        "import time; time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(reader.ROOT)], stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        child = int(program.stdout.readline())
        program.kill()

    wait_until(lambda: not Path(f"/proc/{child}").exists(), 60, "the end of the process that read")


def test_a_person_who_calls_it_by_hand_is_told_what_it_is_for() -> None:
    done = subprocess.run(
        [*reader._words()], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 2 and done.stderr.startswith("This is for the program itself") and not done.stdout


def test_what_it_tries_in_vain_succeeds_where_nothing_confines_it(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("a password")
    harmless = set(trying.ATTEMPTS) - {"run a program", "start a process", "write what it was given"}
    with socket.create_server(("127.0.0.1", 0)) as listening:
        order = {"file": str(file), "folder": str(tmp_path), "port": listening.getsockname()[1], "parent": os.getpid()}
        tried = {name: trying._outcome(trying.ATTEMPTS[name], order) for name in trying.ATTEMPTS if name in harmless}

    assert "refused" not in tried.values(), tried
