"""A mailbox of complaints: each message is read once, whatever else lies in it."""

from __future__ import annotations

import os
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path

import pytest

from reputation.customers import mail_servers
from reputation.intake import complaints, spam_reports, uncounted
from reputation.intake.arf import Claim
from reputation.intake.complaints import ComplaintBox, ComplaintReader, MailboxFigures, read_new, weight_of
from reputation.intake.estimate import WEIGHTS
from reputation.intake.messages import TrustedNetworks
from reputation.intake.reporters import Reporters
from reputation.intake.txt_records import TxtRecords
from reputation.intake.uncounted import NotCounted, UncountedMessages
from reputation.store.db import Store
from reputation.store.models import Listing, SenderScore, SpamReport
from tests.conftest import NOON, Cast
from tests.neighbour import apart, others
from tests.reputation.intake.conftest import Zone, signed
from tests.reputation.intake.test_arf import HEADERS, jmrp, report, xarf

PROVIDER = "192.0.2.30"
DAY = 86400


def complaint(number: int, at: int | None = NOON, by: str = PROVIDER, more: bytes = b"") -> bytes:
    """One about 203.0.113.<number>, as our own server took it from `by`, of a message that arrived at `at`."""
    received = f"Received: from fbl.provider.example (unknown [{by}]) by mx.acme.example (Postfix) with ESMTP id 1\n"
    date = f"\nArrival-Date: {formatdate(at)}" if at is not None else ""
    fields = f"Feedback-Type: abuse\nSource-IP: 203.0.113.{number}{date}"
    original = HEADERS.replace("<1@", f"<{number}@") + more.decode()
    return report(fields, original, above=received)


class Desk:
    """A reader that knows one provider, and what it keeps."""

    def __init__(self, own: tuple[str, ...] = ()) -> None:
        self.reader = ComplaintReader(TrustedNetworks(own), Reporters([f"{PROVIDER}/32"]))
        self.kept = UncountedMessages()

    def read_new(self, box: Path, now: int) -> str:
        return read_new(box, self.reader, self.kept, now)

    def why(self) -> list[str]:
        return [why for _, why in self.kept.figures()]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def reported() -> list[str]:
    return [row.address for row in others(SpamReport).order_by(SpamReport.id)]


def test_a_maildirs_messages_move_to_those_that_were_read(store: Store, desk: Desk, tmp_path: Path) -> None:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    for number in (1, 2):
        (tmp_path / "new" / f"100{number}.mx").write_bytes(complaint(number))
    (tmp_path / "new" / "1003.mx").write_bytes(b"Subject: no complaint\n\n")

    assert desk.read_new(tmp_path, NOON) == "2 complaints in 3 messages."
    assert desk.read_new(tmp_path, NOON) == ""

    assert reported() == ["203.0.113.1", "203.0.113.2"]
    assert sorted(path.name for path in (tmp_path / "cur").iterdir()) == ["1001.mx:2,S", "1002.mx:2,S", "1003.mx:2,S"]


def test_an_mbox_file_is_read_from_where_the_last_look_ended(store: Store, desk: Desk, tmp_path: Path) -> None:
    box = tmp_path / "complaints"

    def add(number: int) -> None:
        with box.open("ab") as file:
            file.write(b"From MAILER-DAEMON Tue Nov  3 08:12:05 2026\n" + complaint(number) + b"\n")
        os.utime(box, (NOON, NOON))

    add(0)
    assert desk.read_new(box, NOON) == "", "what lay there before it was named is old"
    add(1)
    assert desk.read_new(box, NOON + 1) == "", "the last message may not be whole yet"
    assert desk.read_new(box, NOON + 5) == "1 complaints in 1 messages."
    add(2)
    assert desk.read_new(box, NOON + 5) == "1 complaints in 1 messages."
    assert desk.read_new(box, NOON + 9) == ""
    assert reported() == ["203.0.113.1", "203.0.113.2"]


def test_an_mbox_file_of_a_time_to_come_is_read_at_once(store: Store, desk: Desk, tmp_path: Path) -> None:
    box = tmp_path / "complaints"
    box.write_bytes(b"")
    desk.read_new(box, NOON)
    box.write_bytes(b"From MAILER-DAEMON Tue Nov  3 08:12:05 2026\n" + complaint(1) + b"\n")
    os.utime(box, (NOON, NOON))

    assert desk.read_new(box, NOON - 3600) == "1 complaints in 1 messages."


def test_a_mailbox_with_much_in_it_is_read_look_by_look(
    store: Store, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = tmp_path / "complaints"
    box.touch()
    desk.read_new(box, NOON)
    part = b"From MAILER-DAEMON Tue Nov  3 08:12:05 2026\n"
    box.write_bytes(b"".join(part + complaint(number) + b"\n" for number in range(1, 6)))
    os.utime(box, (NOON, NOON))
    monkeypatch.setattr(complaints, "A_LOOK", len(complaint(1)) * 2)
    for turn in range(8):
        desk.read_new(box, NOON + 10 + turn)

    assert reported() == [f"203.0.113.{number}" for number in range(1, 6)]


def test_one_message_that_no_parser_was_ready_for_keeps_no_other_waiting(
    store: Store, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maildir(tmp_path, b"poison", complaint(2))
    honest = complaints.claim_of

    def poisoned(message: EmailMessage) -> Claim:
        if message.get_payload() == "poison":
            raise RecursionError
        return honest(message)

    monkeypatch.setattr(complaints, "claim_of", poisoned)

    assert desk.read_new(tmp_path, NOON) == "1 complaints in 2 messages."
    assert desk.why() == ["unread"]


def test_a_mailbox_that_cannot_be_read_is_said(store: Store, desk: Desk, tmp_path: Path) -> None:
    assert "cannot be read: No such file" in desk.read_new(tmp_path / "none", NOON)


def maildir(box: Path, *contents: bytes) -> Path:
    for name in ("new", "cur"):
        (box / name).mkdir(exist_ok=True)
    for number, content in enumerate(contents):
        (box / "new" / f"{number:03}").write_bytes(content)
    return box


def test_a_reporter_who_is_not_known_lists_nobody_and_is_kept_to_read(store: Store, desk: Desk, tmp_path: Path) -> None:
    strangers = [complaint(number % 3, by=f"198.51.100.{number}") for number in range(1, 12)]
    unread = b"Received: something\n" + complaint(5).partition(b"\n")[2]

    assert desk.read_new(maildir(tmp_path, *strangers, unread), NOON) == "0 complaints in 12 messages."
    assert desk.kept.write() == 12

    assert reported() == [] and others(SenderScore).count() == 0 and others(Listing).count() == 0
    newest, before = apart(uncounted.newest())[:2]
    assert (newest.why, newest.client, newest.address) == ("unknown reporter", "", "203.0.113.5")
    assert before.client == "198.51.100.11" and "Subject: FW: Offer" in newest.evidence


def test_everybody_can_name_a_known_provider_and_is_not_taken_for_it(store: Store, desk: Desk, tmp_path: Path) -> None:
    """By From, by a field below the one of our server, or by the name that it gives itself."""
    forged = complaint(1, by="198.51.100.66").replace(b"from fbl.provider.example", b"from [192.0.2.30]")
    below = b"Received: from x (y [198.51.100.66]) by mx.acme.example (Postfix) with ESMTP id 1\n" + complaint(2)

    assert desk.read_new(maildir(tmp_path, forged, below), NOON) == "0 complaints in 2 messages."


@pytest.mark.parametrize(("age", "weight"), [(0, 1.0), (-3600, 1.0), (DAY, 0.5), (3 * DAY, 0.125), (3 * DAY + 1, 0.0)])
def test_a_complaint_weighs_by_the_age_of_the_message(age: int, weight: float) -> None:
    assert weight_of(NOON - age, NOON) == weight


def test_what_nobody_dates_weighs_as_the_oldest() -> None:
    assert weight_of(None, NOON) == weight_of(NOON - 3 * DAY, NOON)


def test_a_message_of_eight_weeks_ago_counts_nothing(store: Store, desk: Desk, tmp_path: Path) -> None:
    old, older = (
        complaint(1, NOON - 56 * DAY),
        complaint(2, None, more=f"Date: {formatdate(NOON - 56 * DAY)}\n".encode()),
    )

    assert desk.read_new(maildir(tmp_path, old, older), NOON) == "0 complaints in 2 messages."
    assert desk.why() == ["too old"] and reported() == []


def test_our_own_servers_are_never_what_a_complaint_is_about(store: Store, tmp_path: Path) -> None:
    desk = Desk(own=("203.0.113.0/28",))

    assert desk.read_new(maildir(tmp_path, complaint(1), complaint(66)), NOON) == "1 complaints in 2 messages."
    assert desk.why() == ["own server"] and reported() == ["203.0.113.66"]


def test_the_other_forms_are_read_as_well(store: Store, desk: Desk, tmp_path: Path) -> None:
    received = complaint(1).partition(b"\n")[0] + b"\n"
    other = xarf(source_identifier="203.0.113.8")

    assert desk.read_new(maildir(tmp_path, received + jmrp(), received + other), NOON) == "2 complaints in 2 messages."
    assert sorted(reported()) == ["203.0.113.8", "203.0.113.9"]


def test_all_complaints_about_a_sender_together_weigh_one_trap_a_day(store: Store, desk: Desk, tmp_path: Path) -> None:
    flood = [complaint(9, more=f"X-Number: {number}\nSubject: {number}\n".encode()) for number in range(50)]

    assert desk.read_new(maildir(tmp_path, *flood), NOON) == "5 complaints in 50 messages."
    flooded = spam_reports.state_of("203.0.113.9", NOON)
    assert flooded.spam == pytest.approx(WEIGHTS["trap"]) and flooded.level == 4
    later = [complaint(9, more=f"Subject: x{number}\n".encode()) for number in range(50)]
    assert desk.read_new(maildir(tmp_path, *later), NOON + DAY - 60) == "0 complaints in 50 messages."
    assert spam_reports.state_of("203.0.113.9", NOON + DAY - 60).expiries == flooded.expiries, "no stay is renewed"
    later = [complaint(9, NOON + DAY, more=f"Subject: y{number}\n".encode()) for number in range(50)]
    assert desk.read_new(maildir(tmp_path, *later), NOON + DAY + 60) == "5 complaints in 50 messages."
    assert spam_reports.state_of("203.0.113.9", NOON + DAY + 60).spam <= 2 * WEIGHTS["trap"] + 1e-9


def test_the_reporter_of_a_report_is_who_was_named(store: Store, desk: Desk, tmp_path: Path) -> None:
    desk.read_new(maildir(tmp_path, complaint(1)), NOON)

    assert [(row.reporter, row.weight) for row in others(SpamReport)] == [(PROVIDER, 1.0)]


def test_what_counts_for_nobody_is_refused_with_words_of_its_own() -> None:
    with pytest.raises(NotCounted, match="Not counted: the complaint's reporter is not one"):
        Desk().reader.read(complaint(1, by="198.51.100.1"), None, NOON)


def test_a_signed_complaint_waits_in_the_maildir_while_dns_is_away_and_for_an_hour_at_most(
    store: Store, zone: Zone, private: bytes, tmp_path: Path
) -> None:
    keys = TxtRecords(["127.0.0.1"], port=zone.port, patience=1.0)
    desk = Desk()
    desk.reader = ComplaintReader(TrustedNetworks(), Reporters(["provider.example"], keys))
    maildir(tmp_path, signed(report(), private, selector="broken"), signed(report(), private))
    for path in (tmp_path / "new").iterdir():
        os.utime(path, (NOON, NOON))

    assert desk.read_new(tmp_path, NOON + 9) == "1 complaints in 1 messages.", "others go on"
    assert desk.read_new(tmp_path, NOON + 3599) == "" and desk.why() == []
    assert desk.read_new(tmp_path, NOON + 3600) == "0 complaints in 1 messages." and desk.why() == ["no key"]


def test_the_mailboxs_figures_tell_what_became_of_its_messages(cast: Cast, tmp_path: Path) -> None:
    made = mail_servers.add(cast.acme.id, "203.0.113.66", NOON)
    mail_servers.confirm(made.id, made.network, NOON)
    kept = UncountedMessages()
    box = ComplaintBox(str(tmp_path), reporters=[f"{PROVIDER}/32"], kept=kept)
    assert ComplaintBox().figures() is None
    maildir(tmp_path, complaint(1), complaint(1), complaint(66), b"Subject: no complaint\n\n")
    box.read_new(NOON)
    assert box.read_new(NOON + 20) == ""

    assert box.figures() == MailboxFigures(str(tmp_path), 4, 1, 1, 1, NOON, "")
    assert kept.figures() == {("complaints", "unread"): 1, ("complaints", "guarded"): 1}


def test_a_mailbox_that_cannot_be_read_is_a_trouble_until_it_can(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "abuse"
    box = ComplaintBox(str(path))
    box.read_new(NOON)

    [(name, text)] = box.troubles().items()
    assert name == f"complaint_mailbox {path}" and text.endswith("Let this user read it, or name another mailbox.")
    path.touch()
    box.read_new(NOON + 20)
    assert box.troubles() == {}


@pytest.mark.parametrize("is_maildir", [True, False])
def test_what_could_not_be_written_counts_for_nobody_once(
    store: Store, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_maildir: bool
) -> None:
    box = tmp_path / "box"
    stranger = complaint(1, by="198.51.100.9")
    if is_maildir:
        box.mkdir()
        maildir(box, stranger)
    else:
        box.touch()
        os.utime(box, (NOON - DAY, NOON - DAY))
        desk.read_new(box, NOON)
        box.write_bytes(b"From MAILER-DAEMON Tue Nov  3 08:12:05 2026\n" + stranger + b"\n")
        os.utime(box, (NOON, NOON))
    with monkeypatch.context() as patch:
        patch.setattr(spam_reports, "accept_many", lambda *_: 1 / 0)
        for second in range(5, 8):
            with pytest.raises(ZeroDivisionError):
                desk.read_new(box, NOON + second)
    assert desk.kept.figures() == {}
    desk.read_new(box, NOON + 9)

    assert desk.kept.figures() == {("complaints", "unknown reporter"): 1}
