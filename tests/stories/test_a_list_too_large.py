"""A list that is too large for the machine ends a process beside the program, and is not tried again at each start."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.reputation.intake.importing.hostile import addresses
from tests.stories.program import Program, wait_until
from tests.stories.test_from_a_list_to_an_answer import LISTED, add_acme

MEGABYTE = 1024  # in kB, as Linux counts memory
READS = b"read-list"


def write_list(file: Path, count: int) -> None:
    with file.open("wb") as into:
        into.writelines(addresses(count))


def add(program: Program, file: Path, *options: str) -> None:
    added = program.command(
        "feed", "add", "large", "--source", str(file), "--format", "plain", "--category", "KSS",
        "--bound", "max_bytes=1000000000", "--bound", "max_coverage=100%", *options,
    )  # fmt: skip
    assert added.code == 0, added.err


def all_below(process: int) -> list[int]:
    """The processes that a process has started, and those that these have."""
    try:
        found = [
            int(child) for thread in Path(f"/proc/{process}/task").iterdir()
            for child in (thread / "children").read_text().split()
        ]  # fmt: skip
    except OSError:
        return []
    return [below for child in found for below in (child, *all_below(child))]


def readers(program: Program) -> list[int]:
    """The processes of the program that read a list."""
    found = []
    for process in all_below(program.pid):
        try:
            words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if READS in words:
            found.append(process)
    return found


def state(program: Program) -> dict[str, object]:
    found: dict[str, object] = program.command("feed", "list", "--json").json[0]
    return found


def test_a_list_that_wants_too_much_is_told_and_mail_is_answered(program: Program, tmp_path: Path) -> None:
    label = add_acme(program)
    small = tmp_path / "small.txt"
    small.write_text("192.0.2.0/24\n")
    program.command("feed", "add", "small", "--source", str(small), "--format", "plain", "--category", "KSS")
    program.command("feed", "refresh", "small")
    document = tmp_path / "large.json"
    document.write_text('{"a": ["192.0.2.1"' + ', "192.0.2.3"' * 2_500_000 + "]}")
    add_json = program.command(
        "feed", "add", "large", "--source", str(document), "--format", "json:a", "--category", "KSS"
    )
    assert add_json.code == 0, add_json.err

    program.start("--import-memory", "96")
    wait_until(lambda: state(program)["status"] == "failed", 120, "the list that is too large has failed")

    said = str(state(program)["message"])
    assert "to read it takes more than 96 MB of memory. Set import_memory higher" in said
    assert "It is tried again at " in said
    assert program.ask("1.2.0.192", label) == LISTED


def test_a_program_that_dies_while_it_reads_does_not_read_again_at_once(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "large.txt"
    write_list(file, 4_000_000)
    add(program, file)
    program.start()
    wait_until(lambda: bool(readers(program)), 120, "the process that reads the list")
    (reading,) = readers(program)

    for process in (program.pid, *all_below(program.pid)):
        if process != reading:
            os.kill(process, signal.SIGKILL)
    program.stop(signal.SIGKILL)

    wait_until(lambda: not Path(f"/proc/{reading}").exists(), 60, "the end of the process that reads")
    found = state(program)
    assert found["attempts"] == 1 and "it is tried again at " in str(found["message"])
    program.start()
    assert state(program)["attempts"] == 1


def test_the_program_that_serves_holds_none_of_what_is_read(source: Program, tmp_path: Path) -> None:
    """Two million entries took half a gigabyte in it: what remains is the file on its way, and its ranges."""
    file = tmp_path / "large.txt"
    write_list(file, 2_000_000)
    source.start()
    before = peak(source)
    add(source, file, "--purpose", "watch")
    wait_until(lambda: state(source)["entries"] == 2_000_000, 120, "the long list was read")

    assert peak(source) - before < 130 * MEGABYTE


def peak(program: Program) -> int:
    """The most memory that the program has held, in kB."""
    status = Path(f"/proc/{program.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])
