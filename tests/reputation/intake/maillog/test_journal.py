"""The journal is followed live: a real one, which systemd's own program writes entry by entry."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from reputation.intake.maillog import Follower, LogSource
from reputation.store.db import Store
from reputation.store.models import SpamReport
from tests import debian
from tests.neighbour import others
from tests.stories.program import wait_until

SPAM = (
    "AB{0}: milter-reject: END-OF-MESSAGE from x[203.0.113.{0}]: 5.7.1 spam; from=<a@b> to=<c@d> proto=ESMTP helo=<e>"
)
ENTRY = """\
__REALTIME_TIMESTAMP={at}
__MONOTONIC_TIMESTAMP={at}
_BOOT_ID=0123456789abcdef0123456789abcdef
_HOSTNAME=mx
SYSLOG_FACILITY={facility}
SYSLOG_IDENTIFIER={tag}
SYSLOG_PID=7
MESSAGE={message}

"""


class Writer:
    """Writes entries into a journal in a folder."""

    def __init__(self, folder: Path) -> None:
        root = debian.need("systemd-journal-remote")
        program = root / "lib/systemd/systemd-journal-remote"
        libraries = {"LD_LIBRARY_PATH": f"{debian.libraries(root)}:{root}/lib/systemd"}
        self.folder = folder
        self.process = subprocess.Popen(
            (program, "-o", folder / "remote.journal", "-"),
            stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ | libraries,
        )  # fmt: skip

    def write(self, message: str, tag: str = "postfix/cleanup", facility: int = 2) -> None:
        """Write one entry, of now."""
        at = int(time.time() * 1_000_000)
        assert self.process.stdin is not None
        self.process.stdin.write(ENTRY.format(at=at, tag=tag, facility=facility, message=message).encode())
        self.process.stdin.flush()

    def close(self) -> None:
        """End the program."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Writer]:
    if not shutil.which("journalctl"):
        debian.do_without("there is no journalctl on this system")
    writer = Writer(tmp_path)
    writer.write(SPAM.format(1))
    wait_until((tmp_path / "remote.journal").exists, 10, "the journal is written")
    yield writer
    writer.close()


def reported() -> list[str]:
    return [row.address for row in others(SpamReport).order_by(SpamReport.id)]


def test_entries_count_as_they_come_and_once_through_a_restart(store: Store, journal: Writer) -> None:
    source = LogSource("postfix", Path(f"journal:{journal.folder}"))

    def comes(follower: Follower, address: str) -> bool:
        follower.read_new(int(time.time()))
        return address in reported()

    with closing(Follower(source)) as follower:
        follower.read_new(int(time.time()))
        journal.write(SPAM.format(2))
        journal.write(SPAM.format(3), tag="postfix/cleanup[x]: y")
        journal.write(SPAM.format(4), facility=3)
        wait_until(lambda: comes(follower, "203.0.113.2"), 20, "the first entry is read")
    journal.write(SPAM.format(5))
    with closing(Follower(source)) as again:
        wait_until(lambda: comes(again, "203.0.113.5"), 20, "an entry after a restart is read")

    assert reported() == ["203.0.113.2", "203.0.113.5"]


def test_a_journal_that_is_not_there_is_said(store: Store, tmp_path: Path) -> None:
    said: list[str] = []
    with closing(Follower(LogSource("postfix", Path(f"journal:{tmp_path}/none")))) as follower:

        def ended() -> bool:
            said.append(follower.read_new(int(time.time())))
            return bool(said[-1])

        wait_until(ended, 20, "the end of journalctl is noticed")

    assert "cannot be read: journalctl ended: " in said[-1] and "none" in said[-1]


def test_where_journalctl_cannot_run_the_sentence_says_so(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said = Follower(LogSource("postfix", Path("journal"))).read_new(int(time.time()))

    assert said == "journal cannot be read: No such file or directory. Let this user read it, or name another log."
