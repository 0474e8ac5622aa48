"""A mailbox of complaints: each message is read once, whatever else lies in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from reputation.intake import complaints
from reputation.intake.complaints import read_new
from reputation.intake.messages import TrustedNetworks
from reputation.store.db import Store
from reputation.store.models import SpamReport
from tests.conftest import NOON
from tests.neighbour import others
from tests.reputation.intake.test_arf import report

NOBODY = TrustedNetworks()


def complaint(number: int) -> bytes:
    return report().replace(b"203.0.113.9", f"203.0.113.{number}".encode()).replace(b"<1@", f"<{number}@".encode())


def reported() -> list[str]:
    return [row.address for row in others(SpamReport).order_by(SpamReport.id)]


def test_a_maildirs_messages_move_to_those_that_were_read(store: Store, tmp_path: Path) -> None:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    for number in (1, 2):
        (tmp_path / "new" / f"100{number}.mx").write_bytes(complaint(number))
    (tmp_path / "new" / "1003.mx").write_bytes(b"Subject: no complaint\n\n")

    assert read_new(tmp_path, NOBODY, NOBODY, NOON) == "2 complaints in 3 messages."
    assert read_new(tmp_path, NOBODY, NOBODY, NOON) == ""

    assert reported() == ["203.0.113.1", "203.0.113.2"]
    assert sorted(path.name for path in (tmp_path / "cur").iterdir()) == ["1001.mx:2,S", "1002.mx:2,S", "1003.mx:2,S"]


def test_an_mbox_file_is_read_from_where_the_last_look_ended(store: Store, tmp_path: Path) -> None:
    box = tmp_path / "complaints"

    def add(number: int) -> None:
        with box.open("ab") as file:
            file.write(b"From MAILER-DAEMON Tue Nov  3 08:12:05 2026\n" + complaint(number) + b"\n")
        os.utime(box, (NOON, NOON))

    add(0)
    assert read_new(box, NOBODY, NOBODY, NOON) == "", "what lay there before it was named is old"
    add(1)
    assert read_new(box, NOBODY, NOBODY, NOON + 1) == "", "the last message may not be whole yet"
    assert read_new(box, NOBODY, NOBODY, NOON + 5) == "1 complaints in 1 messages."
    add(2)
    assert read_new(box, NOBODY, NOBODY, NOON + 5) == "1 complaints in 1 messages."
    assert read_new(box, NOBODY, NOBODY, NOON + 9) == ""
    assert reported() == ["203.0.113.1", "203.0.113.2"]


def test_a_mailbox_with_much_in_it_is_read_look_by_look(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = tmp_path / "complaints"
    box.touch()
    read_new(box, NOBODY, NOBODY, NOON)
    part = b"From MAILER-DAEMON Tue Nov  3 08:12:05 2026\n"
    box.write_bytes(b"".join(part + complaint(number) + b"\n" for number in range(1, 6)))
    os.utime(box, (NOON, NOON))
    monkeypatch.setattr(complaints, "A_LOOK", len(complaint(1)) * 2)
    for turn in range(8):
        read_new(box, NOBODY, NOBODY, NOON + 10 + turn)

    assert reported() == [f"203.0.113.{number}" for number in range(1, 6)]


def test_one_message_that_no_parser_was_ready_for_keeps_no_other_waiting(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("new", "cur"):
        (tmp_path / name).mkdir()
    (tmp_path / "new" / "1").write_bytes(b"poison")
    (tmp_path / "new" / "2").write_bytes(complaint(2))
    honest = complaints.complaint_from

    def poisoned(content: bytes, *rest: Any) -> Any:
        if content == b"poison":
            raise RecursionError
        return honest(content, *rest)

    monkeypatch.setattr(complaints, "complaint_from", poisoned)

    assert read_new(tmp_path, NOBODY, NOBODY, NOON) == "1 complaints in 2 messages."


def test_a_mailbox_that_cannot_be_read_is_said(store: Store, tmp_path: Path) -> None:
    assert "cannot be read: No such file" in read_new(tmp_path / "none", NOBODY, NOBODY, NOON)


def test_a_reporter_whom_the_operator_named_counts_whole(store: Store, tmp_path: Path) -> None:
    for name in ("new", "cur"):
        (tmp_path / name).mkdir()
    received = b"Received: from fbl.provider.example ([192.0.2.30]) by mx.acme.example\n"
    (tmp_path / "new" / "1").write_bytes(received + complaint(1))
    (tmp_path / "new" / "2").write_bytes(complaint(2))

    read_new(tmp_path, NOBODY, TrustedNetworks(["192.0.2.30/32"]), NOON)

    assert {row.address: row.weight for row in others(SpamReport)} == {"203.0.113.1": 1.0, "203.0.113.2": 0.25}
